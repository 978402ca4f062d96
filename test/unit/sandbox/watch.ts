import t, { type Test } from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import type { Sink } from '../../../src/sandbox/reply.ts'
import { watch } from '../../../src/sandbox/watch.ts'
import { at } from '../../support/json.ts'
import { createTestStore, found, newOf, refusalOf } from '../../support/store.ts'

type World = ReturnType<typeof createTestStore>

function open(t: Test, { store, clock }: World, { query = '', namespace = 'ns', table = false } = {}) {
  const events: unknown[] = []
  const stop = new AbortController()
  let backlog = 0
  const sink: Sink = {
    write: chunk => events.push(JSON.parse(Buffer.from(chunk).toString())),
    backlog: () => backlog,
    drained: async () => undefined,
    signal: stop.signal,
  }
  const reply = watch(
    { store, clock },
    { kind: configMaps, namespace, name: '', query: new URLSearchParams(query), table, now: clock.now() },
  )
  if (typeof reply.body === 'string') throw new Error('no stream')
  let ended = false
  const done = reply.body(sink).then(() => {
    ended = true
  })
  t.teardown(async () => {
    stop.abort()
    await done
  })
  const seen = () =>
    events.splice(0).map(event => `${String(at(event, 'type'))} ${String(at(event, 'object', 'metadata', 'name'))}`)
  return { events, seen, ended: () => ended, stop, done, fill: (bytes: number) => (backlog = bytes), type: reply.type }
}

const create = ({ store }: World, name: string, labels = {}) =>
  store.create(configMaps, newOf(configMaps, name, { metadata: { labels } }))
const relabel = ({ store }: World, name: string, labels: Record<string, string>) =>
  store.update(configMaps, newOf(configMaps, name, { metadata: { labels } }))

t.test('a watch tells what comes, changes and goes', async t => {
  const world = createTestStore()
  const { seen, events } = open(t, world, { query: `resourceVersion=${world.store.version()}` })
  create(world, 'a')
  relabel(world, 'a', { x: 'y' })
  world.store.remove(configMaps, { namespace: 'ns', name: 'a' })
  t.match(events[2], { object: { kind: 'ConfigMap', metadata: { resourceVersion: String(world.store.version()) } } })
  t.strictSame(seen(), ['ADDED a', 'MODIFIED a', 'DELETED a'])
})

t.test('without a version it begins with what there is', async t => {
  const world = createTestStore()
  create(world, 'a')
  const { seen } = open(t, world)
  t.strictSame(seen(), ['ADDED a'])
})

t.test('from a version on it tells what was missed, once', async t => {
  const world = createTestStore()
  create(world, 'a')
  const version = world.store.version()
  create(world, 'b')
  const { seen } = open(t, world, { query: `resourceVersion=${version}` })
  create(world, 'c')
  t.strictSame(seen(), ['ADDED b', 'ADDED c'])
})

t.test('what begins to match comes, what ends to match goes as it was', async t => {
  const world = createTestStore()
  create(world, 'a', { l: 'no' })
  const { seen, events } = open(t, world, { query: `labelSelector=l%3Dyes&resourceVersion=${world.store.version()}` })
  relabel(world, 'a', { l: 'yes' })
  relabel(world, 'a', { l: 'yes', more: 'x' })
  relabel(world, 'a', { l: 'no' })
  t.match(events[2], {
    type: 'DELETED',
    object: {
      metadata: { labels: { l: 'yes' }, resourceVersion: found(world.store, configMaps, 'a').metadata.resourceVersion },
    },
  })
  relabel(world, 'a', { l: 'never' })
  t.strictSame(seen(), ['ADDED a', 'MODIFIED a', 'DELETED a'])
})

t.test('other namespaces stay out', async t => {
  const world = createTestStore()
  const one = open(t, world)
  const all = open(t, world, { namespace: '' })
  world.store.create(configMaps, newOf(configMaps, 'x', { metadata: { namespace: 'other' } }))
  t.strictSame(one.seen(), [])
  t.strictSame(all.seen(), ['ADDED x'])
})

t.test('a version that is forgotten is said to be, in the stream', async t => {
  const world = createTestStore()
  const { events, done } = open(t, world, { query: 'resourceVersion=1' })
  await done
  t.strictSame(events, [
    {
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `too old resource version: 1 (${world.store.version()})`,
        reason: 'Expired',
        code: 410,
      },
    },
  ])
})

t.test('a version that is yet to come waits for it', async t => {
  const world = createTestStore()
  const { seen } = open(t, world, { query: `resourceVersion=${world.store.version() + 1}` })
  create(world, 'a')
  create(world, 'b')
  t.strictSame(seen(), ['ADDED b'])
})

t.test('bookmarks come each minute and shortly before the end, with the newest version', async t => {
  const world = createTestStore()
  const version = world.store.version()
  const { events, ended } = open(t, world, {
    query: `allowWatchBookmarks=true&timeoutSeconds=70&resourceVersion=${version}`,
  })
  await world.clock.advance(59_999)
  t.equal(events.length, 0)
  world.store.create(configMaps, newOf(configMaps, 'x', { metadata: { namespace: 'other' } }))
  await world.clock.advance(1)
  t.strictSame(events.splice(0), [
    {
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: String(world.store.version()) } },
    },
  ])
  await world.clock.advance(8000)
  t.equal(events.length, 1)
  t.notOk(ended())
  await world.clock.advance(2000)
  t.ok(ended())
  t.equal(events.length, 1)
})

t.test('nobody gets a bookmark unasked', async t => {
  const world = createTestStore()
  const { events, ended } = open(t, world, { query: 'timeoutSeconds=100' })
  await world.clock.advance(100_000)
  t.ok(ended())
  t.strictSame(events, [])
})

t.test('a watch without an end of its own ends within the hour', async t => {
  const world = createTestStore()
  const { ended } = open(t, world)
  await world.clock.advance(1_799_000)
  t.notOk(ended())
  await world.clock.advance(1_802_000)
  t.ok(ended())
})

t.test('the end of what was there is marked when asked for', async t => {
  const world = createTestStore()
  create(world, 'a')
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const { events } = open(t, world, { query })
  t.match(events, [
    { type: 'ADDED' },
    { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
  ])
  const none = open(t, world, { query: 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan' })
  t.strictSame(none.seen(), [])
})

t.test('a client that falls behind loses its watch', async t => {
  const world = createTestStore()
  const { ended, done, fill } = open(t, world)
  fill(9 * 1024 * 1024)
  create(world, 'a')
  await done
  t.ok(ended())
})

t.test('a client that goes away leaves nothing behind', async t => {
  const world = createTestStore()
  const { stop, done, events } = open(t, world)
  stop.abort()
  await done
  create(world, 'a')
  t.strictSame(events, [])
  t.equal(world.clock.sleepers(), 0)
})

t.test('events may be tables, the first with its columns', async t => {
  const world = createTestStore()
  const { events, type } = open(t, world, { table: true })
  create(world, 'a')
  create(world, 'b')
  t.match(type, 'as=Table')
  t.match(events, [
    { object: { kind: 'Table', columnDefinitions: [{ name: 'Name' }], rows: [{ cells: ['a'] }] } },
    { object: { kind: 'Table', columnDefinitions: null, rows: [{ cells: ['b'] }] } },
  ])
})

t.test('a bad selector is refused before the stream', async t => {
  const world = createTestStore()
  t.equal(refusalOf(() => open(t, world, { query: 'labelSelector=a+b' })).code, 400)
})
