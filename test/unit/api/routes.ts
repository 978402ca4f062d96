import { createInterface } from 'node:readline'
import t from 'tap'
import type { Handlers } from '../../../src/api/handlers.ts'
import { DomainError } from '../../../src/contract/errors.ts'
import { startFrame } from '../../support/frame.ts'
import { waitUntil } from '../../support/wait-until.ts'

const stream = '/logs/v1/tool/tf-test/job/one/logs_stream'
const line = (message: string) => ({ datetime: '2026-11-22T10:00:00Z', pod: 'p', container: 'job', message })

/** A log that a test writes to. */
function writable() {
  const queue: string[] = []
  let wake = Promise.withResolvers<void>()
  let ended = false
  let closed = false
  return {
    write(message: string) {
      queue.push(message)
      wake.resolve()
    },
    end() {
      ended = true
      wake.resolve()
    },
    get closed() {
      return closed
    },
    async *lines(signal: AbortSignal) {
      signal.addEventListener('abort', () => wake.resolve())
      try {
        while (!(ended && queue.length === 0) && !signal.aborted) {
          for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield line(next)
          if (ended) return
          await wake.promise
          wake = Promise.withResolvers()
        }
      } finally {
        closed = true
      }
    },
  }
}

const following = (log: ReturnType<typeof writable>): Partial<Handlers> => ({
  logsStream: async (_, { signal }) => log.lines(signal),
})

t.test('the head of a stream comes before its first line, each line when it is written, and then the end', async t => {
  const log = writable()
  const { open, load } = await startFrame(t, { handlers: following(log) })
  const message = await open('GET', stream)
  t.equal(message.statusCode, 200)
  t.equal(message.headers['content-type'], 'application/x-ndjson')
  t.equal(message.headers['transfer-encoding'], 'chunked')
  t.match(message.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  t.equal(load.streams, 1)
  const lines = createInterface({ input: message })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value ?? 'null')
  log.write('first\u2028line')
  t.same(await next(), line('first\u2028line'))
  log.write('second')
  t.same(await next(), line('second'))
  log.end()
  t.equal((await lines.next()).done, true)
  await waitUntil('the stream is over', () => load.streams === 0)
})

t.test('what is refused before the first line is refused in the one shape', async t => {
  const handlers: Partial<Handlers> = {
    logsStream: () => Promise.reject(new DomainError('not_found', 'no such job')),
  }
  const { call, load } = await startFrame(t, { handlers })
  t.match(await call('GET', stream), { status: 404, body: { error: ['no such job'], code: 'not_found' } })
  t.match(await call('GET', `${stream}?lines=no`), { status: 400 })
  t.equal(load.streams, 0)
})

t.test('what breaks in the middle cuts the connection, so that nobody takes it for the end', async t => {
  const handlers: Partial<Handlers> = {
    async logsStream() {
      return (async function* () {
        yield line('one')
        throw new Error('broke')
      })()
    },
  }
  const { call, lines } = await startFrame(t, { handlers })
  await t.rejects(call('GET', stream), { code: 'ECONNRESET' })
  t.ok(lines.some(({ msg }) => msg === 'a stream broke off'))
})

t.test('a stopping service ends a stream well; a caller who is refused from now on is cut off', async t => {
  const log = writable()
  const { call, door, load } = await startFrame(t, { handlers: following(log) })
  log.write('one')
  const stopped = call('GET', stream)
  await waitUntil('the stream is open', () => load.streams === 1)
  door.streams.abort(new DomainError('unavailable', 'the service stops'))
  t.match(await stopped, { status: 200, text: /one/ })
  door.streams = new AbortController()
  const refused = call('GET', stream)
  await waitUntil('the stream is open', () => load.streams === 1)
  door.streams.abort(new DomainError('not_verified', 'the certificate expired'))
  await t.rejects(refused, { code: 'ECONNRESET' })
  t.ok(log.closed)
})

t.test('a client that goes away closes the source', async t => {
  const log = writable()
  const { open, load } = await startFrame(t, { handlers: following(log) })
  const message = await open('GET', stream)
  message.on('error', () => undefined)
  message.destroy()
  await waitUntil('the source is closed', () => log.closed)
  await waitUntil('the stream is over', () => load.streams === 0 && load.requests === 0)
})

t.test('a client that reads slowly slows down the source', async t => {
  let taken = 0
  const handlers: Partial<Handlers> = {
    async logsStream() {
      return (async function* () {
        for (; taken < 5000; taken++) yield line('x'.repeat(10_000))
      })()
    },
  }
  const { open } = await startFrame(t, { handlers })
  const message = await open('GET', stream)
  let before = -1
  await waitUntil('the source stands still', () => {
    const still = taken === before
    before = taken
    return still
  })
  t.ok(taken < 5000, `${taken} lines were taken`)
  let bytes = 0
  for await (const chunk of message) bytes += chunk.length
  t.ok(bytes > 50_000_000)
})

t.test("a tool's streams are bounded, and do not take the place of its requests", async t => {
  const log = writable()
  const handlers: Partial<Handlers> = {
    ...following(log),
    listImages: async () => ({ images: [], messages: { info: [], warning: [], error: [] } }),
  }
  const { open, call } = await startFrame(t, {
    handlers,
    limits: '{ streams_per_tool: 1, requests_per_tool: 1, wait_ms: 20 }',
  })
  const message = await open('GET', stream)
  t.match(await call('GET', stream), { status: 503, body: { code: 'unavailable', error: [/too many streams/] } })
  t.equal((await call('GET', '/jobs/v1/tool/tf-test/images/')).status, 200)
  message.destroy()
})

t.test('nonsense on the connection of a stream is not answered in the middle of it', async t => {
  const log = writable()
  const { socket, load } = await startFrame(t, { handlers: following(log) })
  const client = socket(`GET ${stream} HTTP/1.1\r\nhost: x\r\n\r\n`)
  let got = ''
  client.setEncoding('utf8').on('data', text => {
    got += text
  })
  log.write('one')
  await waitUntil('the first line', () => got.includes('one'))
  const ended = new Promise(resolve => client.once('close', resolve))
  client.write('nonsense\r\n\r\n')
  await ended
  t.match(got, /^HTTP\/1\.1 200 OK\r\n/)
  t.notMatch(got, /bad_request/)
  await waitUntil('the stream is over', () => load.streams === 0)
})

t.test('a stream has no HEAD', async t => {
  const { call } = await startFrame(t, { handlers: following(writable()) })
  t.equal((await call('HEAD', stream)).status, 405)
})

t.test('events go out one by one, with signs of life that no reader takes for one', async t => {
  const handlers: Partial<Handlers> = {
    async events() {
      return (async function* () {
        yield { type: 'gone' as const, name: 'one' }
        yield { type: 'gone' as const, name: 'two\u2028' }
      })()
    },
  }
  const { call, open, load } = await startFrame(t, { handlers })
  const answer = await call('GET', '/jobs/v1/tool/tf-test/events')
  t.equal(answer.headers['content-type'], 'text/event-stream')
  t.equal(answer.text, 'data: {"type":"gone","name":"one"}\n\ndata: {"type":"gone","name":"two\\u2028"}\n\n')
  t.equal((await open('HEAD', '/jobs/v1/tool/tf-test/events')).statusCode, 405)
  await waitUntil('the stream is over', () => load.streams === 0)
})

const older = ['/api/v1', '/jobs/api/v1']
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('older clients reach operations without a tool in the path, with forms, and get bare answers', async t => {
  const seen: unknown[] = []
  const handlers: Partial<Handlers> = {
    async listImages() {
      return { images: [{ shortname: 'a', image: 'b' }], messages: { info: [], warning: [], error: [] } }
    },
    createJob: async ({ params, body }) => {
      seen.push([params, body])
      throw new DomainError('exists', 'a job\nis there')
    },
  }
  const { call } = await startFrame(t, { handlers })
  for (const prefix of older) {
    t.same((await call('GET', `${prefix}/containers/`)).body, [{ shortname: 'a', image: 'b' }])
    t.same((await call('GET', `${prefix}/images`)).body, [{ shortname: 'a', image: 'b' }])
    const body = 'name=one&imagename=i&cmd=.%2Fa.sh+--x&filelog=true&retry=0'
    const refused = await call('POST', `${prefix}/run/`, { headers: form, body })
    t.match(refused, { status: 409, body: { message: 'a job; is there', data: { request_id: /^[0-9a-f-]{36}$/ } } })
  }
  t.same(seen[0], [
    { tool: 'tf-test' },
    { name: 'one', imagename: 'i', cmd: './a.sh --x', filelog: 'true', retry: '0' },
  ])
})

t.test('an older path is refused like any other, in the words of its time', async t => {
  const { call, door } = await startFrame(t)
  t.match(await call('POST', '/api/v1/run', { headers: form, body: 'name=one&name=two' }), {
    status: 400,
    body: { message: /twice/ },
  })
  t.match(await call('POST', '/api/v1/run', { headers: form, body: 'imagename=i' }), {
    body: { message: /^name: must be given/ },
  })
  t.match(await call('POST', '/api/v1/run', { headers: { 'content-type': 'application/json' }, body: '{}' }), {
    status: 400,
  })
  t.match(await call('PUT', '/api/v1/run'), { status: 405, headers: { allow: 'POST' } })
  t.match(await call('GET', '/api/v1/nothing'), { status: 404, body: { message: 'there is nothing at this path' } })
  const headers = { ...form, origin: 'https://elsewhere.example' }
  t.match(await call('POST', '/api/v1/run', { headers, body: 'name=one' }), { status: 403 })
  door.verdict = { allow: false, code: 'not_verified', reason: 'no certificate' }
  t.match(await call('GET', '/api/v1/list'), { status: 401, body: { message: 'no certificate' } })
})
