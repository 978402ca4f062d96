import { join } from 'node:path'
import type { Test } from 'tap'
import type { Client } from '../../src/contract/client.ts'
import type { JobAsSent } from '../../src/contract/schemas.ts'
import { type ApiOptions, startApi } from './api.ts'
import { contractClient } from './contract-client.ts'
import { waitUntil } from './wait-until.ts'

export const tool = 'tf-test'
export const params = { tool }
export const named = (name: string) => ({ params: { tool, name } })

/** The service and the tool's client for it. */
export async function startJobs(t: Test, options: ApiOptions = { pods: 'processes' }) {
  const api = await startApi(t, options)
  const raw = api.as(tool)
  return { ...api, raw, client: contractClient(raw), home: join(api.homes, tool) }
}

export const job = (fields: Partial<JobAsSent> = {}): JobAsSent => ({
  name: 'one',
  imagename: 'bookworm',
  cmd: 'echo hello',
  filelog: false,
  ...fields,
})

export const run = (client: Client, fields: Partial<JobAsSent> = {}) =>
  client.call('createJob', { params, body: job(fields) })

export const statusOf = async (client: Client, name = 'one') => (await client.call('showJob', named(name))).job.status

export async function untilStatus(client: Client, short: string, name = 'one') {
  return await waitUntil(`job ${name} to be ${short}`, async () => {
    const status = await statusOf(client, name)
    return status.short === short && status
  })
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export const messagesOf = (lines: readonly { message: string }[]): string[] => lines.map(({ message }) => message)

/** A job's output, the oldest line first. */
export const outputOf = async (client: Client, name = 'one'): Promise<string[]> =>
  messagesOf(await collect(await client.call('jobLogs', named(name))))

export const jobNames = async (client: Client): Promise<string[]> =>
  (await client.call('listJobs', { params })).jobs.map(({ name }) => name)

/** Room for many jobs. */
export const roomy = {
  pods: '50',
  services: '10',
  'requests.cpu': '50',
  'limits.cpu': '50',
  'limits.memory': '50Gi',
  'requests.memory': '50Gi',
  'count/deployments.apps': '20',
}

/** A path of the control plane for the tool's objects of the other groups. */
export const objectPath = (kind: 'deployments' | 'services' | 'ingresses' | 'pods', name = '') => {
  const bases = {
    deployments: 'apis/apps/v1',
    ingresses: 'apis/networking.k8s.io/v1',
    services: 'api/v1',
    pods: 'api/v1',
  }
  return `/${bases[kind]}/namespaces/tool-tf-test/${kind}/${name}`.replace(/\/$/, '')
}

/** A path of the control plane for the tool's objects of the group `batch`. */
export const batchPath = (kind: string, name = '') => `/apis/batch/v1/namespaces/tool-tf-test/${kind}/${name}`
