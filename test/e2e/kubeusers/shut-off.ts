import { readFileSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { KeyPair } from '../../../src/pki/authority.ts'
import { at, listAt } from '../../support/json.ts'
import type { KubeusersSite, SiteTool } from '../../support/kubeusers-site.ts'
import { createRawClient, type Endpoint, type LineStream, type RawClient } from '../../support/raw-client.ts'
import { realImage } from '../../support/real-cluster.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { clientOf, type Door, patience, since } from './arrival.ts'

/** A pod that ends at once when it is told to. */
const command = "trap 'exit 0' TERM; echo started; while :; do sleep 0.2; done"
const plain = ['--image', 'bookworm', '--no-filelog', '--command', command]

const jobs: readonly (readonly string[])[] = [
  ['run', 'loop', '--continuous', '--replicas', '2', ...plain],
  ['run', 'cron', '--schedule', '7 3 * * *', ...plain],
  ['run', 'paused', '--schedule', '8 3 * * *', ...plain],
  ['run', 'once', ...plain],
]

const pod = {
  metadata: { labels: { name: 'other' } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: realImage, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
  },
}
const copies = { replicas: 1, selector: { matchLabels: pod.metadata.labels }, template: pod }

/** What no job is made of, and a tool may make all the same. */
const others: readonly (readonly [path: string, object: object])[] = [
  ['apis/apps/v1:statefulsets', { metadata: { name: 'set' }, spec: { ...copies, serviceName: 'set' } }],
  ['apis/apps/v1:replicasets', { metadata: { name: 'copies' }, spec: copies }],
  ['api/v1:pods', { ...pod, metadata: { name: 'bare' } }],
]

const read = async (client: RawClient, path: string): Promise<unknown> => {
  const reply = await client.call('GET', path)
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`)
  return reply.body
}

const collection = (namespace: string, name: string): string => {
  const [group, plural] = name.split(':')
  return `/${group}/namespaces/${namespace}/${plural}`
}

const paths = (namespace: string) => ({
  space: `/api/v1/namespaces/${namespace}`,
  pods: `/api/v1/namespaces/${namespace}/pods`,
  quota: `/api/v1/namespaces/${namespace}/resourcequotas/${namespace}`,
  binding: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/toolforge-tool`,
  workloads: [
    ...['apis/apps/v1:deployments', 'apis/apps/v1:statefulsets', 'apis/apps/v1:replicasets'],
    ...['apis/batch/v1:cronjobs', 'apis/batch/v1:jobs'],
  ].map(name => collection(namespace, name)),
})

/** What of a tool must be the same when it is back. */
async function picture(admin: RawClient, namespace: string): Promise<unknown> {
  const { quota, binding, space, workloads } = paths(namespace)
  const lists = await Promise.all(workloads.map(path => read(admin, path)))
  const ours = (annotations: unknown) => Object.keys(Object(annotations)).filter(name => name.startsWith('kubeusers.'))
  const seen = lists
    .flatMap(list => listAt(list, 'items'))
    // A Deployment's controller copies its annotations to what it makes, and lets them stand there.
    .filter(item => at(item, 'metadata', 'ownerReferences') === undefined)
    .map(item => ({
      name: at(item, 'metadata', 'name'),
      replicas: at(item, 'spec', 'replicas'),
      suspend: at(item, 'spec', 'suspend'),
      notes: ours(at(item, 'metadata', 'annotations')),
    }))
  return {
    seen,
    hard: at(await read(admin, quota), 'spec', 'hard'),
    subjects: at(await read(admin, binding), 'subjects'),
    labels: at(await read(admin, space), 'metadata', 'labels'),
  }
}

const phases = async (admin: RawClient, namespace: string): Promise<unknown[]> =>
  listAt(await read(admin, paths(namespace).pods), 'items').map(pod => at(pod, 'status', 'phase'))

const running = (admin: RawClient, namespace: string, count: number) =>
  waitUntil(
    `${count} pods of ${namespace} to run`,
    async () => {
      const found = await phases(admin, namespace)
      return found.length === count && found.every(phase => phase === 'Running')
    },
    60,
  )

/** Reads a stream until it ends, or is cut off. */
async function endOf({ lines }: LineStream): Promise<number> {
  const toEnd = async (): Promise<void> => {
    for await (const _ of lines);
  }
  await toEnd().catch(() => {})
  return performance.now()
}

/** A connection that stays open between requests. */
function connection({ url, ca }: Endpoint, { certificate, key }: KeyPair) {
  const agent = new Agent({ ca, cert: certificate, key, keepAlive: true, maxSockets: 1 })
  const ask = (path: string) =>
    new Promise<{ status: number | undefined; isOld: boolean }>((resolve, reject) => {
      const call = get(new URL(path, url), { agent }, answer => {
        answer.resume().once('end', () => resolve({ status: answer.statusCode, isOld: call.reusedSocket }))
      })
      call.once('error', reject)
    })
  return { ask, close: () => agent.destroy() }
}

/** A tool that the directory locks, and later no more. */
export async function shutOff(t: Test, site: KubeusersSite, { tool, door }: { tool: SiteTool; door: Door }) {
  const client = clientOf(t, tool, door)
  if (client === undefined) return
  const { slapd, cluster } = site
  const { namespace, name } = tool
  const admin = cluster.adminClient
  const old = await site.keysOf(tool)
  const kube = await site.clientOf(tool)
  const endpoint = { url: `https://127.0.0.1:${door.port}`, ca: readFileSync(door.caFile, 'utf8') }
  const api = createRawClient(endpoint, old)
  t.teardown(api.close)
  const root = `/jobs/v1/tool/${name}`
  for (const [file, text] of Object.entries({ 'old.crt': old.certificate, 'old.key': old.key })) {
    writeFileSync(join(tool.home, file), text, { mode: 0o600 })
    await chown(join(tool.home, file), tool.uid, tool.uid)
  }
  const withOld = ['--client-certificate=old.crt', '--client-key=old.key', 'get', 'pods']

  for (const words of jobs) t.match(await client.run([...words]), { code: 0 }, words.slice(0, 2).join(' '))
  t.match(await site.kubectl(tool, ['patch', 'cronjob', 'paused', '-p', '{"spec":{"suspend":true}}']), { code: 0 })
  for (const [name, body] of others) {
    const { status, text } = await kube.call('POST', collection(namespace, name), { body })
    t.equal(status, 201, text)
  }
  await running(admin, namespace, 6)
  const before = await picture(admin, namespace)

  await t.test(`locked in the directory it is out within ${patience} s`, async t => {
    const streams = [
      `${root}/events`,
      `${root}/jobs/loop/logs?follow=true`,
      `/logs/v1/tool/${name}/job/loop/logs_stream`,
    ]
    const open = await Promise.all(streams.map(path => api.stream(path)))
    for (const { status } of open) t.equal(status, 200)
    const kept = connection(endpoint, old)
    t.teardown(kept.close)
    t.match(await kept.ask(`${root}/jobs/`), { status: 200 })
    const began = performance.now()
    await slapd.replace(tool.dn, 'pwdAccountLockedTime', ['000001010000Z'])
    const refused = waitUntil('the API server to refuse', async () => {
      const { status } = await kube.call('GET', paths(namespace).pods)
      return status === 403 && performance.now()
    })
    const onKept = waitUntil('the jobs API to refuse', async () => {
      const { status, isOld } = await kept.ask(`${root}/jobs/`)
      t.ok(isOld, 'on the connection of before')
      return status === 403 && performance.now()
    })
    const ends = await Promise.all([...open.map(endOf), onKept, refused])
    const what = [...streams, 'a connection of before', 'calls of the API server']
    const seconds = ends.map(end => ((end - began) / 1000).toFixed(1))
    t.comment(['A tool shut off as a table', ...what.map((line, at) => `${line}: ${seconds[at]} s`)].join('\n'))
    for (const [at, end] of ends.entries()) t.ok((end - began) / 1000 < patience, `${what[at]}: ${seconds[at]} s`)
    t.match(await site.kubectl(tool, withOld), { code: 1, stderr: /\(Forbidden\)/ })
    const reply = await api.call('GET', `${root}/jobs/`)
    t.match(reply, { status: 403, body: { code: 'not_allowed', error: [/it is disabled/] } })
  })

  await t.test('and nothing of it runs, nor does what its home holds serve', async t => {
    const noted = () => read(admin, paths(namespace).space).then(space => at(space, 'metadata', 'annotations'))
    await waitUntil('no pod', async () => (await phases(admin, namespace)).length === 0, 60)
    await waitUntil('the note of it', async () => at(await noted(), 'kubeusers.toolforge.org/stopped') !== undefined)
    t.match(await noted(), {
      'kubeusers.toolforge.org/shut-off-because': 'disabled',
      'kubeusers.toolforge.org/shut-off-reason': /pwdAccountLockedTime/,
    })
    t.equal(at(await read(admin, paths(namespace).quota), 'spec', 'hard', 'pods'), '0')
    t.equal((await admin.call('GET', paths(namespace).binding)).status, 404)
    await waitUntil('another certificate', async () => (await site.keysOf(tool)).certificate !== old.certificate)
    const { code, stderr } = await site.kubectl(tool, ['get', 'pods'])
    t.equal(code, 1)
    t.notMatch(stderr, /Forbidden/, `it does not even say who it is: ${stderr}`)
    const useless = createRawClient(endpoint, await site.keysOf(tool))
    t.teardown(useless.close)
    t.match(await useless.call('GET', `${root}/jobs/`), { status: 401, body: { code: 'not_verified' } })
    t.match(await client.run(['list']), { code: 1 })
  })

  await t.test('unlocked, all is as before, but for the certificate', async t => {
    const began = performance.now()
    await slapd.replace(tool.dn, 'pwdAccountLockedTime', [])
    const space = () => read(admin, paths(namespace).space)
    const note = 'kubeusers.toolforge.org/shut-off'
    await waitUntil('its return', async () => at(await space(), 'metadata', 'annotations', note) === undefined)
    t.comment(`back after ${since(began).toFixed(1)} s`)
    t.strictSame(await picture(admin, namespace), before)
    t.match(await site.kubectl(tool, ['get', 'pods']), { code: 0 })
    const list = await client.run(['list', '-o', 'name'])
    t.equal(list.code, 0, list.stderr)
    t.strictSame(list.stdout.trim().split('\n').toSorted(), ['cron', 'loop', 'once', 'paused'])
    const reply = await api.call('GET', `${root}/jobs/`)
    t.match(reply, { status: 403, body: { code: 'not_allowed', error: [/of before the tool was shut off/] } })
    // The pod of nobody cannot come back.
    await running(admin, namespace, 5)
  })
}
