import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { quietLog } from '../../../../src/platform/log.ts'
import { createIngressServer } from '../../../../src/sandbox/ingress/server.ts'
import { ingresses } from '../../../../src/sandbox/kinds/ingress.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import { services } from '../../../../src/sandbox/kinds/service.ts'
import { createTestStore, found, newOf } from '../../../support/store.ts'
import { waitUntil } from '../../../support/wait-until.ts'

async function listen(t: Test, server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function setup(t: Test, program: Server = createServer()) {
  const { store, clock } = createTestStore()
  const port = await listen(t, program)
  const server = createIngressServer({ store, machine: clock, log: quietLog })
  const address = await server.listen('127.0.0.1', 0)
  t.teardown(server.close)
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const paths = [{ path: '/', pathType: 'Prefix', backend }]
  store.create(ingresses, newOf(ingresses, 'web', { spec: { rules: [{ host: 'a.local', http: { paths } }] } }))
  const service = (spec: object = {}) =>
    store.create(
      services,
      newOf(services, 'web', {
        spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
      }),
    )
  const pod = (ready = true, containerPort = port) => {
    const containers = [{ name: 'job', image: 'i', ports: [{ name: 'http', containerPort }] }]
    store.create(pods, newOf(pods, 'p', { metadata: { labels: { app: 'web' } }, spec: { containers } }))
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
    const { resourceVersion: _, ...metadata } = found(store, pods, 'p').metadata
    store.update(pods, newOf(pods, 'p', { metadata, status: { phase: 'Running', conditions } }), {
      subresource: 'status',
    })
  }
  const open = (path = '/', { method = 'GET', host = 'a.local', headers = {} as Record<string, string> } = {}) =>
    request({ host: '127.0.0.1', port: address.port, path, method, agent: false, headers: { host, ...headers } })
  const answerTo = (call: ReturnType<typeof open>) =>
    new Promise<IncomingMessage>((resolve, reject) => call.once('response', resolve).once('error', reject).end())
  const get = async (path?: string, options?: Parameters<typeof open>[1]) => {
    const reply = await answerTo(open(path, options))
    const chunks: Buffer[] = []
    for await (const chunk of reply) chunks.push(chunk)
    return { status: reply.statusCode, headers: reply.headers, text: Buffer.concat(chunks).toString() }
  }
  return { store, clock, server, address, port, service, pod, open, answerTo, get }
}

t.test('a request goes to the program with all that was said, and who asked', async t => {
  const seen: IncomingMessage[] = []
  const program = createServer((incoming, reply) => {
    seen.push(incoming)
    reply.writeHead(
      201,
      'Made',
      [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Answer', 'yes'],
        ['Keep-Alive', 'timeout=9'],
      ].flat(),
    )
    incoming.pipe(reply)
  })
  const { service, pod, open, answerTo, address } = await setup(t, program)
  service()
  pod()
  const headers = { 'x-mine': '1', 'x-forwarded-for': '192.0.2.1', connection: 'x-secret', 'x-secret': 's' }
  const call = open('/path?q=a%20b', { method: 'POST', host: 'A.local:80', headers })
  call.write('hello ')
  setImmediate(() => call.end('world'))
  const reply = await new Promise<IncomingMessage>(resolve => call.once('response', resolve))
  let text = ''
  for await (const chunk of reply) text += chunk
  t.equal(text, 'hello world')
  t.equal(reply.statusCode, 201)
  t.equal(reply.statusMessage, 'Made')
  t.strictSame(reply.headers['set-cookie'], ['a=1', 'b=2'])
  t.equal(reply.headers['x-answer'], 'yes')
  t.notMatch(reply.headers['keep-alive'], /9/)
  t.match(seen[0], { method: 'POST', url: '/path?q=a%20b' })
  t.match(seen[0]?.headers, {
    host: 'A.local:80',
    'x-mine': '1',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'A.local:80',
    'x-forwarded-port': String(address.port),
    'x-forwarded-proto': 'http',
    'x-real-ip': '127.0.0.1',
  })
  t.equal(seen[0]?.headers['x-secret'], undefined)
  t.equal((await answerTo(open('/', { method: 'HEAD' }))).statusCode, 201)
})

t.test('each thing that is missing is said', async t => {
  const { get, service, pod, store, port } = await setup(t)
  t.match(await get('/x', { host: 'b.local' }), { status: 404, text: 'Nothing is published at "b.local/x".\n' })
  t.match(await get(), { status: 503, text: 'There is no service "web".\n' })
  service({ ports: [{ port: 81 }] })
  t.match(await get(), { status: 503, text: 'The service "web" has no port 80.\n' })
  store.remove(services, { namespace: 'ns', name: 'web' })
  service()
  t.match(await get(), { status: 503, text: 'The service "web" has no pod that is ready.\n' })
  pod(false)
  t.equal((await get()).status, 503, 'a pod that is not ready')
  store.remove(pods, { namespace: 'ns', name: 'p' })
  pod(true, 1)
  const { status, text, headers } = await get()
  t.equal(status, 502)
  t.match(text, /^The service "web" did not answer on port 1: connect ECONNREFUSED/)
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.ok(port > 1)
})

t.test('who never answers is not waited for for ever', async t => {
  const program = createServer(() => {})
  const { get, service, pod, clock } = await setup(t, program)
  service()
  pod()
  const reply = get()
  await waitUntil('the wait', async () => clock.sleepers() > 0)
  await clock.advance(60_000)
  t.match(await reply, { status: 504, text: /no answer within 60 seconds/ })
})

t.test('what comes in pieces goes on in pieces, and ends with whoever ends first', async t => {
  let more = (_text: string): void => {}
  let left = false
  const program = createServer((incoming, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.flushHeaders()
    more = text => void reply.write(text)
    incoming.socket.once('close', () => {
      left = true
    })
  })
  const { open, answerTo, service, pod } = await setup(t, program)
  service()
  pod()
  const call = open()
  const reply = await answerTo(call)
  const pieces: string[] = []
  reply.on('data', chunk => pieces.push(String(chunk)))
  reply.on('error', () => {})
  call.on('error', () => {})
  for (const piece of ['one', 'two']) {
    more(piece)
    await waitUntil(piece, () => pieces.includes(piece))
  }
  call.destroy()
  t.ok(await waitUntil('the program to learn it', () => left))
})

t.test('another protocol is spoken through it, both ways', async t => {
  const program = createServer()
  program.on('upgrade', (incoming, socket) => {
    t.equal(incoming.headers['sec-websocket-key'], 'k')
    t.equal(incoming.headers['x-forwarded-for'], '127.0.0.1')
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\nhi',
    )
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
    socket.on('error', () => {})
  })
  const { address, service, pod, server } = await setup(t, program)
  service()
  pod()
  const socket = connect(address.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  let ended = false
  socket.on('data', chunk => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
  })
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: a.local\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\nearly ',
  )
  await waitUntil('the first answers', () => text.includes('EARLY'))
  t.match(text, /^HTTP\/1.1 101 Switching Protocols\r\n/)
  t.match(text, /Sec-WebSocket-Accept: a\r\n/)
  t.match(text, /\r\n\r\nhi/)
  socket.write('later')
  await waitUntil('the later answer', () => text.includes('LATER'))
  await server.close()
  t.ok(await waitUntil('its end', () => ended), 'who stops ends it')
})

t.test('a program that will not change its protocol says so itself', async t => {
  const { open, service, pod, get } = await setup(
    t,
    createServer((_, reply) => reply.writeHead(418).end('no')),
  )
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  t.equal((await get('/', { headers })).status, 503)
  service()
  pod()
  const reply = await get('/', { headers })
  t.equal(reply.status, 418)
  t.equal(reply.text, 'no')
  t.ok(open)
})
