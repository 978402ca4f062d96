// kubeusers on a real control plane of its own, with as many tools as Toolforge has: the first pass, and idle ones.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { parseManifest } from '../../src/kubeusers/manifest.ts'
import { collectionOf } from '../../src/local/admin.ts'
import { createRequest, newKey } from '../../src/pki/request.ts'
import { mapBounded } from '../../src/platform/map-bounded.ts'
import { apply, chartObjects } from '../support/chart.ts'
import { imageEnvironment } from '../support/image-environment.ts'
import { operationsNotes } from '../support/operations-notes.ts'
import { type OwnControlPlane, ownControlPlane } from '../support/own-control-plane.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { Bench, Sample } from './figures.ts'

const tools = Number(process.env['BENCH_TOOLS'] ?? 3000)
/** Tools by which the floor is measured: plain writes of the same objects. */
const floorTools = Math.ceil(tools / 10)
const concurrency = 16
const idlePasses = 5

interface Outcome {
  /** Seconds of the first pass, and of plain writes for as many tools. */
  first: Sample
  idle: Sample[]
  calls: Sample[]
  /** MiB at its height. */
  memory: number
}

const bin = join(import.meta.dirname, '../../src/bin/kubeusers.ts')

async function metricsAt(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return new Map(
    text.split('\n').flatMap(line => {
      const at = line.lastIndexOf(' ')
      return line === '' || line.startsWith('#') ? [] : [[line.slice(0, at), Number(line.slice(at + 1))] as const]
    }),
  )
}

const seconds = (metrics: Map<string, number>): number => metrics.get('kubeusers_pass_seconds_sum') ?? 0
const passes = (metrics: Map<string, number>): number => metrics.get('kubeusers_passes_total{result="done"}') ?? 0
/** Calls of passes: the lease is renewed beside them, and watches go on. */
const calls = (metrics: Map<string, number>): number =>
  [...metrics]
    .filter(([name]) => name.startsWith('kubeusers_cluster_calls_total') && !/kind="lease"|verb="watch"/.test(name))
    .reduce((sum, [, count]) => sum + count, 0)

/** Plain writes of what one tool gets, as quick as the API server takes them; seconds for all tools. */
async function floor(plane: OwnControlPlane): Promise<number> {
  const manifest = parseManifest(readFileSync(join(import.meta.dirname, '../../charts/kubeusers/tool.yaml'), 'utf8'))
  const names = Array.from({ length: floorTools }, (_, at) => `floor-${at}`)
  const key = newKey('ec')
  const requests = new Map<string, string>()
  for (const name of names)
    requests.set(name, await createRequest({ key, subject: [{ O: ['toolforge'] }, { CN: [name] }] }))
  const send = async (method: string, path: string, options: object = {}): Promise<unknown> => {
    const reply = await plane.adminClient.call(method, path, options)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`)
    return JSON.parse(reply.text)
  }
  const began = performance.now()
  await mapBounded(names, concurrency, async name => {
    for (const object of manifest({ TOOL: name, UID: '50000' }))
      await send('POST', collectionOf(object), { body: object })
    const csrs = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
    const spec = {
      request: Buffer.from(requests.get(name) ?? '').toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth', 'digital signature'],
    }
    const request = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec,
    }
    const made = (await send('POST', csrs, { body: request })) as object
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Bench' }]
    await send('PUT', `${csrs}/${name}/approval`, { body: { ...made, status: { conditions } } })
    await send('DELETE', `${csrs}/${name}`)
    const annotations = { 'kubeusers.toolforge.org/issued': '2026-01-01T00:00:00Z' }
    const type = 'application/merge-patch+json'
    await send('PATCH', `/api/v1/namespaces/tool-${name}`, { body: { metadata: { annotations } }, type })
    const marker = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'maintain-kubeusers' },
      data: { status: 'x' },
    }
    await send('POST', `/api/v1/namespaces/tool-${name}/configmaps`, { body: marker })
  })
  return ((performance.now() - began) / 1000) * (tools / floorTools)
}

/** What the operations notes start the service with. */
function heapLimit(): string {
  const flag = /^node (--max-old-space-size=\d+) src\/bin\/kubeusers\.ts /m.exec(operationsNotes)?.[1]
  if (flag === undefined) throw new Error('docs/operations.md does not say how kubeusers is started')
  return flag
}

async function startKubeusers(stack: AsyncDisposableStack, plane: OwnControlPlane, folder: string) {
  mkdirSync(join(folder, 'project'), { mode: 0o755 })
  const pair = await plane.authority.issue({
    subject: [{ CN: ['service:kubeusers'] }],
    usages: ['clientAuth'],
    notBefore: Date.now() - 60_000,
    notAfter: Date.now() + 86_400_000,
  })
  const files = { ca: plane.ca, crt: pair.certificate, key: pair.key }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `k.${name}`), text, { mode: 0o600 })
  const accounts = Array.from({ length: tools }, (_, at) => ({ name: `bench-${at}`, uid: 100_000 + at }))
  writeFileSync(join(folder, 'accounts.yaml'), stringify({ tools: accounts, administrators: [] }))
  const configFile = join(folder, 'kubeusers.yaml')
  writeFileSync(
    configFile,
    stringify({
      directory: { kind: 'file', file: { path: join(folder, 'accounts.yaml') } },
      homes: { root: join(folder, 'project') },
      kubernetes: { server: plane.url, ca_file: join(folder, 'k.ca'), timeout_ms: 60_000 },
      identity: { certificate_file: join(folder, 'k.crt'), key_file: join(folder, 'k.key') },
      certificates: { authorities_file: join(folder, 'k.ca') },
      tools: { pass_s: 5, concurrency },
      admin: { host: '127.0.0.1', port: 0 },
    }),
  )
  const logFile = join(folder, 'kubeusers.log')
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [heapLimit(), bin, '--config', configFile], {
    env: { ...process.env, ...imageEnvironment() },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const line = await waitUntil('kubeusers to start', () => {
    const said = readFileSync(logFile, 'utf8')
    if (child.exitCode !== null) throw new Error(`kubeusers ended: ${said}`)
    return said.split('\n').find(text => text.includes('"msg":"started"'))
  })
  const { admin }: { admin: { port: number } } = JSON.parse(line)
  return { url: `http://127.0.0.1:${admin.port}`, pid: child.pid ?? 0 }
}

/** What a test would be told; here it ends the bench. */
const asTest = (stack: AsyncDisposableStack): Pick<Test, 'teardown' | 'pass' | 'fail'> => {
  const stop = (message?: unknown): never => {
    throw new Error(String(message))
  }
  return {
    teardown: (work: () => unknown) => stack.defer(async () => void (await work())),
    pass: stop,
    fail: stop,
  } as Pick<Test, 'teardown' | 'pass' | 'fail'>
}

async function measureAll(): Promise<Outcome> {
  await using stack = new AsyncDisposableStack()
  const plane = await ownControlPlane(asTest(stack))
  if (plane === undefined) throw new Error('the control plane cannot be started')
  await apply(plane.adminClient, await chartObjects('service.yaml'))
  const folder = mkdtempSync(join(tmpdir(), 'provisioning-'))
  // Each tool goes through it with a uid of its own.
  chmodSync(folder, 0o755)
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const floorSeconds = await floor(plane)
  const kubeusers = await startKubeusers(stack, plane, folder)
  const at = async (count: number): Promise<Map<string, number>> =>
    waitUntil(
      `pass ${count}`,
      async () => {
        const metrics = await metricsAt(kubeusers.url)
        return passes(metrics) >= count ? metrics : undefined
      },
      3600,
    )
  const first = await at(1)
  const failing = first.get('kubeusers_tools_failing')
  if (failing !== 0) throw new Error(`${failing} tools were not provisioned`)
  const idle: Sample[] = []
  const asked: Sample[] = []
  let before = await at(2)
  for (let pass = 3; pass < 3 + idlePasses; pass++) {
    const after = await at(pass)
    const of = passes(after) - passes(before)
    idle.push({ value: (seconds(after) - seconds(before)) / of })
    asked.push({ value: (calls(after) - calls(before)) / of })
    before = after
  }
  const height = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${kubeusers.pid}/status`, 'utf8'))?.[1]
  return {
    first: { value: seconds(first), floor: floorSeconds },
    idle,
    calls: asked,
    memory: Number(height) / 1024,
  }
}

let outcome: Promise<Outcome> | undefined
/** All figures are of one run: it takes minutes. */
const measured = (): Promise<Outcome> => {
  outcome ??= measureAll()
  return outcome
}

const bench = (name: string, what: string, rest: Pick<Bench, 'unit' | 'target' | 'measure'>): Bench => ({
  name,
  what,
  better: 'less',
  ...rest,
})

/** What kubeusers costs with many tools. */
export const provisioning: readonly Bench[] = [
  bench('real-provision', `first pass for ${tools} new tools, beside plain writes of what they get`, {
    unit: 's',
    target: null,
    measure: async () => [(await measured()).first],
  }),
  bench('real-provision-per-3000', 'the same in seconds for 3,000 tools', {
    unit: 's',
    target: 480,
    measure: async () => [{ value: ((await measured()).first.value * 3000) / tools }],
  }),
  bench('real-idle-pass', `a pass over ${tools} tools with nothing to do`, {
    unit: 's',
    target: 2,
    measure: async () => (await measured()).idle,
  }),
  bench('real-idle-pass-calls', 'calls of the control plane in such a pass', {
    unit: 'calls',
    target: 12,
    measure: async () => (await measured()).calls,
  }),
  bench('real-kubeusers-memory', `MiB of kubeusers at its height, ${tools} tools provisioned`, {
    unit: 'MiB',
    target: 300,
    measure: async () => [{ value: (await measured()).memory }],
  }),
]
