import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { removeAll, removeOne } from '../../../src/sandbox/remove.ts'
import type { Reply } from '../../../src/sandbox/reply.ts'
import type { WriteRequest } from '../../../src/sandbox/write.ts'
import { at, listAt } from '../../support/json.ts'
import { createTestStore, jobSpec, newOf, podSpec, refusalOf, writeRequest } from '../../support/store.ts'

const body = ({ body }: Reply): unknown => JSON.parse(typeof body === 'string' ? body : '')

function setup() {
  const { store } = createTestStore()
  for (const name of ['a', 'b']) {
    store.create(configMaps, newOf(configMaps, name, { metadata: { labels: { l: name } } }))
    store.create(pods, newOf(pods, name, { spec: podSpec() }))
    store.create(jobs, newOf(jobs, name, { spec: jobSpec() }))
  }
  const warnings: string[] = []
  const usual = { name: 'a', contentType: undefined, warn: (text: string) => warnings.push(text) }
  const request = (fields: Partial<WriteRequest>): WriteRequest => writeRequest(configMaps, '', { ...usual, ...fields })
  return { store, request, warnings }
}

t.test('what has gone is answered with a Status, a pod with itself', async t => {
  const { store, request } = setup()
  t.match(body(removeOne(store, request({}))), {
    kind: 'Status',
    status: 'Success',
    details: { name: 'a', kind: 'configmaps' },
  })
  t.match(body(removeOne(store, request({ kind: pods }))), { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 0 } })
})

t.test('what waits is answered with itself', async t => {
  const { store, request } = setup()
  const query = new URLSearchParams('propagationPolicy=Foreground')
  t.match(body(removeOne(store, request({ kind: jobs, query }))), {
    kind: 'Job',
    metadata: { finalizers: ['foregroundDeletion'], deletionTimestamp: String },
  })
})

t.test('a job that is deleted without saying how leaves its pods, and says so', async t => {
  const { store, request, warnings } = setup()
  t.match(body(removeOne(store, request({ kind: jobs }))), { metadata: { finalizers: ['orphan'] } })
  t.match(warnings, [/^child pods are preserved by default when jobs are deleted; set propagationPolicy=Background/])
  removeOne(store, request({ kind: jobs, name: 'b', query: new URLSearchParams('propagationPolicy=Background') }))
  t.equal(warnings.length, 1)
})

t.test('the body says how, and is DeleteOptions', async t => {
  const { store, request } = setup()
  const refused = (given: unknown) => refusalOf(() => removeOne(store, request({ body: JSON.stringify(given) })))
  t.equal(refused({ preconditions: { uid: 'x' } }).code, 409)
  t.match(
    refused({ kind: 'Job', apiVersion: 'batch/v1' }).message,
    'no kind "Job" is registered for version "batch/v1"',
  )
  t.equal(refused({ gracePeriodSeconds: 'x' }).code, 400)
  t.ok(removeOne(store, request({ body: '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}' })))
  t.ok(store.get(configMaps, { namespace: 'ns', name: 'a' }))
})

t.test('all that match go, and are listed', async t => {
  const { store, request } = setup()
  const version = String(store.version())
  const reply = body(removeAll(store, request({ name: '', query: new URLSearchParams('labelSelector=l%3Da') })))
  t.equal(at(reply, 'kind'), 'ConfigMapList')
  t.equal(at(reply, 'metadata', 'resourceVersion'), version)
  t.strictSame(
    listAt(reply, 'items').map(item => at(item, 'metadata', 'name')),
    ['a'],
  )
  t.strictSame(
    store.list(configMaps).items.map(({ metadata }) => metadata.name),
    ['b'],
  )
})
