import t, { type Test } from 'tap'
import { createToolCluster } from '../../../src/kube/cluster.ts'
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

t.test('an object is put in the place of the one with its name', async t => {
  let answer: H2Answer = ({ body }) => ({ status: 200, body: JSON.parse(body) })
  const { cluster, requests } = await world(t, request => answer(request))
  t.same(await cluster.replace('jobs', job('a')), job('a'))
  await cluster.replace('jobs', job('a'), { dryRun: true })
  t.match(requests[0], { method: 'PUT', path: `${jobs}/a`, body: JSON.stringify(job('a')) })
  t.same(
    requests.map(({ query }) => [...query]),
    [[], [['dryRun', 'All']]],
  )
  answer = () => status(409, 'the object has been modified', { reason: 'Conflict' })
  await t.rejects(cluster.replace('jobs', job('a')), { code: 'conflict', message: /job "a" was changed by somebody/ })
  answer = () => status(404)
  await t.rejects(cluster.replace('jobs', job('a')), { code: 'not_found' })
  await t.rejects(cluster.replace('jobs', { metadata: {} }), RangeError)
  await t.rejects(cluster.replace('jobs', { metadata: { name: '../x' } }), RangeError)
  t.equal(requests.length, 4)
})

t.test('fields are changed by a merge patch', async t => {
  let answer: H2Answer = () => ({ status: 200, body: job('a', '2') })
  const { cluster, requests } = await world(t, request => answer(request))
  const patch = { metadata: { labels: { a: 'b' }, annotations: null } }
  t.same(await cluster.patch('jobs', 'a', { patch }), job('a', '2'))
  await cluster.patch('jobs', 'a', { patch, dryRun: true })
  t.match(requests[0], { method: 'PATCH', path: `${jobs}/a`, body: JSON.stringify(patch) })
  t.equal(requests[0]?.headers['content-type'], 'application/merge-patch+json')
  t.same([...(requests[1]?.query ?? [])], [['dryRun', 'All']])
  for (const [code, reason, expected] of [
    [409, 'Conflict', 'conflict'],
    [404, 'NotFound', 'not_found'],
    [422, 'Invalid', 'bad_request'],
  ] as const) {
    answer = () => status(code, 'x', { reason })
    await t.rejects(cluster.patch('jobs', 'a', { patch }), { code: expected })
  }
})

t.test('what is deleted by trial is told to the cluster in the body, where it looks', async t => {
  const list = { metadata: { resourceVersion: '1' }, items: null }
  const { cluster, requests } = await world(t, ({ path }) => ({ status: 200, body: path === jobs ? list : {} }))
  await cluster.remove('jobs', 'a', { dryRun: true, uid: 'u' })
  await cluster.removeAll('jobs', { a: 'b' }, { dryRun: true })
  t.same(
    requests.map(({ body }) => JSON.parse(body)),
    [
      { propagationPolicy: 'Background', preconditions: { uid: 'u' }, dryRun: ['All'] },
      { propagationPolicy: 'Background', dryRun: ['All'] },
    ],
  )
})

t.test('which objects were deleted is known from either form of answer', async t => {
  let answer: H2Answer = () => ({ status: 200, body: { kind: 'Status', details: { uid: 'u-1' } } })
  const { cluster } = await world(t, request => answer(request))
  t.same(await cluster.removeOne('jobs', 'a'), { removal: 'gone', uid: 'u-1' })
  answer = () => ({ status: 200, body: { metadata: { name: 'a', uid: 'u-2' } } })
  t.same(await cluster.removeOne('pods', 'a'), { removal: 'leaving', uid: 'u-2' })
  answer = () => status(404)
  t.same(await cluster.removeOne('jobs', 'a'), { removal: 'absent', uid: undefined })
  const items = ['u-3', 'u-4'].map(uid => ({ metadata: { name: uid, uid } }))
  answer = () => ({ status: 200, body: { metadata: { resourceVersion: '1' }, items } })
  t.same(await cluster.removeMany('jobs', { a: 'b' }), [
    { name: 'u-3', uid: 'u-3' },
    { name: 'u-4', uid: 'u-4' },
  ])
})

t.test('when the cluster only failed to count, a create is sent again, some times', async t => {
  const message = 'Operation cannot be fulfilled on resourcequotas "tool-a": the object has been modified'
  let races = 2
  const answer: H2Answer = ({ body }) =>
    races-- > 0 ? status(409, message, { reason: 'Conflict' }) : { status: 201, body: JSON.parse(body) }
  const { cluster, requests } = await world(t, answer)
  t.same(await cluster.create('jobs', job('a')), job('a'))
  t.equal(requests.length, 3)
  races = 99
  await t.rejects(cluster.create('jobs', job('a')), { code: 'unavailable', message: /cannot count the tool's quota/ })
  t.equal(requests.length, 7)
})
