import t, { type Test } from 'tap'
import { createClusters } from '../../../src/kube/clusters.ts'
import { createViews } from '../../../src/kube/view.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { clientPair, type H2Answer, type H2Request, h2Server } from '../../support/h2-server.ts'
import { namesOf, usual } from '../../support/view-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const meta = (name: string, version: string, more: object = {}) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: version, ...more },
})

const accessReview =
  (body: object, status = 201): H2Answer =>
  ({ path }) =>
    path.endsWith('/selfsubjectaccessreviews') ? { status, body } : { status: 500, body: {} }

/** A cluster with one job, whose watches say nothing unless the test does. */
async function world(t: Test, lease_s = usual.lease_s) {
  let write: H2Answer = accessReview({ status: { allowed: true } })
  let one: object | undefined
  const watches: H2Request[] = []
  const watch: H2Answer = request => {
    request.stream.respond({ ':status': 200 })
    watches.push(request)
    return undefined
  }
  const read: H2Answer = ({ path }) => {
    if (path.includes('/jobs/')) return one === undefined ? { status: 404, body: {} } : { status: 200, body: one }
    const items = path.endsWith('/jobs') ? [meta('a', '2', { labels: { l: 'x' } })] : []
    return { status: 200, body: { metadata: { resourceVersion: '5' }, items } }
  }
  const server = await h2Server(t, request => {
    if (request.method !== 'GET') return write(request)
    return request.query.get('watch') === null ? read(request) : watch(request)
  })
  const clock = systemClock
  const clusters = createClusters({ server: server.url, ca: server.ca, timeout_ms: 5000 }, { clock })
  const views = createViews({ clusters, config: { ...usual, lease_s }, clock, log: quietLog })
  t.teardown(async () => {
    await views.stop()
    await clusters.stop()
  })
  const notAfter = Date.now() + 3_600_000
  const credentials = { tool: 'a', fingerprint: 'F', notAfter, ...(await clientPair(server, 'a')) }
  const cluster = views.of(credentials)
  await cluster.list('jobs')
  await waitUntil('the watches', () => watches.length === 5)
  return {
    cluster,
    views,
    requests: server.requests,
    names: async () => namesOf((await cluster.list('jobs')).items),
    /** How the next writes are answered. */
    answer(how: H2Answer) {
      write = how
    },
    /** What a job asked for by its name is. */
    put(object: object | undefined) {
      one = object
    },
    say(type: string, object: object) {
      const watch = watches.find(({ path }) => path.endsWith('/jobs'))
      watch?.stream.write(`${JSON.stringify({ type, object })}\n`)
    },
  }
}

const replyOf =
  (body: object, status = 200): H2Answer =>
  () => ({ status, body })

t.test('what is written is read before the watch tells of it', async t => {
  const { cluster, answer, names, views } = await world(t)
  answer(replyOf(meta('b', '7'), 201))
  await cluster.create('jobs', { metadata: { name: 'b' } })
  t.same(await names(), ['a', 'b'])
  answer(replyOf(meta('b', '8', { labels: { l: 'y' } })))
  await cluster.patch('jobs', 'b', { patch: { metadata: { labels: { l: 'y' } } } })
  t.equal((await cluster.get('jobs', 'b'))?.metadata?.labels?.['l'], 'y')
  answer(replyOf(meta('a', '9', { labels: { l: 'y' } })))
  await cluster.replace('jobs', { metadata: { name: 'a' } })
  t.same(namesOf((await cluster.list('jobs', { labels: { l: 'y' } })).items), ['a', 'b'])
  t.equal(views.numbers().asked, 0)
})

t.test('what is only tried is not', async t => {
  const { cluster, answer, names } = await world(t)
  answer(replyOf(meta('b', '7'), 201))
  await cluster.create('jobs', { metadata: { name: 'b' } }, { dryRun: true })
  await cluster.patch('jobs', 'b', { patch: {}, dryRun: true })
  answer(replyOf({ details: { uid: 'uid-a' } }))
  await cluster.remove('jobs', 'a', { dryRun: true })
  answer(replyOf({ metadata: { resourceVersion: '9' }, items: [meta('a', '2')] }))
  await cluster.removeAll('jobs', { l: 'x' }, { dryRun: true })
  t.same(await names(), ['a'])
})

t.test('what is deleted is read no more, by whichever way it was known to be gone', async t => {
  for (const [reply, remove] of [
    [replyOf({ details: { uid: 'uid-a' } }), { uid: 'uid-a' }],
    [replyOf({ details: { uid: 'uid-a' } }), {}],
    [replyOf(meta('a', '2')), {}],
    [replyOf({}, 404), { uid: 'uid-a' }],
    [replyOf({}, 404), {}],
    [replyOf({ reason: 'Conflict' }, 409), { uid: 'uid-a' }],
  ] as const) {
    const { cluster, answer, names, put, say } = await world(t)
    answer(reply)
    await cluster.remove('jobs', 'a', remove)
    t.same(await names(), [])
    t.equal(await cluster.get('jobs', 'a'), undefined, 'the cluster says so itself')
    put(meta('a', '8', { uid: 'another' }))
    t.equal((await cluster.get('jobs', 'a'))?.metadata?.uid, 'another')
    t.same(await names(), ['a'])
    say('DELETED', meta('a', '7'))
    t.same(await names(), ['a'])
  }
  const { cluster, answer, names } = await world(t)
  answer(replyOf({ metadata: { resourceVersion: '9' }, items: [meta('a', '2')] }))
  await cluster.removeAll('jobs', { l: 'x' })
  t.same(await names(), [])
})

t.test('a conflict at a deletion is no proof that the object is gone', async t => {
  const { cluster, answer, names, put } = await world(t)
  answer(replyOf({ reason: 'Conflict' }, 409))
  put(meta('a', '2'))
  await t.rejects(cluster.remove('jobs', 'a', { uid: 'uid-a' }), {
    code: 'unavailable',
    message: /could not delete it/,
  })
  t.same(await names(), ['a'])
  await t.rejects(cluster.remove('jobs', 'a'), { code: 'conflict' }, 'without a uid it cannot be about another')
  put(meta('a', '8', { uid: 'another' }))
  t.equal(await cluster.remove('jobs', 'a', { uid: 'uid-a' }), 'absent')
  t.same(await names(), ['a'], 'the other one')
})

t.test('a list does not show what a write that failed may have changed', async t => {
  const { cluster, answer, names, put, views, requests } = await world(t)
  const generation = cluster.generation
  answer(replyOf({}, 503))
  await t.rejects(cluster.remove('jobs', 'a', { uid: 'uid-a' }), { code: 'unavailable' })
  t.equal(cluster.generation, undefined, 'the next read may ask the cluster')
  const before = views.numbers().asked
  t.same(await names(), [], 'it was deleted all the same')
  t.same(await names(), [])
  t.equal(views.numbers().asked, before + 1, 'asked once')
  t.ok((cluster.generation ?? 0) > (generation ?? 0))
  put(meta('b', '7'))
  await t.rejects(cluster.create('jobs', { metadata: { name: 'b' } }), { code: 'unavailable' })
  t.same(await names(), ['b'], 'it was made all the same')
  const lists = requests.length
  await t.rejects(cluster.create('jobs', { metadata: { name: 'c' } }, { dryRun: true }), { code: 'unavailable' })
  t.same(await names(), ['b'])
  t.equal(requests.length, lists + 1, 'what is only tried changes nothing')
})

t.test('after a flush that failed all is asked about at once', async t => {
  const { cluster, answer, names, requests, say } = await world(t)
  for (const name of ['b', 'c', 'd']) say('ADDED', meta(name, '6', { labels: { l: 'x' } }))
  await waitUntil('the others', async () => (await names()).length === 4)
  answer(replyOf({}, 503))
  await t.rejects(cluster.removeAll('jobs', { l: 'x' }), { code: 'unavailable' })
  const before = requests.length
  t.same(await names(), ['a'])
  t.equal(requests.length, before + 1, 'by one list')
})

t.test('after a write that failed the object is asked for once', async t => {
  const { cluster, answer, put, views } = await world(t)
  for (const [status, write] of [
    [409, () => cluster.replace('jobs', { metadata: { name: 'a', resourceVersion: '1' } })],
    [409, () => cluster.create('jobs', { metadata: { name: 'a' } })],
    [503, () => cluster.patch('jobs', 'a', { patch: {} })],
    [503, () => cluster.remove('jobs', 'a')],
  ] as const) {
    answer(replyOf({ reason: 'Conflict' }, status))
    const version = `${Number((await cluster.get('jobs', 'a'))?.metadata?.resourceVersion) + 5}`
    put(meta('a', version))
    await t.rejects(async () => void (await write()))
    const before = views.numbers().asked
    t.equal((await cluster.get('jobs', 'a'))?.metadata?.resourceVersion, version)
    t.equal((await cluster.get('jobs', 'a'))?.metadata?.resourceVersion, version)
    t.equal(views.numbers().asked, before + 1)
  }
})

t.test('what was found elsewhere stays in the lists, unless it is older than what is known', async t => {
  const { cluster, names, put } = await world(t)
  put(meta('b', '7'))
  t.equal((await cluster.get('jobs', 'b'))?.metadata?.resourceVersion, '7')
  t.same(await names(), ['a', 'b'])
  put(meta('c', '4'))
  t.equal((await cluster.get('jobs', 'c'))?.metadata?.name, 'c')
  t.same(await names(), ['a', 'b'], 'the watch has told that it is gone')
})

t.test('an object is asked of the cluster where memory is not enough', async t => {
  const { cluster, put } = await world(t)
  put(meta('a', '9', { labels: { l: 'z' } }))
  t.equal((await cluster.get('jobs', 'a'))?.metadata?.labels?.['l'], 'x')
  t.equal((await cluster.get('jobs', 'a', { fresh: true }))?.metadata?.labels?.['l'], 'z')
  put(undefined)
  t.equal(await cluster.get('jobs', 'a', { fresh: true }), undefined)
})

t.test('who looks is asked about again and again, and sent away at a no', async t => {
  const { cluster, answer, views, requests } = await world(t, 0.3)
  const look = cluster.changes(['jobs'], { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await look.next()
  const ended = t.rejects(look.next(), { code: 'not_allowed', message: /does not let the tool/ })
  await waitUntil('some questions', () => views.numbers().leaseChecks > 2)
  t.equal(views.size(), 1)
  answer(accessReview({ status: { allowed: false } }))
  await ended
  t.equal(views.size(), 0)
  const asked = requests.filter(({ path }) => path.endsWith('/selfsubjectaccessreviews'))
  t.match(JSON.parse(asked[0]?.body ?? ''), {
    spec: { resourceAttributes: { namespace: 'tool-a', verb: 'list', resource: 'jobs', group: 'batch' } },
  })
})

t.test('a certificate that is refused is a no, and no answer is none', async t => {
  const refused = await world(t, 0.2)
  refused.answer(accessReview({}, 401))
  await waitUntil('the question', async () => {
    await refused.cluster.list('jobs')
    return refused.views.numbers().asked > 0
  })
  const unknown = await world(t, 0.2)
  unknown.answer(accessReview({}, 503))
  const failed = await waitUntil('the question', () =>
    unknown.cluster.list('jobs').then(
      () => undefined,
      error => error,
    ),
  )
  t.equal(failed.code, 'unavailable')
  t.equal(unknown.views.size(), 1)
})

t.test('who waits can leave', async t => {
  const { cluster, requests } = await world(t)
  const before = requests.length
  const reason = new Error('enough')
  await t.rejects(
    cluster.list('jobs', { labels: { a: 'b' }, namespace: 'x', signal: AbortSignal.abort(reason) }),
    reason,
  )
  t.equal(requests.length, before)
})
