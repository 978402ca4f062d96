import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import type { LocalTool } from '../../src/local/platform.ts'
import type { SectionChanges } from './api.ts'
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
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const now = Date.now()
  const server = await cluster.authority.issue({
    subject: [{ CN: ['jobs-api'] }],
    usages: ['serverAuth'],
    hosts: ['localhost', '127.0.0.1'],
    notBefore: now - 300_000,
    notAfter: now + 86_400_000,
  })
  const caFile = file('ca.crt', cluster.ca)
  chmodSync(caFile, 0o644)
  const config = {
    listener: {
      host: '127.0.0.1',
      port: 0,
      proxy_port: 0,
      proxy_peers: ['127.0.0.1/32'],
      client_ca_file: caFile,
      certificate_file: file('server.crt', server.certificate),
      key_file: file('server.key', server.key),
    },
    admin: { port: 0 },
    homes: { root: cluster.homes },
    kubernetes: { server: cluster.url, ca_file: caFile, ...kubernetes },
    jobs: { mounts: [{ name: 'home', path: cluster.homes }], ...jobs },
    shutdown: { drain_ms: 0 },
    ...others,
  }
  const child = spawn(process.execPath, [bin, '--config', file('config.yaml', stringify(config))], {
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
