import t from 'tap'
import type { ToolCluster } from '../../../src/kube/cluster.ts'
import { jobNamed, jobPath, namesOf, startViews } from '../../support/view-world.ts'
import { waitUntil } from '../../support/wait-until.ts'

const mergePatch = 'application/merge-patch+json'
const jobsOf = async (cluster: ToolCluster) => namesOf((await cluster.list('jobs')).items)

t.test('the first read asks the cluster for all kinds at once, the next ones nothing', async t => {
  const { views, newTool } = await startViews(t)
  const credentials = await newTool()
  const cluster = views.of(credentials)
  t.equal(views.size(), 0, 'nothing before the first read')
  await cluster.create('jobs', jobNamed('one', { labels: { a: 'b' } }))
  await cluster.create('jobs', jobNamed('two'))
  const read = async () => {
    const { items } = await views.of(credentials).list('jobs')
    const pods = await views.of(credentials).list('pods', { labels: { a: 'b' } })
    const events = await views.of(credentials).list('events', { fields: { type: 'Warning' } })
    return [namesOf(items), namesOf(pods.items), namesOf(events.items)]
  }
  t.same(await read(), [['one', 'two'], [], []])
  t.match(views.numbers(), { open: 1, fromMemory: 3, asked: 0, leaseChecks: 0, relists: 0, behind: 0 })
  t.same(await read(), [['one', 'two'], [], []])
  t.same(namesOf((await cluster.list('jobs', { labels: { a: 'b' } })).items), ['one'])
  t.equal((await cluster.get('jobs', 'one'))?.metadata?.labels?.['a'], 'b')
  t.match(views.numbers(), { open: 1, fromMemory: 8, asked: 0, leaseChecks: 0 })
})

t.test('a view that was opened ahead has loaded when the first read comes, and tells it what failed', async t => {
  const { views, newTool, credentialsOf } = await startViews(t)
  const credentials = await newTool()
  views.open(credentials)
  t.equal(views.size(), 1)
  await waitUntil('all kinds', () => views.of(credentials).generation !== undefined)
  await views.of(credentials).list('jobs')
  t.match(views.numbers(), { fromMemory: 1, asked: 0 })
  const stranger = await credentialsOf('stranger')
  views.open(stranger)
  await t.rejects(views.of(stranger).list('jobs'), { code: 'not_allowed' })
})

t.test('many first reads open one view', async t => {
  const { views, proxy, newTool } = await startViews(t)
  const credentials = await newTool()
  await Promise.all(Array.from({ length: 20 }, () => views.of(credentials).list('jobs')))
  t.match(views.numbers(), { open: 1, fromMemory: 20, asked: 0, leaseChecks: 0 })
  t.equal(proxy.made, 1)
})

t.test('what a selector or another namespace asks beyond what is kept is asked of the cluster', async t => {
  const { views, newTool } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.list('jobs')
  const before = views.numbers().fromMemory
  await cluster.list('events')
  await cluster.list('events', { fields: { type: 'Normal' } })
  await cluster.list('jobs', { fields: { 'status.successful': '1' } })
  t.equal(await cluster.get('configmaps', 'image-config', { namespace: 'tf-public' }), undefined)
  await cluster.get('namespaces', 'tool-a').catch(() => {})
  await t.rejects(cluster.list('jobs', { namespace: 'tool-b' }), { code: 'not_allowed' })
  await t.rejects(cluster.list('jobs', { labels: { a: 'b,c' } }), RangeError)
  await t.rejects(cluster.get('jobs', '../x'), RangeError)
  t.equal(views.numbers().fromMemory, before)
  await cluster.list('limitranges')
  t.equal((await cluster.list('resourcequotas')).items.length, 1, 'other kinds when they are first asked for')
  t.equal(views.numbers().fromMemory, before + 2)
})

t.test('what is written is in the next read, what is deleted is not', async t => {
  const { views, newTool } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.list('jobs')
  for (let round = 0; round < 20; round++) {
    const made = await cluster.create('jobs', jobNamed('one'))
    t.equal((await cluster.get('jobs', 'one'))?.metadata?.uid, made.metadata?.uid)
    const patch = { metadata: { annotations: { round: `${round}` } } }
    const patched = await cluster.patch('jobs', 'one', { patch })
    const [read] = (await cluster.list('jobs')).items
    t.equal(read?.metadata?.annotations?.['round'], `${round}`)
    const replaced = await cluster.replace('jobs', {
      ...patched,
      metadata: { ...patched.metadata, labels: { a: 'b' } },
    })
    t.equal((await cluster.get('jobs', 'one'))?.metadata?.resourceVersion, replaced.metadata?.resourceVersion)
    if (round % 2 === 0) t.equal(await cluster.remove('jobs', 'one'), 'gone')
    else await cluster.removeAll('jobs', { a: 'b' })
    t.same(await jobsOf(cluster), [])
  }
  t.equal(await cluster.get('jobs', 'one'), undefined)
  t.equal(views.numbers().asked, 1, 'only that there is none')
})

t.test('what is only tried changes nothing', async t => {
  const { views, newTool } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.create('jobs', jobNamed('one', { labels: { a: 'b' } }))
  await cluster.list('jobs')
  const patch = { metadata: { labels: { a: 'c' } } }
  const tried = { dryRun: true }
  t.equal((await cluster.patch('jobs', 'one', { patch, ...tried })).metadata?.labels?.['a'], 'c')
  await cluster.create('jobs', jobNamed('two'), tried)
  const one = await cluster.get('jobs', 'one')
  await cluster.replace('jobs', { ...one, metadata: { ...one?.metadata, ...patch.metadata } }, tried)
  t.not(await cluster.remove('jobs', 'one', tried), 'absent')
  await cluster.removeAll('jobs', { a: 'b' }, tried)
  const { items } = await cluster.list('jobs')
  t.same(namesOf(items), ['one'])
  t.equal(items[0]?.metadata?.labels?.['a'], 'b')
})

t.test('a job that was made elsewhere is found at once, and is in the list from then on', async t => {
  const { views, newTool, admin } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.list('jobs')
  for (let round = 0; round < 20; round++) {
    const name = `job-${round}`
    await admin.call('POST', jobPath(), { body: jobNamed(name) })
    t.equal((await cluster.get('jobs', name))?.metadata?.name, name)
    t.ok((await jobsOf(cluster)).includes(name))
  }
})

t.test('after a write that met a newer object, the object is read anew', async t => {
  const { views, newTool, admin } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.create('jobs', jobNamed('one'))
  for (let round = 0; round < 10; round++) {
    const old = await cluster.get('jobs', 'one')
    if (old === undefined) return t.fail('there is one')
    const body = { metadata: { annotations: { round: `${round}` } } }
    await admin.call('PATCH', jobPath('one'), { body, type: mergePatch })
    const mine = { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }
    await t.rejects(cluster.replace('jobs', mine), { code: 'conflict' })
    t.equal((await cluster.get('jobs', 'one'))?.metadata?.annotations?.['round'], `${round}`)
  }
})

/** Reads what the first read has opened. */
const readAll = async (cluster: ToolCluster) => {
  for (const kind of ['jobs', 'cronjobs', 'deployments', 'pods'] as const) await cluster.list(kind)
  await cluster.list('events', { fields: { type: 'Warning' } })
}

t.test('an object is the same one until it changes, and cannot be changed', async t => {
  const { views, newTool, admin } = await startViews(t)
  const cluster = views.of(await newTool())
  await cluster.create('jobs', jobNamed('one'))
  await cluster.create('jobs', jobNamed('two'))
  await readAll(cluster)
  const [one, two] = (await cluster.list('jobs')).items
  const generation = cluster.generation
  t.type(generation, 'number')
  t.equal((await cluster.list('jobs')).items[0], one)
  t.equal(await cluster.get('jobs', 'one'), one)
  t.throws(() => Object.assign(one?.spec ?? {}, { suspend: false }), TypeError)
  t.throws(() => Object.assign(one?.metadata?.labels ?? {}, { a: 'b' }), TypeError)
  t.equal(cluster.generation, generation)
  await admin.call('PATCH', jobPath('one'), { body: { metadata: { labels: { a: 'b' } } }, type: mergePatch })
  await waitUntil('the change', () => cluster.generation !== generation)
  const after = (await cluster.list('jobs')).items
  t.equal(after[0]?.metadata?.labels?.['a'], 'b')
  t.not(after[0], one)
  t.equal(after[1], two)
})

t.test('without views all is asked, with the same answers', async t => {
  const { views, clusters, newTool } = await startViews(t, { views: { enabled: false } })
  const credentials = await newTool()
  const cluster = views.of(credentials)
  t.equal(cluster, clusters.of(credentials))
  await cluster.create('jobs', jobNamed('one'))
  t.same(await jobsOf(cluster), ['one'])
  t.equal(cluster.generation, undefined)
  t.match(views.numbers(), { open: 0, fromMemory: 0 })
})

t.test('at the bound the tool that was used longest ago gives way, and those that are waited for stay', async t => {
  const { views, newTool } = await startViews(t, { views: { most: 2 } })
  const [a, b, c] = [await newTool('a'), await newTool('b'), await newTool('c')]
  for (const each of [a, b, a, c]) await views.of(each).list('jobs')
  t.equal(views.size(), 2)
  const from = () => views.numbers().fromMemory
  const before = from()
  await views.of(a).list('jobs')
  t.equal(from(), before + 1)
  const stop = new AbortController()
  const looks = [a, c].map(each => views.of(each).changes(['jobs'], stop)[Symbol.asyncIterator]())
  for (const look of looks) t.same(await look.next(), { value: undefined, done: false })
  const asked = views.numbers().fromMemory
  t.same(await jobsOf(views.of(b)), [])
  t.match(views.numbers(), { open: 2, fromMemory: asked })
  stop.abort()
  for (const look of looks) t.same(await look.next(), { value: undefined, done: true })
  t.same(await jobsOf(views.of(b)), [])
  t.match(views.numbers(), { open: 2, fromMemory: asked + 1 })
})

t.test('a view that nobody uses ends, and the next read opens another', async t => {
  const { views, clusters, newTool } = await startViews(t, { views: { idle_s: 0.2 } })
  const credentials = await newTool()
  const cluster = views.of(credentials)
  await readAll(cluster)
  const generation = cluster.generation
  t.type(generation, 'number')
  await waitUntil('the end', () => views.size() === 0)
  t.equal(cluster.generation, undefined)
  await waitUntil('the end of its watches', () => clusters.of(credentials).active === 0)
  t.same(await jobsOf(cluster), [])
  t.equal(views.size(), 1)
  t.not(cluster.generation, generation, 'a number is never used again')
})

t.test('a new certificate gets a new view', async t => {
  const { views, newTool, credentialsOf } = await startViews(t)
  const old = views.of(await newTool())
  await old.create('jobs', jobNamed('one'))
  await old.list('jobs')
  const renewed = views.of(await credentialsOf('a'))
  t.not(renewed, old)
  t.same(await jobsOf(renewed), ['one'])
  t.equal(views.size(), 1)
  const before = views.numbers()
  t.same(await jobsOf(old), ['one'], 'who still has the old one is answered by the cluster')
  t.match(views.numbers(), { fromMemory: before.fromMemory, asked: before.asked + 1 })
  await old.create('jobs', jobNamed('two'))
  t.same(await jobsOf(renewed), ['one', 'two'], 'and what it writes is seen')
})

t.test('a view ends with the certificate, and all who look', async t => {
  const end = Date.now() + 3000
  const { views, newTool } = await startViews(t)
  const credentials = await newTool('a', end)
  const cluster = views.of(credentials)
  const look = cluster.changes(['jobs'], { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await look.next()
  await t.rejects(look.next(), { code: 'not_allowed', message: /certificate .* has expired/ })
  t.ok(Date.now() >= end)
  t.equal(views.size(), 0)
  t.equal(cluster.generation, undefined)
  t.same(await jobsOf(cluster), [], 'from then on the cluster decides')
  t.equal(views.size(), 0)
})

t.test('who looks learns of each change once, and of nothing else', async t => {
  const { views, newTool, admin } = await startViews(t)
  const cluster = views.of(await newTool())
  const stop = new AbortController()
  const look = cluster.changes(['jobs'], stop)[Symbol.asyncIterator]()
  await look.next()
  const next = look.next()
  let isTold = false
  void next.then(() => {
    isTold = true
  })
  await admin.call('POST', '/api/v1/namespaces/tool-a/events', {
    body: {
      metadata: { name: 'x', namespace: 'tool-a' },
      involvedObject: { kind: 'Job', namespace: 'tool-a', name: 'x' },
      type: 'Warning',
      reason: 'X',
    },
  })
  await waitUntil('the event', async () => {
    const { items } = await cluster.list('events', { fields: { type: 'Warning' } })
    return items.length > 0
  })
  t.equal(isTold, false)
  for (const name of ['a', 'b', 'c']) await admin.call('POST', jobPath(), { body: jobNamed(name) })
  await next
  await waitUntil('all of them', async () => (await jobsOf(cluster)).length === 3)
  await look.next()
  stop.abort()
  t.match(await look.next(), { done: true }, 'what was told is not told again')
})

t.test('stopping ends all of it', async t => {
  const { views, clusters, newTool } = await startViews(t)
  const credentials = await newTool()
  const cluster = views.of(credentials)
  const look = cluster.changes(['jobs'], { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await look.next()
  const next = t.rejects(look.next(), { code: 'unavailable' })
  await views.stop()
  await next
  t.equal(views.size(), 0)
  t.equal(clusters.of(credentials).active, 0)
  t.same(await jobsOf(cluster), [], 'reads ask the cluster')
  t.equal(views.size(), 0)
})
