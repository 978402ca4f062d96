// What the cluster's garbage collector overlooks, because it could not watch while jobs were deleted and made again.

import t, { type Test } from 'tap'
import type { Client } from '../../src/contract/client.ts'
import type { JobAsSent } from '../../src/contract/schemas.ts'
import { contractClient } from '../support/contract-client.ts'
import { orphansOf } from '../support/faults/objects.ts'
import { job as jobOf } from '../support/jobs-api.ts'
import { at, listAt } from '../support/json.ts'
import { type OwnControlPlane, ownControlPlane } from '../support/own-control-plane.ts'
import { startApiBeside } from '../support/platforms.ts'
import { createRawClient, type RawClient } from '../support/raw-client.ts'
import { waitUntil } from '../support/wait-until.ts'

// An API server is started three times.
t.setTimeout(600_000)

const small = { cmd: 'sleep 1000', cpu: '50m', memory: '100Mi' }
const before: Record<string, Partial<JobAsSent>> = {
  once: { ...small, job_type: 'one-off' },
  again: { ...small, job_type: 'one-off' },
  daily: { ...small, job_type: 'scheduled', schedule: '@yearly' },
  bot: { ...small, job_type: 'continuous', port: 8080 },
  moved: { ...small, job_type: 'continuous', port: 8080 },
  dropped: { ...small, job_type: 'continuous', port: 8080 },
  flushed: { ...small, job_type: 'continuous', port: 8080 },
}

/** How some are made the second time. */
const changes: Record<string, Partial<JobAsSent>> = { bot: { port: null }, moved: { cmd: 'sleep 2000' } }

/** Those that somebody else deletes and makes again. */
const behind = ['dropped', 'flushed']

interface Tool {
  readonly name: string
  readonly params: { readonly tool: string }
  readonly client: Client
}

const make = ({ client, params }: Tool, name: string, changed: Partial<JobAsSent> = {}) =>
  client.call('createJob', { params, body: jobOf({ ...before[name], name, ...changed }) })

const remove = ({ client, params }: Tool, name: string) => client.call('deleteJob', { params: { ...params, name } })

const deploymentsOf = (tool: string, name = '') => `/apis/apps/v1/namespaces/tool-${tool}/deployments${name}`

/** Another Deployment of the same name in the place of a job's, not made by the service. */
async function replaceBehind(admin: RawClient, tool: string, name: string): Promise<void> {
  const { body } = await admin.call('GET', deploymentsOf(tool, `/${name}`))
  const metadata = { name, labels: at(body, 'metadata', 'labels'), annotations: at(body, 'metadata', 'annotations') }
  await admin.call('DELETE', deploymentsOf(tool, `/${name}`))
  await admin.call('POST', deploymentsOf(tool), { body: { metadata, spec: at(body, 'spec') } })
}

const countOf = async (admin: RawClient, tool: string, path: string): Promise<number> =>
  listAt((await admin.call('GET', `/${path.replace('NS', `namespaces/tool-${tool}`)}`)).body, 'items').length

/** Whether the controllers have seen the Deployment of now. */
async function isSeen(admin: RawClient, tool: string, name: string): Promise<boolean> {
  const { body } = await admin.call('GET', deploymentsOf(tool, `/${name}`))
  return at(body, 'status', 'observedGeneration') !== undefined
}

async function startTool(t: Test, plane: OwnControlPlane, views: { enabled: boolean }): Promise<Tool> {
  const { name, certificate, key, namespace } = await plane.newTool()
  await plane.adminClient.call('DELETE', `/api/v1/namespaces/${namespace}/resourcequotas/tool-${name}`)
  const { port } = await startApiBeside(t, plane, { views })
  const raw = createRawClient({ url: `https://127.0.0.1:${port}`, ca: plane.ca }, { certificate, key })
  t.teardown(raw.close)
  return { name, params: { tool: name }, client: contractClient(raw) }
}

async function makeAll(tool: Tool, admin: RawClient): Promise<void> {
  for (const name of Object.keys(before)) await make(tool, name)
  await tool.client.call('restartJob', { params: { ...tool.params, name: 'daily' } })
  await waitUntil('all pods', async () => (await countOf(admin, tool.name, 'api/v1/NS/pods')) === 7)
  await waitUntil('all Services', async () => (await countOf(admin, tool.name, 'api/v1/NS/services')) === 4)
}

/** The jobs once more under the same names, `dropped` and `flushed` by others. */
async function replaceAll(tool: Tool, admin: RawClient): Promise<void> {
  const isBack = async () => (await tool.client.call('listJobs', { params: tool.params })).jobs.length === 7
  await waitUntil('the jobs again', () => isBack().catch(() => false))
  for (const name of ['once', 'daily', 'bot', 'moved']) {
    await remove(tool, name)
    await make(tool, name, changes[name])
  }
  await tool.client.call('restartJob', { params: { ...tool.params, name: 'again' } })
  for (const name of behind) await replaceBehind(admin, tool.name, name)
}

t.test('what jobs of before left that the garbage collector overlooks is cleared', async t => {
  const plane = await ownControlPlane(t)
  if (plane === undefined) return
  const admin = plane.adminClient
  const tools = [await startTool(t, plane, { enabled: true }), await startTool(t, plane, { enabled: false })]
  for (const tool of tools) await makeAll(tool, admin)

  // The controllers' watches break, and what happens until they begin again is more than the API server remembers.
  plane.signal('SIGSTOP', 'kube-controller-manager')
  plane.signal('SIGKILL')
  await plane.up()
  for (const tool of tools) await replaceAll(tool, admin)
  plane.signal('SIGKILL')
  await plane.up()
  plane.signal('SIGCONT', 'kube-controller-manager')

  for (const tool of tools) {
    const left = async (...names: readonly string[]) =>
      (await orphansOf(admin, tool.name)).filter(one => names.some(name => one.includes(` ${name}`)))
    const untilNone = async (what: string, ...names: readonly string[]) => {
      await waitUntil(what, async () => (await left(...names)).length === 0, 60).catch(() => undefined)
      t.strictSame(await left(...names), [], what)
    }
    // What is made last: the controllers are at work again.
    await waitUntil('the controllers', () => isSeen(admin, tool.name, 'flushed'), 60)
    t.comment(`overlooked: ${(await left('')).join(', ')}`)
    // The controller of one-offs, while it is behind, may make a pod again that was removed.
    for (const name of ['once', 'again']) await remove(tool, name)
    await untilNone(
      'nothing is left of what the service replaced or deleted',
      ...Object.keys(before).filter(name => !behind.includes(name)),
    )
    await remove(tool, 'dropped')
    await untilNone('nor of what others had replaced', 'dropped')
    await tool.client.call('flushJobs', { params: tool.params })
    await untilNone('nor of anything', '')
  }
})
