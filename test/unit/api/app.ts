import t from 'tap'
import type { Handlers } from '../../../src/api/handlers.ts'
import { DomainError } from '../../../src/contract/errors.ts'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import { startFrame, tfTest, tooLargeBody } from '../../support/frame.ts'
import { waitUntil } from '../../support/wait-until.ts'

const messages = { info: [], warning: [], error: [] }
const job = { name: 'one', imagename: 'python3.13', cmd: './a.sh' }
const jobs = '/jobs/v1/tool/tf-test/jobs'

const shown = {
  name: 'one',
  job_type: 'one-off' as const,
  cmd: './a.sh',
  imagename: 'python3.13',
  image: 'registry/python:latest',
  image_state: 'stable',
  status: { short: 'running' as const, messages: [], up_to_date: true },
  status_short: 'Running',
  status_long: 'Running',
}

/** Handlers that note what reaches them. */
function noting() {
  const seen: string[] = []
  const handlers: Partial<Handlers> = {
    async listJobs({ query }) {
      seen.push(`list ${JSON.stringify(query)}`)
      return { jobs: [{ ...shown, secret: 'x' }], messages }
    },
    async createJob({ body }) {
      seen.push(`create ${body.name}`)
      return { job: shown, messages }
    },
    async flushJobs() {
      seen.push('flush')
      return { messages }
    },
    async showJob({ params }) {
      seen.push(`show ${params.name}`)
      return { job: shown, messages }
    },
    async deleteJob({ params }) {
      seen.push(`delete ${params.name}`)
      return { messages }
    },
  }
  return { seen, handlers }
}

t.test('an operation answers on all its paths, with and without a slash behind', async t => {
  const { seen, handlers } = noting()
  const { call } = await startFrame(t, { handlers })
  for (const path of [jobs, `${jobs}/`, '/v1/tool/tf-test/jobs', '/v1/tool/tf-test/jobs/']) {
    const { status, headers, body } = await call('GET', `${path}?include_unset=True`)
    t.equal(status, 200, path)
    t.equal(headers['content-type'], 'application/json; charset=utf-8')
    t.match(headers['x-request-id'], /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    t.same(body, { jobs: [shown], messages }, 'what the reply does not declare never leaves')
  }
  await call('DELETE', `${jobs}/`)
  await call('GET', `${jobs}/one/`)
  t.same(seen.slice(4), ['flush', 'show one'])
  t.equal((await call('HEAD', `${jobs}/one`)).status, 200)
})

t.test('a created job is answered 201, and a body of the old clients is taken', async t => {
  const { seen, handlers } = noting()
  const { post } = await startFrame(t, { handlers })
  const old: JobAsSent = { ...job, retry: '1', filelog: 'True', memory: null, schedule: null }
  for (const body of [job, old]) t.equal((await post(`${jobs}/`, body)).status, 201)
  t.equal(seen.length, 2)
})

t.test('who calls is asked before anything else, then which tool, then the request itself', async t => {
  const { seen, handlers } = noting()
  const { call, door } = await startFrame(t, { handlers })
  const bad = { headers: { 'content-type': 'text/plain' }, body: 'x' }
  door.verdict = { allow: false, code: 'not_verified', reason: 'no certificate' }
  t.match(await call('POST', '/jobs/v1/tool/tf-other/jobs', bad), { status: 401, body: { error: ['no certificate'] } })
  door.verdict = { allow: false, code: 'not_allowed', reason: 'two names' }
  t.match(await call('POST', '/jobs/v1/tool/tf-other/jobs', bad), { status: 403, body: { code: 'not_allowed' } })
  door.verdict = tfTest
  t.match(await call('POST', '/jobs/v1/tool/tf-other/jobs', bad), { status: 403, body: { code: 'tool_mismatch' } })
  t.match(await call('POST', jobs, bad), { status: 400, body: { code: 'bad_request' } })
  for (const path of ['/jobs/v1/tool//jobs', '/jobs/v1/tool/TF-TEST/jobs', '/jobs/v1/tool/tf-test%00/jobs']) {
    t.match(await call('GET', path), { status: 403, body: { code: 'tool_mismatch' } }, path)
  }
  t.same(seen, [])
})

t.test('no header makes anybody a caller', async t => {
  const { call, door } = await startFrame(t)
  door.verdict = { allow: false, code: 'not_verified', reason: 'no certificate' }
  const claims = {
    authorization: 'Bearer eyJ',
    'x-toolforge-tool': 'tf-test',
    'ssl-client-subject-dn': 'CN=tf-test,O=toolforge',
    'x-forwarded-for': '10.0.0.1',
    'x-remote-user': 'tf-test',
  }
  t.equal((await call('GET', jobs, { headers: claims })).status, 401)
})

t.test('a name that is none reaches no handler', async t => {
  const { seen, handlers } = noting()
  const { call } = await startFrame(t, { handlers })
  const names = [
    '..',
    '.',
    '%2e%2e',
    'a%2Fb',
    '..%2f..%2fetc',
    'a%00',
    'a%0Ab',
    'A',
    'j%C3%B3b',
    '%D0%B0bc',
    'a%20b',
    '-',
  ]
  for (const name of [...names, 'x'.repeat(53), 'x'.repeat(900), 'x'.repeat(5000)]) {
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await call(method, `${jobs}/${name}`)
      t.equal(status, 400, `${method} ${name.slice(0, 60)}`)
      t.match(body, { code: 'bad_request' })
    }
  }
  // The empty name: with one slash it is the collection itself, with more it is nothing.
  for (const path of [`${jobs}//`, `${jobs}//logs`]) t.match(await call('GET', path), { status: 400 }, path)
  t.match(await call('DELETE', `${jobs}//`), { status: 400 })
  for (const path of [`${jobs}/%zz`, '/%', `${jobs}/%E0%A4%A`])
    t.match(await call('GET', path), { status: 400, body: { code: 'bad_request', error: [/percent/] } }, path)
  t.same(seen, [])
})

t.test('only a JSON object is a body', async t => {
  const { seen, handlers } = noting()
  const { call } = await startFrame(t, { handlers })
  const text = JSON.stringify(job)
  const send = (type: string | undefined, body: string | Buffer) =>
    call('POST', jobs, { body, headers: type === undefined ? {} : { 'content-type': type } })
  const json = 'application/json'
  t.equal((await send('application/json; charset=utf-8', text)).status, 201)
  const wrong: [string | undefined, string | Buffer, RegExp][] = [
    ['text/plain', text, /Content-Type/],
    [undefined, text, /Content-Type/],
    ['application/x-www-form-urlencoded', 'name=one', /Content-Type/],
    ['application/jsonx', text, /Content-Type/],
    [',,,', text, /Content-Type/],
    [json, '', /empty/],
    [json, '{', /not JSON/],
    [json, '[]', /JSON object/],
    [json, 'null', /JSON object/],
    [json, '"text"', /JSON object/],
    [json, `{"__proto__":{"name":"x"},${text.slice(1)}`, /not JSON|__proto__/],
    [json, `{"constructor":{"prototype":{}},${text.slice(1)}`, /not JSON|constructor/],
    [json, Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
  ]
  for (const [type, body, message] of wrong) {
    const answer = await send(type, body)
    t.match(answer, { status: 400, body: { code: 'bad_request', error: [message] } }, `${type} ${body}`)
  }
  t.match(await call('POST', jobs), { status: 400, body: { error: ['the body must be a JSON object'] } })
  t.match(await send(json, tooLargeBody), { status: 413, body: { code: 'too_large' } })
  t.same(seen, ['create one'])
})

t.test('a body where none is needed is not read, whatever it is', async t => {
  const { seen, handlers } = noting()
  const { call } = await startFrame(t, { handlers })
  const odd = { headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(100_000) }
  t.equal((await call('DELETE', `${jobs}/one`, odd)).status, 200)
  t.equal((await call('DELETE', `${jobs}/one`, { headers: { 'content-length': '0' } })).status, 200)
  t.equal((await call('DELETE', `${jobs}/one`, { body: '{' })).status, 200)
  t.equal(seen.length, 3)
})

t.test('an unknown path is 404 and another method 405 with Allow, in the one shape, whatever the body', async t => {
  const { call } = await startFrame(t)
  const body = { headers: { 'content-type': 'text/plain' }, body: tooLargeBody }
  for (const path of [
    '/',
    '/jobs',
    '/jobs/v1/tool/tf-test',
    '/jobs/v1/tool/tf-test/',
    '/jobs/v1/tool/tf-test/x',
    '/V1',
  ])
    t.match(await call('POST', path, body), { status: 404, body: { code: 'not_found', request_id: String } }, path)
  const allow = async (method: string, path: string) => {
    const answer = await call(method, path, body)
    t.match(answer, { status: 405, body: { code: 'method_not_allowed' } }, `${method} ${path}`)
    return answer.headers['allow']
  }
  t.equal(await allow('PUT', jobs), 'DELETE, GET, HEAD, PATCH, POST')
  t.equal(await allow('PUT', `${jobs}/`), 'DELETE, GET, HEAD, PATCH, POST')
  t.equal(await allow('POST', `${jobs}/one?x=1`), 'DELETE, GET, HEAD')
  t.equal(await allow('OPTIONS', '/healthz'), 'GET, HEAD')
  t.equal(await allow('PROPFIND', '/healthz'), 'GET, HEAD')
  t.equal(await allow('DELETE', '/logs/v1/tool/tf-test/job/one/logs_stream'), 'GET')
})

t.test('a change that a web page from elsewhere asks for is refused, reading is not', async t => {
  const { seen, handlers } = noting()
  const { call } = await startFrame(t, { handlers })
  const headers = { origin: 'https://evil.example' }
  t.match(await call('DELETE', jobs, { headers }), { status: 403, body: { code: 'not_allowed' } })
  t.match(await call('DELETE', jobs, { headers: { 'sec-fetch-site': 'cross-site' } }), { status: 403 })
  t.same(seen, [])
  t.equal((await call('GET', jobs, { headers })).status, 200)
})

t.test('what a handler throws that is no refusal is a plain 500, and its cause is in the log alone', async t => {
  const handlers: Partial<Handlers> = {
    listJobs: () => Promise.reject(new Error('ENOENT /data/project/tf-other/key')),
    showJob: () => Promise.resolve({ messages }) as never,
  }
  const { call, lines } = await startFrame(t, { handlers })
  const { status, body, text } = await call('GET', jobs)
  t.equal(status, 500)
  t.match(body, { code: 'internal', error: [/request_id/], request_id: String })
  t.notMatch(text, /data|ENOENT/)
  t.match(
    lines.find(line => line['msg'] === 'failed'),
    { request_id: JSON.parse(text).request_id, err: { message: /ENOENT/ } },
  )
  t.match(await call('GET', `${jobs}/one`), { status: 500, body: { code: 'internal' } }, 'a reply that is none')
})

t.test('a handler that takes too long is answered 503, and told', async t => {
  const told = Promise.withResolvers<void>()
  const handlers: Partial<Handlers> = {
    listJobs: (_, { signal }) => {
      signal.addEventListener('abort', () => told.resolve())
      return new Promise(() => {})
    },
  }
  const { call } = await startFrame(t, { handlers, limits: 'request_ms: 50' })
  t.match(await call('GET', jobs), { status: 503, body: { code: 'unavailable' }, headers: { 'retry-after': /\d/ } })
  await told.promise
})

t.test('the signal of a request with a body does not fire when that has been read', async t => {
  const handlers: Partial<Handlers> = {
    async createJob(_, { signal }) {
      // Node says that a request is closed some turns after its last byte.
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
      throw new DomainError(signal.aborted ? 'internal' : 'exists', 'seen')
    },
  }
  const { call } = await startFrame(t, { handlers })
  t.match(
    await call('POST', jobs, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'one', imagename: 'bookworm', cmd: 'true' }),
    }),
    { status: 409 },
  )
})

t.test('a client that goes away is told to the handler and noted as 499, and is no failure', async t => {
  const begun = Promise.withResolvers<void>()
  const handlers: Partial<Handlers> = {
    listJobs: (_, { signal }) => {
      begun.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))))
    },
  }
  const { socket, lines, load } = await startFrame(t, { handlers })
  const client = socket(`GET ${jobs} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await begun.promise
  t.equal(load.requests, 1)
  client.destroy()
  const line = await waitUntil('the request is noted', () => lines.find(({ msg }) => msg === 'answered'))
  t.match(line, { status: 499, operation: 'listJobs', tool: 'tf-test' })
  t.equal(load.requests, 0)
  t.same(
    lines.filter(({ level }) => level === 'error'),
    [],
  )
})

t.test('writes beyond the rate are refused with 429, reads never', async t => {
  const { handlers } = noting()
  const { call } = await startFrame(t, { handlers, limits: '{ writes_per_minute: 1, write_burst: 2 }' })
  const statuses = []
  for (let at = 0; at < 3; at++) statuses.push((await call('DELETE', `${jobs}/one`)).status)
  t.same(statuses, [200, 200, 429])
  const refused = await call('DELETE', `${jobs}/one`)
  t.match(refused, { body: { code: 'too_many' }, headers: { 'retry-after': /^(60|59)$/ } })
  for (let at = 0; at < 10; at++) t.equal((await call('GET', jobs)).status, 200)
})

t.test('a busy tool waits for its turn, and only then is it told so with 503', async t => {
  const turn = Promise.withResolvers<void>()
  let inside = 0
  let most = 0
  const handlers: Partial<Handlers> = {
    async listJobs() {
      most = Math.max(most, ++inside)
      await turn.promise
      inside -= 1
      return { jobs: [], messages }
    },
    showJob: async () => ({ job: shown, messages }),
  }
  const { call } = await startFrame(t, { handlers, limits: '{ requests_per_tool: 2, wait_ms: 100 }' })
  const answers = [1, 2, 3].map(() => call('GET', jobs))
  t.match(await Promise.any(answers), { status: 503, body: { code: 'unavailable' }, headers: { 'retry-after': '1' } })
  turn.resolve()
  t.same((await Promise.all(answers)).map(({ status }) => status).sort(), [200, 200, 503])
  t.equal(most, 2)
})

t.test('more requests at once than the service takes on are refused', async t => {
  const turn = Promise.withResolvers<void>()
  const handlers: Partial<Handlers> = { listJobs: () => turn.promise.then(() => ({ jobs: [], messages })) }
  const { call } = await startFrame(t, { handlers, limits: 'requests: 2' })
  const answers = [1, 2, 3].map(() => call('GET', jobs))
  t.match(await Promise.any(answers), { status: 503, body: { code: 'unavailable' } })
  t.equal((await call('GET', '/healthz')).status, 200, 'which is no reason to send no more')
  turn.resolve()
  await Promise.all(answers)
  t.equal((await call('GET', jobs)).status, 200)
})

t.test('a service that drains serves on, and sends its clients elsewhere', async t => {
  const { handlers } = noting()
  const { call, door } = await startFrame(t, { handlers })
  t.equal((await call('GET', jobs)).headers.connection, 'keep-alive')
  door.draining = true
  t.match(await call('GET', jobs), { status: 200, headers: { connection: 'close' } })
  t.match(await call('GET', '/nothing'), { status: 404, headers: { connection: 'close' } })
})

t.test('what the parser cannot read is answered in the one shape, and the connection ends', async t => {
  const { raw } = await startFrame(t)
  const refusal = (text: string) => {
    const [head = '', body = '{}'] = text.split('\r\n\r\n')
    return { head, body: JSON.parse(body) }
  }
  const garbage = refusal(await raw('\x16\x03\x01 hello\r\n\r\n'))
  t.match(garbage, { head: /^HTTP\/1.1 400 Bad Request\r\n.*connection: close/s, body: { code: 'bad_request' } })
  const large = refusal(await raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`))
  t.match(large, { head: /^HTTP\/1.1 431 /, body: { code: 'headers_too_large', request_id: String } })
  const slow = refusal(await raw('GET /healthz HTTP/1.1\r\nhost: x\r\n'))
  t.match(slow, { head: /^HTTP\/1.1 408 /, body: { code: 'request_timeout' } })
  const twice = await raw('GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n')
  t.match(refusal(twice), { head: /^HTTP\/1.1 400 / })
  const smuggled = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
  t.match(refusal(await raw(smuggled)), { head: /^HTTP\/1.1 400 / })
})

t.test('the log has one line for each request, and the counts have no tool in them', async t => {
  const { handlers } = noting()
  const { call, lines, metrics } = await startFrame(t, { handlers })
  await call('GET', `${jobs}?include_unset=True`)
  await call('GET', '/nothing?secret=1%0a')
  await call('GET', '/healthz')
  const answered = lines.filter(({ msg }) => msg === 'answered')
  t.match(answered, [
    { level: 'info', tool: 'tf-test', operation: 'listJobs', method: 'GET', status: 200, address: '127.0.0.1' },
    { level: 'info', tool: undefined, operation: 'none', path: '/nothing', status: 404 },
    { level: 'debug', operation: 'health', status: 200 },
  ])
  t.ok(Number(answered[0]?.['bytes']) > 100)
  t.type(answered[0]?.['duration_ms'], 'number')
  t.notMatch(JSON.stringify(lines), /secret/)
  t.match((await call('GET', '/jobs/v1/metrics')).text, /requests_total\{operation="listJobs",status="200"\} 1/)
  t.notMatch(await metrics.all(), /tf-test/)
})
