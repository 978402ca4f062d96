// The embedded control plane in a process of its own, with tools and their homes: as far from the API as a real one.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createObjects } from '../../src/local/admin.ts'
import { sandboxSettingsOf } from '../../src/local/configs.ts'
import { imageConfigMap } from '../../src/local/images.ts'
import { createPki } from '../../src/local/pki.ts'
import type { KeyPair } from '../../src/pki/authority.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { quietLog } from '../../src/platform/log.ts'
import { createSandbox } from '../../src/sandbox/service.ts'
import { chartObjects } from '../support/chart.ts'
import { issueTool, writeHome } from '../support/write-home.ts'

interface Request {
  folder: string
  tools: number
}

/** Where it is, and who may come. */
export interface ControlPlane {
  url: string
  ca: string
  caFile: string
  admin: KeyPair
  server: KeyPair
  serverFiles: { certificate: string; key: string }
  serviceFiles: { certificate: string; key: string }
  homes: string
  tools: { name: string; keys: KeyPair }[]
}

async function start({ folder, tools: count }: Request): Promise<ControlPlane> {
  const homes = join(folder, 'project')
  mkdirSync(homes)
  const pki = await createPki(join(folder, 'pki'), Date.now())
  const settings = sandboxSettingsOf({ pki, port: 0, webPort: 0, options: { dir: folder, pods: 'none' } })
  const { url } = await createSandbox(settings, { clock: systemClock, log: quietLog }).start()
  const { ca, caFile, admin, server, serverFiles, serviceFiles } = pki
  const access = { url, ca, pair: admin }
  await createObjects(access, [...(await chartObjects('rbac.yaml')), imageConfigMap()])
  const tools: ControlPlane['tools'] = []
  for (let number = 0; number < count; number++) {
    const name = `tool-${number}`
    await createObjects(
      access,
      await chartObjects('tool.yaml', { TOOL: name, UID: String(process.getuid?.() ?? 1000) }),
    )
    const keys = await issueTool(pki, name)
    writeHome(join(homes, name), { tool: name, server: url, ca, pair: keys })
    tools.push({ name, keys })
  }
  return { url, ca, caFile, admin, server, serverFiles, serviceFiles, homes, tools }
}

/** Starts it in a child process, which ends with the stack. */
export async function startControlPlane(stack: AsyncDisposableStack, request: Request): Promise<ControlPlane> {
  const child = fork(import.meta.filename)
  const ended = once(child, 'exit')
  stack.defer(async () => {
    child.kill()
    await ended
  })
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the control plane ended with ${code}`)))
    child.once('message', (plane: ControlPlane) => resolve(plane))
    child.send(request)
  })
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  process.once('disconnect', () => process.exit(0))
  process.once('message', async (request: Request) => {
    process.send?.(await start(request))
  })
}
