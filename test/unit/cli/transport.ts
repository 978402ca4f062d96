import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import type { Target } from '../../../src/cli/target.ts'
import { createTransport, type Transport } from '../../../src/cli/transport.ts'
import { createClient } from '../../../src/contract/client.ts'
import { createAuthority } from '../../../src/pki/authority.ts'
import { type Clock, systemClock } from '../../../src/platform/clock.ts'
import { type CliService, startCliService } from '../../support/cli.ts'

const jobs = { json: { jobs: [], messages: {} } }
const params = { tool: 'tf-test' }
const body = { name: 'one', imagename: 'bookworm', cmd: 'true' }

/** A clock that sleeps no longer than a moment, and remembers for how long it should have. */
const quickClock = () => {
  const slept: number[] = []
  const clock: Clock = {
    now: systemClock.now,
    sleep: async milliseconds => {
      slept.push(milliseconds)
    },
  }
  return { clock, slept }
}

const targetOf = ({ url, ca, client }: CliService, changes: Partial<Target> = {}): Target => ({
  url,
  jobsEndpoint: '/jobs/v1',
  timeout: 10,
  identity: { tool: 'tf-test', certificate: client.certificate, key: client.key, ca: undefined },
  ca: ca.certificate,
  caSource: 'the test',
  sources: [],
  ...changes,
})

const connect = (t: Test, target: Target) => {
  const { clock, slept } = quickClock()
  const debugged: string[] = []
  const transport: Transport = createTransport(target, { clock, debug: line => debugged.push(line), userAgent: 'me/1' })
  t.teardown(() => transport.close())
  return { client: createClient(transport.send), slept, debugged }
}

t.test('requests go over one connection, in the form of the client of today', async t => {
  const service = await startCliService(t, ({ method }) => (method === 'POST' ? { json: { job: {} } } : jobs))
  const { client, debugged } = connect(t, targetOf(service))
  await client.call('listJobs', { params })
  await client.call('createJob', { params, body })
  await client.call('deleteJob', { params: { ...params, name: 'one' } })
  t.equal(service.connections(), 1)
  t.match(service.got, [
    { method: 'GET', path: '/jobs/v1/tool/tf-test/jobs', headers: { 'user-agent': 'me/1', 'content-type': undefined } },
    { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    { method: 'DELETE', path: '/jobs/v1/tool/tf-test/jobs/one', headers: { 'content-length': '0' } },
  ])
  t.match(debugged[0], /^--> GET https:\/\/127/)
  t.match(debugged[1], /^<-- 200 after \d+ ms/)
})

t.test('the jobs service may be mounted elsewhere, the logs service stays', async t => {
  const service = await startCliService(t, () => ({ json: { data: { logs: [] } } }))
  const target = targetOf(service, { url: `${service.url}/prefix`, jobsEndpoint: '/other/v2' })
  const { client } = connect(t, target)
  await client.call('showJob', { params: { ...params, name: 'one' } })
  await client.call('logs', { params: { ...params, name: 'one' } })
  t.same(
    service.got.map(({ path }) => path),
    ['/prefix/other/v2/tool/tf-test/jobs/one', '/prefix/logs/v1/tool/tf-test/job/one/logs'],
  )
})

t.test('a read is tried again on 503 with Retry-After, a few times', async t => {
  const busy = { status: 503, headers: { 'retry-after': '2' }, json: { error: ['busy'] } }
  const soon = await startCliService(t, (_, count) => (count < 3 ? busy : jobs))
  const { client, slept } = connect(t, targetOf(soon))
  t.same(await client.call('listJobs', { params }), jobs.json)
  t.same(slept, [2000, 2000])

  const never = await startCliService(t, () => busy)
  await t.rejects(connect(t, targetOf(never)).client.call('listJobs', { params }), { status: 503, message: 'busy' })
  t.equal(never.got.length, 3)
  for (const headers of [{}, { 'retry-after': '600' }, { 'retry-after': 'Sun' }]) {
    const once = await startCliService(t, () => ({ ...busy, headers }))
    await t.rejects(connect(t, targetOf(once)).client.call('listJobs', { params }), { message: 'busy' })
    t.equal(once.got.length, 1, 'not without it, nor when it is too long')
  }
})

t.test('a read is tried again when the answer is cut short; a write that may have arrived is not', async t => {
  const cut = { pieces: ['{"jobs"'], cut: true }
  const service = await startCliService(t, (_, count) => (count === 1 ? cut : jobs))
  t.same(await connect(t, targetOf(service)).client.call('listJobs', { params }), jobs.json)
  for (const write of ['createJob', 'flushJobs'] as const) {
    const broken = await startCliService(t, () => cut)
    const { client } = connect(t, targetOf(broken))
    await t.rejects(client.call(write, { params, ...(write === 'createJob' ? { body } : {}) }), {
      message: /seems to be down.*\n127\.0\.0\.1 closed the connection/,
    })
    t.equal(broken.got.length, 1, write)
  }
  const refused = await startCliService(t, () => ({
    status: 503,
    headers: { 'retry-after': '1' },
    json: { error: ['x'] },
  }))
  await t.rejects(connect(t, targetOf(refused)).client.call('flushJobs', { params }), { message: 'x' })
  t.equal(refused.got.length, 1)
})

t.test('where nothing listens a write is tried again too, and then it is said', async t => {
  const service = await startCliService(t, () => jobs)
  const free = createServer()
  await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
  const address = free.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await new Promise(resolve => free.close(resolve))
  const { client, slept } = connect(t, targetOf(service, { url: `https://127.0.0.1:${port}` }))
  await t.rejects(client.call('flushJobs', { params }), {
    message: new RegExp(`seems to be down.*\\nNothing listens on port ${port} of 127`),
    exitCode: 2,
  })
  t.equal(slept.length, 2)
})

t.test('a service that falls silent, before its answer or within, is given up after the time-out', async t => {
  for (const said of [{ silent: true }, { pieces: ['{"jobs":'], open: true }]) {
    const service = await startCliService(t, () => said)
    const { client } = connect(t, targetOf(service, { timeout: 0.3 }))
    await t.rejects(client.call('listJobs', { params }), { message: /did not answer in time/ })
    t.equal(service.got.length, 1, 'once')
  }
})

t.test('the server is always verified', async t => {
  const service = await startCliService(t, () => jobs)
  const other = await createAuthority({
    commonName: 'other',
    notBefore: Date.now() - 1000,
    notAfter: Date.now() + 60_000,
  })
  const untrusted = connect(t, targetOf(service, { ca: other.certificate, caSource: '/x/ca.crt' }))
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  })
  await t.rejects(untrusted.client.call('flushJobs', { params }), {
    message: /not signed by an authority that is trusted here \(looked up in \/x\/ca\.crt\)/,
    exitCode: 2,
  })
  t.same(untrusted.slept, [], 'no second try')
  const elsewhere = await startCliService(t, () => jobs, { hosts: ['other.example'] })
  await t.rejects(connect(t, targetOf(elsewhere)).client.call('listJobs', { params }), {
    message: /not for 127\.0\.0\.1, but for another name/,
  })
  const life = { notBefore: Date.now() - 7_200_000, notAfter: Date.now() - 3_600_000 }
  const expired = await startCliService(t, () => jobs, { life })
  await t.rejects(connect(t, targetOf(expired)).client.call('listJobs', { params }), { message: /has expired/ })
  t.equal(service.got.length + elsewhere.got.length + expired.got.length, 0)
})

t.test('a certificate and a key that are no pair are refused before any request', async t => {
  const service = await startCliService(t, () => jobs)
  const { client } = service
  for (const key of [service.ca.key, 'nonsense']) {
    const identity = { tool: 'tf-test', certificate: client.certificate, key, ca: undefined }
    t.throws(() => connect(t, targetOf(service, { identity })), {
      message: /^The certificate and key of the tool tf-test can't be used: /,
      exitCode: 1,
    })
  }
})

t.test('a stream comes line by line, and says so when it breaks', async t => {
  const line = (message: string) => `${JSON.stringify({ datetime: '', pod: 'p', container: 'job', message })}\n`
  const whole = line('b')
  const service = await startCliService(t, () => ({
    pieces: [line('a') + whole.slice(0, 9), whole.slice(9)],
    cut: true,
  }))
  const { client } = connect(t, targetOf(service))
  const seen: string[] = []
  const read = async () => {
    for await (const { message } of await client.call('logsStream', { params: { ...params, name: 'one' } }))
      seen.push(message)
  }
  await t.rejects(read(), { message: /closed the connection without an answer/ })
  t.same(seen, ['a', 'b'])
})

t.test('an abort ends a request without an answer', async t => {
  const service = await startCliService(t, () => ({ silent: true }))
  const { client } = connect(t, targetOf(service))
  const stop = new AbortController()
  const asked = client.call('listJobs', { params }, stop.signal)
  setImmediate(() => stop.abort(new Error('Ctrl-C')))
  await t.rejects(asked, { message: 'Ctrl-C' })
})
