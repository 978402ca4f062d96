import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { keysOf, type LocalProcess, startLocal } from '../support/local.ts'
import { createRawClient, type Reply } from '../support/raw-client.ts'
import type { Bench, Sample } from './figures.ts'
import { median } from './figures.ts'
import { startFloor } from './floor.ts'
import { runLoad } from './load.ts'
import { countShakes } from './shakes.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const rounds = 5

const withLocal = async (work: (local: LocalProcess) => Promise<Sample[]>): Promise<Sample[]> => {
  const local = await startLocal(['--pods', 'none'])
  try {
    return await work(local)
  } finally {
    await local.stop()
  }
}

const credentials = ({ ca, tool }: LocalProcess) => ({ ca, ...keysOf(tool) })

/** Runs a measurement of both sides several times, one after the other, after one round that does not count. */
async function alternate(value: () => Promise<number>, floor: () => Promise<number>): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let round = 0; round <= rounds; round++) samples.push({ floor: await floor(), value: await value() })
  return samples.slice(1)
}

const newJob = (name: string) => ({ name, imagename: 'bookworm', cmd: 'true', filelog: false, job_type: 'one-off' })

const succeeded = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`${reply.status}: ${reply.text}`)
  return reply
}

const listJobs: Bench = {
  name: 'list-10-jobs',
  what: 'lists of 10 jobs a second through mutual TLS, against a bare Fastify handler that sends the same bytes',
  unit: '/s',
  target: null,
  better: 'more',
  measure: () =>
    withLocal(async local => {
      const api = createRawClient({ url: local.api_direct_url, ca: local.ca }, keysOf(local.tool))
      const jobs = `/jobs/v1/tool/${local.tool.name}/jobs/`
      for (let index = 0; index < 10; index++) succeeded(await api.call('POST', jobs, { body: newJob(`job-${index}`) }))
      const body = succeeded(await api.call('GET', jobs)).text
      api.close()
      const server = { certificate: local.serverCertificate, key: local.serverKey }
      const floor = await startFloor({ kind: 'fastify', ca: local.ca, ...server, body })
      const load = { ...credentials(local), connections: 16, milliseconds: 2000 }
      const perSecond = async (origin: string, path: string) => (await runLoad({ ...load, origin, path })).perSecond
      try {
        return await alternate(
          () => perSecond(local.api_direct_url, jobs),
          () => perSecond(`https://127.0.0.1:${floor.port}`, '/'),
        )
      } finally {
        floor.stop()
      }
    }),
}

/** Milliseconds that half of some calls took at most. */
async function p50(calls: number, call: (index: number) => Promise<Reply>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < calls; index++) {
    const from = performance.now()
    succeeded(await call(index))
    times.push(performance.now() - from)
  }
  return median(times)
}

const createJob: Bench = {
  name: 'create-job',
  what: 'milliseconds of half of the creates at most, against the plain create of the same object in Kubernetes',
  unit: 'ms',
  target: null,
  better: 'less',
  measure: () =>
    withLocal(async local => {
      const api = createRawClient({ url: local.api_direct_url, ca: local.ca }, keysOf(local.tool))
      const kubernetes = createRawClient({ url: local.control_plane_url, ca: local.ca }, keysOf(local.tool))
      const jobs = `/jobs/v1/tool/${local.tool.name}/jobs/`
      const plain = `/apis/batch/v1/namespaces/tool-${local.tool.name}/jobs`
      succeeded(await api.call('POST', jobs, { body: newJob('model') }))
      const { metadata, spec } = JSON.parse(succeeded(await kubernetes.call('GET', `${plain}/model`)).text)
      const { selector, template, ...rest } = spec
      const clean = { ...template, metadata: { labels: metadata.labels, annotations: metadata.annotations } }
      const object = (name: string) => ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, labels: metadata.labels, annotations: metadata.annotations },
        spec: { ...rest, template: clean },
      })
      let count = 0
      const calls = 10
      // The quota allows 15 jobs: each round begins with none.
      const clear = () => api.call('DELETE', jobs).then(succeeded)
      try {
        return await alternate(
          async () => {
            await clear()
            return p50(calls, () => api.call('POST', jobs, { body: newJob(`ours-${count++}`) }))
          },
          async () => {
            await clear()
            return p50(calls, () => kubernetes.call('POST', plain, { body: object(`plain-${count++}`) }))
          },
        )
      } finally {
        api.close()
        kubernetes.close()
      }
    }),
}

const handshakes = (resumed: boolean): Bench => ({
  name: resumed ? 'handshakes-resumed' : 'handshakes-full',
  what: `${resumed ? 'resumed' : 'full'} handshakes with a client certificate a second, against bare node:tls`,
  unit: '/s',
  target: null,
  better: 'more',
  measure: () =>
    withLocal(async local => {
      const server = { certificate: local.serverCertificate, key: local.serverKey }
      const floor = await startFloor({ kind: 'tls', ca: local.ca, ...server, body: '' })
      const shakes = { ...credentials(local), resumed, milliseconds: 2000 }
      try {
        return await alternate(
          () => countShakes({ ...shakes, port: Number(new URL(local.api_direct_url).port) }),
          () => countShakes({ ...shakes, port: floor.port }),
        )
      } finally {
        floor.stop()
      }
    }),
})

const timeToReady: Bench = {
  name: 'time-to-ready',
  what: "milliseconds from the start of the sandbox's process until all of it answers",
  unit: 'ms',
  target: null,
  better: 'less',
  async measure() {
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) {
      const from = performance.now()
      const local = await startLocal([])
      samples.push({ value: performance.now() - from })
      await local.stop()
    }
    return samples
  },
}

const cliColdStart: Bench = {
  name: 'cli-cold-start',
  what: 'milliseconds of `toolforge-jobs --version`, against an empty program',
  unit: 'ms',
  target: null,
  better: 'less',
  async measure() {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const time = async (args: string[]) => {
      const from = performance.now()
      await run(process.execPath, args, { cwd: root })
      return performance.now() - from
    }
    return alternate(
      () => time([bin['toolforge-jobs'], '--version']),
      () => time(['--eval', '0']),
    )
  },
}

/** All measurements, in the order of a full run. */
export const benches: readonly Bench[] = [
  listJobs,
  createJob,
  handshakes(false),
  handshakes(true),
  timeToReady,
  cliColdStart,
]
