import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import type { LocalTool } from '../../src/local/tools.ts'
import type { SectionChanges } from './api.ts'
import { besideCluster } from './beside.ts'
import { imageEnvironment } from './image-environment.ts'
import { firstLine, startLocal } from './local.ts'
import { type RealCluster, realCluster } from './real-cluster.ts'

/** A running platform with two tools or more, whatever is below it. */
export interface Platform {
  /** PEM file of the CA of the API's certificate. */
  caFile: string
  /** The API's own port, and the one that expects a PROXY header. */
  port: number
  proxyPort: number
  tools: [LocalTool, LocalTool, ...LocalTool[]]
  /** The user id that jobs run with. */
  uid: number
}

export interface PlatformOptions {
  /** How many tools there are, at least two. */
  tools?: number
}

export type StartPlatform = (t: Test, options?: PlatformOptions) => Promise<Platform | undefined>

const furtherTools = ({ tools = 2 }: PlatformOptions): number[] => Array.from({ length: tools - 2 }, (_, at) => at)

/** The sandbox, in a process of its own. */
export const embedded: StartPlatform = async (t, options = {}) => {
  const local = await startLocal(['--tools', 'tf-test', 'tf-other', ...furtherTools(options).map(at => `tf-${at}`)])
  t.teardown(local.stop)
  const [first, second, ...others] = local.tools
  if (first === undefined || second === undefined) throw new Error('two tools were asked for')
  return {
    caFile: local.ca_file,
    port: Number(new URL(local.api_direct_url).port),
    proxyPort: local.api_proxy.port,
    tools: [first, second, ...others],
    uid: process.getuid?.() ?? 0,
  }
}

const bin = join(import.meta.dirname, '../../src/bin/jobs-api.ts')

/** The API as a process of its own, as an operator would run it beside the real cluster, with further settings by section. */
export async function startApiBeside(
  t: Test,
  cluster: RealCluster,
  { jobs, kubernetes, ...others }: SectionChanges = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'jobs-api-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const beside = await besideCluster(cluster, folder)
  const { caFile } = beside
  const config = {
    ...beside.config,
    admin: { port: 0 },
    kubernetes: { ...beside.config.kubernetes, ...kubernetes },
    jobs: { ...beside.config.jobs, ...jobs },
    shutdown: { drain_ms: 0 },
    ...others,
  }
  const configFile = join(folder, 'config.yaml')
  writeFileSync(configFile, stringify(config))
  const child = spawn(process.execPath, [bin, '--config', configFile], {
    env: { ...process.env, ...imageEnvironment() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  const line: { port: number; proxyPort: number } = JSON.parse(
    await firstLine(child, text => text.includes('"proxyPort"')),
  )
  return { caFile, port: line.port, proxyPort: line.proxyPort, pid: child.pid ?? 0 }
}

/** The real cluster of `npm run cluster up`, with the API beside it. */
export const real: StartPlatform = async (t, options = {}) => {
  const cluster = await realCluster(t)
  if (cluster === undefined) return undefined
  const [first, second] = [await cluster.newTool(), await cluster.newTool()]
  const others = await Promise.all(furtherTools(options).map(() => cluster.newTool()))
  return { ...(await startApiBeside(t, cluster)), tools: [first, second, ...others], uid: first.uid }
}
