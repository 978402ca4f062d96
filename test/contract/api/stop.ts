import t from 'tap'
import { startApi } from '../../support/api.ts'
import { openPeer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const jobs = '/jobs/v1/tool/tf-test/jobs'
const job = { name: 'one', imagename: 'bookworm', cmd: 'echo begun; sleep 60', filelog: false }

t.test('a service that is asked to stop says so, finishes what it began, ends streams, and is gone', async t => {
  const api = await startApi(t, { pods: 'processes', config: { shutdown: { drain_ms: 300, limit_ms: 5000 } } })
  const tool = api.as('tf-test')
  t.equal((await tool.call('POST', jobs, { body: job })).status, 201)
  const stream = await tool.stream(`/logs/v1/tool/tf-test/job/one/logs_stream`)
  const lines = stream.lines[Symbol.asyncIterator]()
  t.match((await lines.next()).value, /begun/)
  const idle = await openPeer({ port: api.address.port })
  const admin = `http://127.0.0.1:${api.address.admin.port}`

  const begun = performance.now()
  const stopped = api.service.stop()
  t.match(await tool.call('GET', '/healthz'), { status: 503, headers: { connection: 'close' } })
  t.equal((await fetch(`${admin}/readyz`)).status, 503)
  t.equal((await tool.call('GET', `${jobs}/one`)).status, 200, 'what still comes is served')
  t.equal((await lines.next()).done, true, 'the stream ends well')
  await idle.closed()
  await stopped
  t.ok(performance.now() - begun < 5000)
  await t.rejects(api.as('tf-test').call('GET', '/healthz'), { code: 'ECONNREFUSED' })
  await t.rejects(fetch(`${admin}/healthz`))
  await api.service.stop()
})

t.test('a request whose cluster hangs does not hold up the stop for longer than its limit', async t => {
  const api = await startApi(t, { intercepted: true, config: { shutdown: { drain_ms: 0, limit_ms: 1500 } } })
  let asked = false
  api.between.instead = () => {
    asked = true
    return 'hang'
  }
  const call = api.as('tf-test').call('GET', jobs)
  call.catch(() => undefined)
  await waitUntil('the cluster is asked', () => asked)
  const begun = performance.now()
  await api.service.stop()
  t.ok(performance.now() - begun < 3000)
  await t.rejects(call)
})

t.test('what cannot start says why, and leaves nothing behind', async t => {
  const api = await startApi(t)
  const { port } = api.address
  await t.rejects(api.another({ listener: { port } }), { code: 'EADDRINUSE' })
  await t.rejects(api.another({ listener: { client_ca_file: '/nowhere/ca.pem' } }), { message: /\/nowhere\/ca.pem/ })
  await t.rejects(api.another({ kubernetes: { ca_file: '/nowhere/kube.pem' } }), { message: /\/nowhere\/kube.pem/ })
})
