import t, { type Test } from 'tap'
import { createToolCluster } from '../../../src/kube/cluster.ts'
import { Expired } from '../../../src/kube/status.ts'
import { clientPair, type H2Answer, h2Server } from '../../support/h2-server.ts'

const jobs = '/apis/batch/v1/namespaces/tool-a/jobs'
const job = (name: string, resourceVersion = '1') => ({ metadata: { name, resourceVersion } })
const status = (code: number, message = 'x', more: object = {}) => ({ status: code, body: { code, message, ...more } })

async function world(t: Test, answer: H2Answer) {
  const server = await h2Server(t, answer)
  const pair = await clientPair(server, 'a')
  const cluster = createToolCluster({ server: server.url, ca: server.ca, timeout_ms: 20_000 }, { tool: 'a', ...pair })
  t.teardown(() => cluster.close())
  return { cluster, requests: server.requests }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Sends a body in chunks as they are, and ends. */
const chunks =
  (...parts: (string | Buffer)[]): H2Answer =>
  ({ stream }) => {
    stream.respond({ ':status': 200 })
    const next = (): void => {
      const part = parts.shift()
      if (part === undefined) stream.end()
      else stream.write(part, () => setImmediate(next))
    }
    next()
    return undefined
  }

t.test('a list is asked for in the namespace of the tool, by labels and fields, in pages', async t => {
  const { cluster, requests } = await world(t, ({ query }) => {
    const page = query.get('continue')
    const metadata = { resourceVersion: page === null ? '5' : '6', continue: page === null ? 'two' : '' }
    return { status: 200, body: { metadata, items: [job(page ?? 'one')] } }
  })
  const list = await cluster.list('jobs', { labels: { a: 'b' }, fields: { 'metadata.name': 'x' } })
  t.same(list, { items: [job('one'), job('two')], resourceVersion: '6' })
  t.equal(cluster.namespace, 'tool-a')
  t.same(
    requests.map(({ path, query }) => [path, ...query]),
    [
      [jobs, ['labelSelector', 'a=b'], ['fieldSelector', 'metadata.name=x'], ['limit', '250']],
      [jobs, ['labelSelector', 'a=b'], ['fieldSelector', 'metadata.name=x'], ['limit', '250'], ['continue', 'two']],
    ],
  )
})

t.test('a list starts again when its next page is gone, but not for ever', async t => {
  let gone = 1
  const answer: H2Answer = ({ query }) => {
    if (query.get('continue') === null)
      return { status: 200, body: { metadata: { resourceVersion: '5', continue: 'two' }, items: [job('one')] } }
    if (gone-- > 0) return status(410)
    return { status: 200, body: { metadata: { resourceVersion: '6' }, items: [job('two')] } }
  }
  const { cluster, requests } = await world(t, answer)
  t.same((await cluster.list('jobs')).items, [job('one'), job('two')])
  t.equal(requests.length, 4)
  gone = 9
  await t.rejects(cluster.list('jobs'), { code: 'unavailable', message: /changes too fast/ })
})

t.test('another namespace may be asked for', async t => {
  const { cluster, requests } = await world(t, () => ({ status: 200, body: job('image-config') }))
  await cluster.get('configmaps', 'image-config', { namespace: 'tf-public' })
  t.equal(requests[0]?.path, '/api/v1/namespaces/tf-public/configmaps/image-config')
})

t.test('what is not there is undefined', async t => {
  const { cluster } = await world(t, ({ path }) =>
    path.endsWith('/b') ? status(404) : { status: 200, body: job('a') },
  )
  t.same(await cluster.get('jobs', 'a'), job('a'))
  t.equal(await cluster.get('jobs', 'b'), undefined)
})

t.test('an object is created as it is, or only tried', async t => {
  const { cluster, requests } = await world(t, ({ body }) => ({ status: 201, body: JSON.parse(body) }))
  t.same(await cluster.create('jobs', job('a')), job('a'))
  await cluster.create('jobs', job('a'), { dryRun: true })
  t.match(requests[0], { method: 'POST', path: jobs, body: JSON.stringify(job('a')) })
  t.same([...(requests[0]?.query ?? [])], [])
  t.same([...(requests[1]?.query ?? [])], [['dryRun', 'All']])
})

t.test('a refusal names what was to be made', async t => {
  const { cluster } = await world(t, () => status(409, 'x', { reason: 'AlreadyExists' }))
  await t.rejects(cluster.create('jobs', job('a')), { code: 'exists', message: 'The job "a" exists already' })
})

t.test('an object is removed with what it owns, when it is the one that was meant', async t => {
  let answer: H2Answer = () => ({ status: 200, body: { kind: 'Status', status: 'Success' } })
  const { cluster, requests } = await world(t, request => answer(request))
  t.equal(await cluster.remove('jobs', 'a', { uid: 'u-1' }), 'gone')
  t.match(requests[0], { method: 'DELETE', path: `${jobs}/a` })
  t.same(JSON.parse(requests[0]?.body ?? ''), { propagationPolicy: 'Background', preconditions: { uid: 'u-1' } })
  answer = () => status(404)
  t.equal(await cluster.remove('jobs', 'a'), 'absent')
  t.same(JSON.parse(requests[1]?.body ?? ''), { propagationPolicy: 'Background' })
  const conflict = status(409, 'uid', { reason: 'Conflict' })
  for (const now of [{ status: 200, body: { metadata: { name: 'a', uid: 'u-2' } } }, status(404)]) {
    answer = ({ method }) => (method === 'GET' ? now : conflict)
    t.equal(await cluster.remove('jobs', 'a', { uid: 'u-1' }), 'absent')
  }
  answer = ({ method }) =>
    method === 'GET' ? { status: 200, body: { metadata: { name: 'a', uid: 'u-1' } } } : conflict
  await t.rejects(cluster.remove('jobs', 'a', { uid: 'u-1' }), { code: 'unavailable' })
  answer = ({ method }) => (method === 'GET' ? status(500) : conflict)
  await t.rejects(cluster.remove('jobs', 'a', { uid: 'u-1' }), { code: 'unavailable' })
  answer = () => ({ status: 200, body: { kind: 'Job', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } } })
  t.equal(await cluster.remove('jobs', 'a'), 'leaving')
  answer = () => conflict
  await t.rejects(cluster.remove('jobs', 'a'), { code: 'conflict' })
  answer = () => status(403)
  await t.rejects(cluster.remove('jobs', 'a', { uid: 'u-1' }), { code: 'not_allowed', message: /let the tool delete/ })
})

t.test('all objects of some labels are removed, never all without', async t => {
  const { cluster, requests } = await world(t, () => ({ status: 200, body: { metadata: { resourceVersion: '1' } } }))
  await cluster.removeAll('jobs', { toolforge: 'tool' })
  t.match(requests[0], { method: 'DELETE', path: jobs })
  t.equal(requests[0]?.query.get('labelSelector'), 'toolforge=tool')
  t.same(JSON.parse(requests[0]?.body ?? ''), { propagationPolicy: 'Background' })
  await t.rejects(cluster.removeAll('jobs', {}), RangeError)
  t.equal(requests.length, 1)
})

t.test('what can be no name is not asked for', async t => {
  const { cluster, requests } = await world(t, () => ({ status: 200, body: {} }))
  await t.rejects(cluster.get('jobs', '../pods/x'), RangeError)
  await t.rejects(cluster.remove('jobs', ''), RangeError)
  await t.rejects(collect(cluster.podLog('a/b', { container: 'job' })), RangeError)
  await t.rejects(cluster.list('jobs', { labels: { a: 'b,c' } }), RangeError)
  t.same(requests, [])
})

t.test('a watch gives each event, however its text is cut', async t => {
  const events = [
    { type: 'ADDED', object: job('ä', '7') },
    { type: 'DELETED', object: job('b', '8') },
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
  ]
  const text = Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join(''))
  const at = text.indexOf('ä') + 1
  const { cluster, requests } = await world(t, chunks(text.subarray(0, at), text.subarray(at, 90), text.subarray(90)))
  const { signal } = new AbortController()
  const seen = await collect(cluster.watch('jobs', { resourceVersion: '5', labels: { a: 'b' }, signal }))
  t.same(seen, [...events.slice(0, 2), { type: 'BOOKMARK', resourceVersion: '9' }])
  const query = Object.fromEntries(requests[0]?.query ?? [])
  t.match(query, { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '5', labelSelector: 'a=b' })
  t.ok(Number(query['timeoutSeconds']) >= 300 && Number(query['timeoutSeconds']) < 360)
})

t.test('a watch from a version that is gone says so, in both ways that it can come', async t => {
  const { signal } = new AbortController()
  const line = `${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`
  const byEvent = await world(t, chunks(line))
  await t.rejects(collect(byEvent.cluster.watch('jobs', { resourceVersion: '5', signal })), Expired)
  const byStatus = await world(t, () => status(410))
  await t.rejects(collect(byStatus.cluster.watch('jobs', { resourceVersion: '5', signal })), Expired)
})

t.test('a watch with a line that is no event, or without end, ends with an error', async t => {
  const { signal } = new AbortController()
  for (const { answer, name } of [
    { answer: chunks('{"type":\n'), name: 'Malformed' },
    { answer: chunks(...Array(5).fill(Buffer.alloc(1024 * 1024, 'x'))), name: 'RangeError' },
  ]) {
    const { cluster } = await world(t, answer)
    await t.rejects(collect(cluster.watch('jobs', { resourceVersion: '5', signal })), { name })
    t.equal(cluster.active, 0)
  }
})

t.test("a pod's log comes in lines, with what was asked for", async t => {
  const text = Buffer.from('one ä\ntwo\nthree')
  const at = text.indexOf('ä') + 1
  const { cluster, requests } = await world(t, chunks(text.subarray(0, at), text.subarray(at)))
  const options = { container: 'job', follow: true, tailLines: 5, sinceTime: '2026-11-22T10:00:00Z', timestamps: true }
  t.same(await collect(cluster.podLog('p', options)), ['one ä', 'two', 'three'])
  t.equal(requests[0]?.path, '/api/v1/namespaces/tool-a/pods/p/log')
  t.same(Object.fromEntries(requests[0]?.query ?? []), {
    container: 'job',
    follow: 'true',
    tailLines: '5',
    sinceTime: '2026-11-22T10:00:00Z',
    timestamps: 'true',
  })
})

t.test('a pod without a log yet, or no pod, has none', async t => {
  let answer: H2Answer = () => status(400, 'container "job" in pod "p" is waiting to start: ContainerCreating')
  const { cluster } = await world(t, request => answer(request))
  await t.rejects(collect(cluster.podLog('p', { container: 'job' })), {
    code: 'not_found',
    message: /"p" has no log yet/,
  })
  answer = () => status(404)
  await t.rejects(collect(cluster.podLog('p', { container: 'job' })), {
    code: 'not_found',
    message: 'There is no pod "p"',
  })
})

t.test('whether something is allowed is asked of the cluster, in the namespace of the tool', async t => {
  let answer: H2Answer = () => ({ status: 201, body: { status: { allowed: true } } })
  const { cluster, requests } = await world(t, request => answer(request))
  const may = () => cluster.mayI({ verb: 'list', resource: 'jobs', group: 'batch' })
  t.equal(await may(), true)
  t.match(requests[0], { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' })
  t.match(JSON.parse(requests[0]?.body ?? ''), {
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: 'tool-a', verb: 'list', resource: 'jobs', group: 'batch' } },
  })
  for (const body of [{ status: { allowed: false } }, { status: { allowed: 'true' } }, {}, { status: null }]) {
    answer = () => ({ status: 201, body })
    t.equal(await may(), false)
  }
  for (const code of [401, 403]) {
    answer = () => status(code)
    t.equal(await may(), false, `${code}`)
  }
  answer = () => status(503)
  await t.rejects(may(), { code: 'unavailable' })
})
