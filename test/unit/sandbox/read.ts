import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { get, list, type ReadRequest } from '../../../src/sandbox/read.ts'
import type { Reply } from '../../../src/sandbox/reply.ts'
import { at, listAt } from '../../support/json.ts'
import { createTestStore, newOf, podSpec, refusalOf } from '../../support/store.ts'

const request = (query: string, fields: Partial<ReadRequest> = {}): ReadRequest => ({
  kind: configMaps,
  namespace: 'ns',
  name: '',
  query: new URLSearchParams(query),
  table: false,
  now: Date.UTC(2026, 10, 22, 10),
  ...fields,
})
const body = (reply: Reply): unknown => JSON.parse(typeof reply.body === 'string' ? reply.body : '')
const names = (value: unknown): unknown[] => listAt(value, 'items').map(item => at(item, 'metadata', 'name'))

function setup(count = 5) {
  const { store } = createTestStore()
  for (const name of 'abcdefgh'.slice(0, count)) {
    store.create(configMaps, newOf(configMaps, name, { metadata: { labels: { l: name } } }))
  }
  return { store, page: (query: string, fields?: Partial<ReadRequest>) => body(list(store, request(query, fields))) }
}

t.test('one object comes with its kind, those of a list without', async t => {
  const { store, page } = setup()
  t.match(body(get(store, request('', { name: 'a' }))), {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'a' },
  })
  t.equal(refusalOf(() => get(store, request('', { name: 'z' }))).code, 404)
  const all = page('')
  t.match(all, { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: String(store.version()) } })
  t.equal(at(all, 'items', 0, 'kind'), undefined)
})

t.test('selectors choose', async t => {
  const { store, page } = setup()
  store.create(configMaps, newOf(configMaps, 'x', { metadata: { namespace: 'other' } }))
  t.strictSame(names(page('labelSelector=l+in+(a,c)')), ['a', 'c'])
  t.strictSame(names(page('fieldSelector=metadata.name!%3Da')), ['b', 'c', 'd', 'e'])
  t.strictSame(names(page('', { namespace: '' })), ['a', 'b', 'c', 'd', 'e', 'x'])
})

t.test('pages go on in the state in which they began', async t => {
  const { store, page } = setup()
  const first = page('limit=2')
  t.strictSame(names(first), ['a', 'b'])
  t.equal(at(first, 'metadata', 'remainingItemCount'), 3)
  store.remove(configMaps, { namespace: 'ns', name: 'c' })
  store.create(configMaps, newOf(configMaps, 'bb'))
  const second = page(`limit=2&continue=${String(at(first, 'metadata', 'continue'))}`)
  t.strictSame(names(second), ['c', 'd'])
  t.equal(at(second, 'metadata', 'resourceVersion'), at(first, 'metadata', 'resourceVersion'))
  const third = page(`limit=2&continue=${String(at(second, 'metadata', 'continue'))}`)
  t.strictSame(names(third), ['e'])
  t.equal(at(third, 'metadata', 'continue'), undefined)
})

t.test('what remains of a selection is not counted', async t => {
  const meta = at(setup().page('limit=1&labelSelector=l'), 'metadata')
  t.ok(at(meta, 'continue'))
  t.equal(at(meta, 'remainingItemCount'), undefined)
})

t.test('a state that is forgotten, or yet to come, is said to be', async t => {
  const { store } = setup()
  const refused = (query: string) => refusalOf(() => list(store, request(query)))
  t.match(refused('resourceVersion=1&resourceVersionMatch=Exact'), {
    code: 410,
    reason: 'Expired',
    message: 'The resourceVersion for the provided list is too old.',
  })
  const future = store.version() + 5
  const { code, message, status } = refused(`resourceVersion=${future}`)
  t.equal(code, 504)
  t.equal(message, `Timeout: Too large resource version: ${future}, current: ${store.version()}`)
  t.match(status.details, { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] })
})

t.test('an exact version is listed as it was', async t => {
  const { store, page } = setup(2)
  const before = store.version()
  store.create(configMaps, newOf(configMaps, 'c'))
  t.strictSame(names(page(`resourceVersion=${before}&resourceVersionMatch=Exact`)), ['a', 'b'])
  t.strictSame(names(page(`resourceVersion=${before}`)), ['a', 'b', 'c'], 'not older than')
})

t.test('a table is for people', async t => {
  const { store } = createTestStore()
  store.create(pods, newOf(pods, 'p', { spec: podSpec() }))
  const table = body(list(store, request('', { kind: pods, table: true })))
  t.equal(at(table, 'kind'), 'Table')
  t.strictSame(at(table, 'rows', 0, 'cells'), ['p', '0/1', 'Pending', 0, '0s'])
})
