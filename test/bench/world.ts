// What is measured: the API in a process of its own before a control plane that is not in that process either.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createControlClient } from '../../src/sandbox/control/client.ts'
import { besideCluster, listenerOf } from '../support/beside.ts'
import { createRawClient, type Endpoint, type RawClient } from '../support/raw-client.ts'
import { realCluster } from '../support/real-cluster.ts'
import { type ApiProcess, startApiProcess } from './api-process.ts'
import { startControlPlane } from './control-plane.ts'

export interface BenchTool {
  name: string
  certificate: string
  key: string
}

export interface World {
  api: ApiProcess
  /** With the API's configuration and log. */
  folder: string
  kubernetes: Endpoint
  /** PEM of the CA of both. */
  ca: string
  /** With which a floor can stand in for the API. */
  server: { certificate: string; key: string }
  tools: readonly [BenchTool, ...BenchTool[]]
  /** The administrator of the control plane. */
  admin: RawClient
  /** Ends with the world. */
  client(endpoint: string, tool: BenchTool): RawClient
  /** Counts what the control plane is asked; only the embedded one tells. */
  requests?: ReturnType<typeof createControlClient>['requests']
  /** Whether pods would really run. */
  runsPods: boolean
}

export interface WorldOptions {
  tools?: number
}

export type InWorld = <T>(work: (world: World) => Promise<T>, options?: WorldOptions) => Promise<T>

interface Base extends Pick<World, 'folder' | 'kubernetes' | 'ca' | 'server' | 'admin' | 'runsPods'> {
  tools: readonly BenchTool[]
  requests?: NonNullable<World['requests']>
}

function temporary(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A quota that is in nobody's way. */
const plenty = {
  spec: {
    hard: {
      pods: '100000',
      'requests.cpu': '100000',
      'limits.cpu': '100000',
      'requests.memory': '100Ti',
      'limits.memory': '100Ti',
      'count/jobs.batch': '100000',
      'count/cronjobs.batch': '100000',
      'count/deployments.apps': '100000',
    },
  },
}

async function complete(stack: AsyncDisposableStack, base: Base, api: ApiProcess): Promise<World> {
  const clients: RawClient[] = []
  stack.defer(() => {
    for (const { close } of clients) close()
  })
  for (const { name } of base.tools) {
    const path = `/api/v1/namespaces/tool-${name}/resourcequotas/tool-${name}`
    const reply = await base.admin.call('PATCH', path, { body: plenty, type: 'application/merge-patch+json' })
    if (reply.status !== 200) throw new Error(`the quota of ${name}: ${reply.text}`)
  }
  const [first, ...others] = base.tools
  if (first === undefined) throw new Error('a world without a tool')
  return {
    ...base,
    api,
    tools: [first, ...others],
    client(url, keys) {
      const made = createRawClient({ url, ca: base.ca }, keys)
      clients.push(made)
      return made
    },
  }
}

/** The sandbox's control plane, which runs no pods. */
export const embedded: InWorld = async (work, { tools = 1 } = {}) => {
  await using stack = new AsyncDisposableStack()
  const folder = temporary(stack)
  const plane = await startControlPlane(stack, { folder, tools })
  const admin = createRawClient(plane, plane.admin)
  stack.defer(() => admin.close())
  const api = await startApiProcess(stack, folder, {
    listener: listenerOf(plane.caFile, plane.serverFiles),
    deny_list: { certificate_file: plane.serviceFiles.certificate, key_file: plane.serviceFiles.key },
    homes: { root: plane.homes, min_uid: 0 },
    kubernetes: { server: plane.url, ca_file: plane.caFile },
    jobs: { mounts: [{ name: 'home', path: plane.homes }] },
  })
  const base: Base = {
    folder,
    kubernetes: { url: plane.url, ca: plane.ca },
    ca: plane.ca,
    server: plane.server,
    admin,
    runsPods: false,
    tools: plane.tools.map(({ name, keys }) => ({ name, ...keys })),
    requests: createControlClient(join(folder, 'control.sock')).requests,
  }
  return await work(await complete(stack, base, api))
}

/** The cluster of `npm run cluster up`, with new tools. */
export const real: InWorld = async (work, { tools: count = 1 } = {}) => {
  await using stack = new AsyncDisposableStack()
  const folder = temporary(stack)
  const cluster = await realCluster({
    teardown: stop => void stack.defer(stop),
    pass: () => true,
    fail: () => false,
  })
  if (cluster === undefined) throw new Error('the real cluster is not up: npm run cluster up')
  const { ca, url, adminClient } = cluster
  chmodSync(folder, 0o755)
  const { server, config } = await besideCluster(cluster, folder)
  const tools: BenchTool[] = []
  for (let number = 0; number < count; number++) tools.push(await cluster.newTool())
  const api = await startApiProcess(stack, folder, config)
  const base: Base = { folder, kubernetes: { url, ca }, ca, server, admin: adminClient, runsPods: true, tools }
  return await work(await complete(stack, base, api))
}
