import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { type Call, createConnection, mostStreams } from '../../../src/kube/connection.ts'
import { createAuthority } from '../../../src/pki/authority.ts'
import { version } from '../../../src/platform/version.ts'
import { clientPair, type H2Answer, h2Server } from '../../support/h2-server.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { waitUntil } from '../../support/wait-until.ts'

const asked = { verb: 'get', kind: 'job', name: 'a' }
const get = (path = '/x', signal?: AbortSignal): Call => ({ method: 'GET', path, asked, signal })
const post: Call = { method: 'POST', path: '/x', body: { a: 'ä' }, asked }
const fine: H2Answer = ({ path }) => ({ status: 200, body: { path } })

async function world(t: Test, answer: H2Answer, timeout_ms = 20_000) {
  const server = await h2Server(t, answer)
  const pair = await clientPair(server, 'a')
  const connection = createConnection({ server: server.url, ca: server.ca, timeout_ms }, pair)
  t.teardown(() => connection.close())
  return { server, pair, connection }
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of chunks) parts.push(part)
  return Buffer.concat(parts).toString()
}

/** Answers the first requests by `first`, the others well. */
const atFirst = (first: H2Answer, count = 1): H2Answer => {
  let seen = 0
  return request => (seen++ < count ? first(request) : fine(request))
}

const reset: H2Answer = ({ stream }) => {
  stream.close(2)
  return undefined
}
const cutOff: H2Answer = ({ stream }) => {
  stream.session?.socket.destroy()
  return undefined
}
const silence: H2Answer = () => undefined

t.test("a call carries the tool's certificate, our name, and JSON", async t => {
  const { server, connection } = await world(t, fine)
  t.same(await connection.json(get('/x?a=1')), { path: '/x' })
  t.same(await connection.json(post), { path: '/x' })
  const [first, second] = server.requests
  t.match(first, { method: 'GET', client: /CN=a/, body: '' })
  t.equal(first?.headers['user-agent'], `toolforge-jobs-api/${version}`)
  t.equal(first?.headers['accept'], 'application/json')
  t.match(second, { method: 'POST', body: '{"a":"ä"}' })
  t.equal(second?.headers['content-type'], 'application/json')
  t.equal(server.sockets.size, 1, 'one connection')
})

t.test('a token is read anew for each call', async t => {
  const server = await h2Server(t, fine)
  let count = 0
  const connection = createConnection(
    { server: server.url, ca: server.ca, timeout_ms: 20_000 },
    { token: async () => `t${++count}` },
  )
  t.teardown(() => connection.close())
  await connection.json(get())
  await connection.json(get())
  t.same(
    server.requests.map(({ headers }) => headers['authorization']),
    ['Bearer t1', 'Bearer t2'],
  )
})

t.test('a refusal is told as what it means', async t => {
  const { connection } = await world(t, () => ({ status: 404, body: { message: 'x' } }))
  await t.rejects(connection.json(get()), { code: 'not_found', message: 'There is no job "a"' })
  await t.rejects(read(connection.stream(get())), { code: 'not_found' })
})

t.test('the time to come back is taken from the header', async t => {
  const { connection } = await world(t, () => ({ status: 429, body: {}, headers: { 'retry-after': '9' } }))
  await t.rejects(connection.json(get()), { code: 'unavailable', retryAfter: 9 })
})

t.test('an answer that is no JSON is none', async t => {
  const { connection } = await world(t, ({ stream }) => {
    stream.respond({ ':status': 200 })
    stream.end('{"half":')
    return undefined
  })
  await t.rejects(connection.json(get()), { code: 'unavailable', message: /cannot be read/ })
})

t.test('an answer without end is not kept in memory', async t => {
  const { connection } = await world(t, ({ stream }) => {
    stream.respond({ ':status': 200 })
    const block = Buffer.alloc(1024 * 1024, ' ')
    const more = (): void => {
      while (!stream.destroyed && stream.write(block)) {
        // Until it is full.
      }
    }
    stream.on('drain', more)
    more()
    return undefined
  })
  await t.rejects(connection.json({ ...post }), { code: 'unavailable', cause: { name: 'RangeError' } })
})

t.test('what only reads is tried once more when a connection is lost', async t => {
  for (const fault of [reset, cutOff]) {
    const { server, connection } = await world(t, atFirst(fault))
    t.same(await connection.json(get()), { path: '/x' })
    t.equal(server.requests.length, 2)
  }
  const { server, connection } = await world(t, atFirst(reset))
  t.equal(await read(connection.stream(get())), '{"path":"/x"}')
  t.equal(server.requests.length, 2)
})

t.test('but once only', async t => {
  const { server, connection } = await world(t, reset)
  await t.rejects(connection.json(get()), {
    code: 'unavailable',
    retryAfter: 2,
    message: /^The cluster cannot be reached; try again/,
  })
  t.equal(server.requests.length, 2)
})

t.test('what writes is never sent twice, and says that it is not known whether it was done', async t => {
  for (const fault of [reset, cutOff])
    for (const method of ['POST', 'DELETE'] as const) {
      const { server, connection } = await world(t, atFirst(fault))
      await t.rejects(connection.json({ ...post, method }), {
        code: 'unavailable',
        message: /may have been done or not/,
      })
      t.equal(server.requests.length, 1)
      t.same(await connection.json(get()), { path: '/x' }, 'and the next call works')
    }
})

t.test('a call that is not answered ends within its time, and is not repeated', async t => {
  const { server, connection } = await world(t, atFirst(silence, 3), 300)
  for (const call of [connection.json(get()), connection.json(post), read(connection.stream(get()))])
    await t.rejects(call, { code: 'unavailable', message: /does not answer/ })
  t.equal(server.requests.length, 3)
  t.equal(connection.active, 0)
})

t.test('half an answer is none', async t => {
  const { connection } = await world(
    t,
    ({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.write('{')
      return undefined
    },
    300,
  )
  await t.rejects(connection.json(get()), { code: 'unavailable', message: /does not answer/ })
})

t.test('an answer is whole with the bytes that it told of, whenever its stream ends', async t => {
  const streams: { end(): unknown }[] = []
  const { connection } = await world(t, ({ stream, path }) => {
    const body = JSON.stringify({ path })
    stream.respond({ ':status': path === '/no' ? 404 : 200, 'content-length': body.length })
    stream.write(body.slice(0, 3))
    stream.write(body.slice(3))
    streams.push(stream)
    return undefined
  })
  t.same(await connection.json(get()), { path: '/x' })
  await t.rejects(connection.json(get('/no')), { code: 'not_found' })
  for (const stream of streams) stream.end()
  t.equal(connection.active, 0)
})

t.test('a server that is not there, or not the right one, is unavailable', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  other.close()
  const { server, pair } = await world(t, fine)
  const stranger = await createAuthority({
    commonName: 'x',
    notBefore: Date.now() - 1000,
    notAfter: Date.now() + 60_000,
  })
  for (const plane of [
    { server: `https://127.0.0.1:${port}`, ca: server.ca },
    { server: server.url, ca: stranger.certificate },
  ]) {
    const connection = createConnection({ ...plane, timeout_ms: 20_000 }, pair)
    t.teardown(() => connection.close())
    await t.rejects(connection.json(get()), { code: 'unavailable', message: /cannot be reached/ })
  }
  t.same(server.requests, [])
})

t.test('a server without HTTP/2 is none', async t => {
  const { server, pair } = await world(t, fine)
  const own = await server.authority.issue({
    subject: [{ CN: ['kube'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    notBefore: Date.now() - 1000,
    notAfter: Date.now() + 60_000,
  })
  const plain = createTlsServer({ cert: own.certificate, key: own.key, ALPNProtocols: ['http/1.1'] }, socket => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => plain.once('listening', resolve))
  t.teardown(() => plain.close())
  const { port } = plain.address() as AddressInfo
  const connection = createConnection({ server: `https://127.0.0.1:${port}`, ca: server.ca, timeout_ms: 20_000 }, pair)
  t.teardown(() => connection.close())
  await t.rejects(connection.json(get()), { code: 'unavailable', cause: { message: /does not speak HTTP\/2/ } })
})

/** Sends a line, and stays open. */
const open: H2Answer = ({ path, stream }) => {
  if (path !== '/stream') return { status: 200, body: {} }
  stream.respond({ ':status': 200 })
  stream.write('line\n')
  return undefined
}

const firstOf = async (chunks: AsyncIterator<Uint8Array>) => String((await chunks.next()).value)

t.test('a stream stays open beside other calls, on one connection, and ends with its loop', async t => {
  const { server, connection } = await world(t, open, 500)
  const stream = connection.stream(get('/stream'))
  t.equal(await firstOf(stream), 'line\n')
  t.equal(connection.active, 1)
  await Promise.all(Array.from({ length: 20 }, () => connection.json(get())))
  t.equal(server.sockets.size, 1)
  const closed = new Promise(resolve => server.requests[0]?.stream.once('close', resolve))
  const second = stream.next()
  server.requests[0]?.stream.write('more\n')
  t.equal(String((await second).value), 'more\n', 'longer than a call may take')
  await stream.return()
  await closed
  t.equal(connection.active, 0)
})

t.test("the caller's signal ends a call and a stream, with its reason", async t => {
  const { server, connection } = await world(t, request => (request.path === '/silent' ? undefined : open(request)))
  const controller = new AbortController()
  const reason = new Error('enough')
  const silent = connection.json(get('/silent', controller.signal))
  const stream = connection.stream(get('/stream', controller.signal))
  await firstOf(stream)
  await waitUntil('both calls', () => server.requests.length === 2)
  controller.abort(reason)
  await t.rejects(silent, reason)
  await t.rejects(stream.next(), reason)
  await t.rejects(connection.json(get('/x', controller.signal)), reason)
  await t.rejects(connection.stream(get('/x', controller.signal)).next(), reason)
  t.equal(connection.active, 0)
  t.equal(server.requests.length, 2, 'nothing is tried again')
})

t.test('a stream whose connection is lost ends with an error', async t => {
  const { server, connection } = await world(t, open)
  const stream = connection.stream(get('/stream'))
  await firstOf(stream)
  for (const socket of server.sockets) socket.destroy()
  await t.rejects(stream.next(), { code: 'unavailable' })
  t.equal(await firstOf(connection.stream(get('/stream'))), 'line\n')
})

t.test('when the server asks to leave, streams stay and calls go over a new connection', async t => {
  const { server, connection } = await world(t, open, 3000)
  const stream = connection.stream(get('/stream'))
  await firstOf(stream)
  for (let i = 0; i < 20; i++) {
    for (const { stream: each } of server.requests.slice(-1)) each.session?.goaway()
    await connection.json(get())
  }
  server.requests[0]?.stream.write('still\n')
  t.equal(await firstOf(stream), 'still\n')
})

t.test('a stream that can go on elsewhere leaves a connection that the server has left, without an error', async t => {
  const { server, connection } = await world(t, open, 3000)
  const stream = connection.stream({ ...get('/stream'), moves: true })
  await firstOf(stream)
  const next = stream.next()
  await connection.json(get())
  t.equal(server.sockets.size, 1)
  let isLeft = false
  void next.then(() => {
    isLeft = true
  })
  server.requests[0]?.stream.session?.goaway()
  await waitUntil('another connection', async () => {
    await connection.json(get())
    return isLeft
  })
  t.same(await next, { value: undefined, done: true })
  let begun = 0
  const again = connection.stream({ ...get('/stream'), moves: true, onBegun: () => void begun++ })
  t.equal(await firstOf(again), 'line\n')
  t.equal(begun, 1)
  for (const socket of server.sockets) socket.destroy()
  await t.rejects(again.next(), { code: 'unavailable' }, 'a lost connection is no move')
})

t.test('a sign of life is each answer, and each ping that is answered; a silent connection can be cut', async t => {
  const server = await h2Server(t, open)
  const pair = await clientPair(server, 'a')
  let time = 0
  const plane = { server: server.url, ca: server.ca, timeout_ms: 20_000, ping_ms: 50 }
  const connection = createConnection(plane, pair, { now: () => time })
  t.teardown(() => connection.close())
  const stream = connection.stream(get('/stream'))
  await firstOf(stream)
  time = 5
  await connection.json(get())
  t.equal(connection.heardAt, 5)
  time = 9
  await waitUntil('a ping', () => connection.heardAt === 9)
  const next = t.rejects(stream.next(), { code: 'unavailable' })
  connection.cut()
  await next
  connection.cut()
  t.same(await connection.json(get()), {}, 'the next call makes another')
})

t.test('a call that is late ends a connection that is silent, and no other', async t => {
  const server = await h2Server(t, request => (request.path === '/late' ? undefined : fine(request)))
  const proxy = await startTcpProxy(t, server.url)
  const plane = { server: proxy.url, ca: server.ca, timeout_ms: 300, ping_ms: 50 }
  const connection = createConnection(plane, await clientPair(server, 'a'))
  t.teardown(() => connection.close())
  await connection.json(get())
  await t.rejects(connection.json(get('/late')), { code: 'unavailable' }, 'it is late, and answers pings')
  t.equal(proxy.made, 1)
  proxy.swallow()
  await t.rejects(connection.json(get()), { code: 'unavailable' })
  proxy.pass()
  t.same(await connection.json(get()), { path: '/x' })
  t.equal(proxy.made, 2)
})

t.test('a connection on which no call is answered for long is given up, though pings are', async t => {
  const server = await h2Server(t, request => (request.path === '/late' ? undefined : fine(request)))
  const proxy = await startTcpProxy(t, server.url)
  let time = 0
  const plane = { server: proxy.url, ca: server.ca, timeout_ms: 200, ping_ms: 50 }
  const connection = createConnection(plane, await clientPair(server, 'a'), { now: () => time })
  t.teardown(() => connection.close())
  const lateAt = async (at: number) => {
    time = at
    await waitUntil('a ping', () => connection.heardAt === at)
    await t.rejects(connection.json(get('/late')), { code: 'unavailable' })
  }
  await connection.json(get())
  await lateAt(0)
  await lateAt(599)
  await connection.json(get())
  t.equal(proxy.made, 1, 'for a while, and after an answer anew')
  await lateAt(700)
  await lateAt(1299)
  await lateAt(1300)
  t.same(await connection.json(get()), { path: '/x' })
  t.equal(proxy.made, 2)
})

t.test('a server that cannot be reached is not overrun', async t => {
  const server = await h2Server(t, fine)
  const proxy = await startTcpProxy(t, server.url)
  let time = 0
  const plane = { server: proxy.url, ca: server.ca, timeout_ms: 20_000 }
  const connection = createConnection(plane, await clientPair(server, 'a'), { now: () => time })
  t.teardown(() => connection.close())
  proxy.refuse()
  for (let call = 0; call < 10; call++) await t.rejects(connection.json(get()), { code: 'unavailable' })
  t.equal(proxy.made, 2)
  proxy.pass()
  await t.rejects(connection.json(get()), { code: 'unavailable' }, 'it is not asked for a moment')
  time = 250
  t.same(await connection.json(get()), { path: '/x' })
  t.equal(proxy.made, 3)
})

t.test('streams are bounded, so that calls find room', async t => {
  const { connection } = await world(t, open)
  const streams = Array.from({ length: mostStreams }, () => connection.stream(get('/stream')))
  await Promise.all(streams.map(firstOf))
  await t.rejects(connection.stream(get('/stream')).next(), { code: 'unavailable', message: /Too many/ })
  t.same(await connection.json(get()), {})
  await streams[0]?.return()
  t.equal(await firstOf(connection.stream(get('/stream'))), 'line\n')
})

t.test('closing ends what runs', async t => {
  const { server, connection } = await world(t, open)
  const stream = connection.stream(get('/stream'))
  await firstOf(stream)
  const next = t.rejects(stream.next(), { code: 'unavailable' })
  await connection.close()
  await next
  await waitUntil('the end of the connection', () => server.sockets.size === 0)
})

t.test('an answer to a call that was given up as it was sent is closed, and harms nothing at the end', async t => {
  const { server, connection } = await world(t, open)
  await connection.json(get())
  for (const begin of [(call: Call) => connection.json(call), (call: Call) => connection.stream(call).next()]) {
    const controller = new AbortController()
    const given = t.rejects(begin(get('/stream', controller.signal)), { message: 'enough' })
    await Promise.resolve()
    controller.abort(new Error('enough'))
    await given
  }
  await connection.json(get())
  const answered = server.requests.filter(({ path }) => path === '/stream')
  t.equal(answered.length, 2, 'the server never knew')
  await waitUntil('the end of both', () => answered.every(({ stream }) => stream.destroyed))
  await connection.close()
  await waitUntil('the end of the connection', () => server.sockets.size === 0)
})
