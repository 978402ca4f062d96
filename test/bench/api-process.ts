// The API as an operator would run it: a process of its own, from a file of configuration, in the image's environment.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { stringify } from 'yaml'
import { imageEnvironment } from '../support/image-environment.ts'
import { waitUntil } from '../support/wait-until.ts'

const bin = join(import.meta.dirname, '../../src/bin/jobs-api.ts')

export interface ApiProcess {
  url: string
  pid: number
}

/** No bench is about the limits. */
const limits = { writes_per_minute: 1_000_000, write_burst: 1_000_000 }

/** The log goes into a file, so that nobody has to read it while something is measured. */
export async function startApiProcess(
  stack: AsyncDisposableStack,
  folder: string,
  config: object,
): Promise<ApiProcess> {
  const configFile = join(folder, 'jobs-api.yaml')
  writeFileSync(configFile, stringify({ ...config, limits, admin: { port: 0 }, shutdown: { drain_ms: 0 } }))
  const logFile = join(folder, 'jobs-api.log')
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [bin, '--config', configFile], {
    env: { ...process.env, ...imageEnvironment() },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error('the API could not be started')
  const ended = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const line = await waitUntil('the API to take requests', () => {
    const said = readFileSync(logFile, 'utf8')
    if (child.exitCode !== null) throw new Error(`the API ended: ${said}`)
    return said.split('\n').find(text => text.includes('"proxyPort"'))
  })
  const { port }: { port: number } = JSON.parse(line)
  return { url: `https://127.0.0.1:${port}`, pid }
}
