import t, { type Test } from 'tap'
import { createSignal } from '../../../src/kube/changes.ts'
import { createToolCluster } from '../../../src/kube/cluster.ts'
import { clientPair, type H2Request, h2Server } from '../../support/h2-server.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('a signal tells once of all that happened, and of the end', async t => {
  const signal = createSignal()
  const told = signal.told()
  signal.tell()
  signal.tell()
  t.same(await told.next(), { value: undefined, done: false })
  const next = told.next()
  signal.tell()
  t.same(await next, { value: undefined, done: false })
  signal.end()
  signal.fail(new Error('late'))
  t.same(await told.next(), { value: undefined, done: true })
  const failed = createSignal()
  const waiting = failed.told().next()
  failed.fail(new Error('lost'))
  await t.rejects(waiting, { message: 'lost' })
  await t.rejects(failed.told().next(), { message: 'lost' })
})

/** A cluster that is empty, and whose watches the test speaks through. */
async function world(t: Test, refuses = () => false) {
  const watches: H2Request[] = []
  const server = await h2Server(t, request => {
    if (refuses()) return { status: 403, body: { message: 'no' } }
    if (request.query.get('watch') === null)
      return { status: 200, body: { metadata: { resourceVersion: '5' }, items: [] } }
    request.stream.respond({ ':status': 200 })
    watches.push(request)
    return undefined
  })
  const pair = await clientPair(server, 'a')
  const cluster = createToolCluster({ server: server.url, ca: server.ca, timeout_ms: 20_000 }, { tool: 'a', ...pair })
  t.teardown(() => cluster.close())
  const stop = new AbortController()
  const look = cluster.changes(['jobs', 'pods'], stop)[Symbol.asyncIterator]()
  const say = (kind: string, type: string, version: string) => {
    const object = { metadata: { name: 'x', resourceVersion: version } }
    watches.findLast(({ path }) => path.endsWith(kind))?.stream.write(`${JSON.stringify({ type, object })}\n`)
  }
  return { cluster, server, watches, stop, look, say }
}

t.test('who looks at a cluster itself is told when it has begun, then of each change, until the signal', async t => {
  const { cluster, watches, stop, look, say } = await world(t)
  t.same(await look.next(), { value: undefined, done: false })
  await waitUntil('both watches', () => watches.length === 2)
  for (const [kind, type] of [
    ['jobs', 'ADDED'],
    ['pods', 'MODIFIED'],
    ['jobs', 'DELETED'],
  ] as const) {
    const next = look.next()
    say(kind, type, '7')
    t.same(await next, { value: undefined, done: false })
  }
  let isTold = false
  const next = look.next()
  void next.then(() => {
    isTold = true
  })
  say('jobs', 'BOOKMARK', '9')
  await cluster.list('jobs')
  t.equal(isTold, false)
  stop.abort()
  t.same(await next, { value: undefined, done: true })
  t.equal(cluster.active, 0)
  const late = cluster.changes(['jobs'], stop)[Symbol.asyncIterator]()
  t.same(await late.next(), { value: undefined, done: true })
})

t.test('who may not look learns it, in the beginning and later', async t => {
  let isRefused = true
  const first = await world(t, () => isRefused)
  await t.rejects(first.look.next(), { code: 'not_allowed' })
  t.equal(first.cluster.active, 0)
  isRefused = false
  const second = await world(t, () => isRefused)
  await second.look.next()
  await waitUntil('both watches', () => second.watches.length === 2)
  isRefused = true
  const next = second.look.next()
  for (const socket of second.server.sockets) socket.destroy()
  await t.rejects(next, { code: 'not_allowed' })
})

t.test('who leaves the loop leaves nothing behind', async t => {
  const { cluster, look, watches } = await world(t)
  await look.next()
  await waitUntil('both watches', () => watches.length === 2)
  await look.return?.()
  t.equal(cluster.active, 0)
  await waitUntil('their end', () => watches.every(({ stream }) => stream.destroyed))
})
