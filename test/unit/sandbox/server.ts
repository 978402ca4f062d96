import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { createAuthority, type IssueRequest } from '../../../src/pki/authority.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { createLog } from '../../../src/platform/log.ts'
import type { ApiRequest } from '../../../src/sandbox/api.ts'
import { json, type Reply } from '../../../src/sandbox/reply.ts'
import { createServer } from '../../../src/sandbox/server.ts'
import { at } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const hour = 3_600_000
const life = { notBefore: Date.now() - hour, notAfter: Date.now() + hour }
const authority = await createAuthority({ commonName: 'ca', ...life })
const foreign = await createAuthority({ commonName: 'ca', ...life })
const subject = [{ O: ['toolforge'] }, { CN: ['tf-a'] }]
const issue = (fields: Partial<IssueRequest> = {}, by = authority) =>
  by.issue({ subject, usages: ['clientAuth'], ...life, ...fields })
const serverKeys = await authority.issue({
  subject: [{ CN: ['s'] }],
  usages: ['serverAuth'],
  hosts: ['127.0.0.1'],
  ...life,
})

type Answer = (request: ApiRequest) => Promise<Reply>
const whoami: Answer = async ({ user, method, url }) => json(200, JSON.stringify({ ...user, method, url }))

async function start(t: Test, answer: Answer = whoami, now = () => Date.now()) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', service: 'sandbox' }, { write: (line: string) => void lines.push(line) })
  const clock = { ...systemClock, now }
  const server = createServer({ client_ca: authority.certificate, ...serverKeys }, { clock, log, answer })
  const { port } = await server.listen('127.0.0.1', 0)
  t.teardown(() => server.close())
  return { server, port, lines, url: `https://127.0.0.1:${port}` }
}

interface Keys {
  certificate: string
  key: string
}

const clientOptions = (keys?: Keys) => ({
  ca: authority.certificate,
  ...(keys === undefined ? {} : { cert: keys.certificate, key: keys.key }),
})

interface Options {
  method?: string
  body?: string | Buffer
  keys?: Keys
}

/** One call over HTTP/1.1. */
function call1(url: string, { method = 'GET', body, keys }: Options = {}) {
  return new Promise<{ status: number; body: unknown; headers: object }>((resolve, reject) => {
    const sent = request(url, { method, agent: false, ...clientOptions(keys) }, reply => {
      text(reply).then(
        got => resolve({ status: reply.statusCode ?? 0, body: parsed(got), headers: reply.headers }),
        reject,
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function session(t: Test, url: string, keys?: Keys): ClientHttp2Session {
  const opened = connect(url, clientOptions(keys))
  opened.on('error', () => undefined)
  t.teardown(() => opened.destroy())
  return opened
}

/** One call over HTTP/2 on a session. */
async function call2(opened: ClientHttp2Session, path: string, { method = 'GET', body }: Options = {}) {
  const stream = opened.request({ ':method': method, ':path': path })
  const status = responseOf(stream)
  stream.end(body)
  const got = await text(stream)
  return { status: await status, body: parsed(got) }
}

const responseOf = (stream: ClientHttp2Stream): Promise<number> =>
  new Promise((resolve, reject) => {
    stream.once('response', headers => resolve(Number(headers[':status'])))
    stream.once('error', reject)
  })

t.test('both versions of HTTP know who asks', async t => {
  const { url } = await start(t)
  const keys = await issue()
  const expected = { name: 'tf-a', groups: ['toolforge', 'system:authenticated'], method: 'GET', url: '/x?y=1' }
  t.match((await call1(`${url}/x?y=1`, { keys })).body, expected)
  const opened = session(t, url, keys)
  t.match((await call2(opened, '/x?y=1')).body, expected)
  t.match((await call2(opened, '/x?y=1')).body, expected, 'on the same connection')
})

t.test('without a certificate one is anonymous, with a bad one nobody', async t => {
  const { url } = await start(t)
  t.match((await call1(url)).body, { name: 'system:anonymous' })
  const bad = {
    foreign: await issue({}, foreign),
    expired: await issue({ notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour }),
    early: await issue({ notBefore: Date.now() + hour, notAfter: Date.now() + 2 * hour }),
    'for servers': await issue({ usages: ['serverAuth'] }),
    nameless: await issue({ subject: [{ O: ['toolforge'] }] }),
  }
  for (const [name, keys] of Object.entries(bad)) {
    const { status, body } = await call1(url, { keys })
    t.equal(status, 401, name)
    t.match(body, { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' })
    t.equal((await call2(session(t, url, keys), '/')).status, 401, `${name} over HTTP/2`)
  }
})

t.test('a certificate that expires is refused on the connection that it opened', async t => {
  let now = Date.now()
  const { url } = await start(t, whoami, () => now)
  const opened = session(t, url, await issue())
  t.equal((await call2(opened, '/')).status, 200)
  now += 2 * hour
  t.equal((await call2(opened, '/')).status, 401)
})

t.test('a body of more than 3 MiB is refused, in both versions', async t => {
  const { url } = await start(t, async ({ body }) => json(200, String((await body()).length)))
  const most = Buffer.alloc(3 * 1024 * 1024, 'x')
  const more = Buffer.alloc(3 * 1024 * 1024 + 1, 'x')
  t.equal((await call1(url, { method: 'POST', body: most })).body, most.length)
  const { status, body } = await call1(url, { method: 'POST', body: more })
  t.equal(status, 413)
  t.match(body, { reason: 'RequestEntityTooLarge' })
  const opened = session(t, url)
  t.equal((await call2(opened, '/', { method: 'POST', body: most })).body, most.length)
  t.equal((await call2(opened, '/', { method: 'POST', body: more })).status, 413)
  t.equal((await call2(opened, '/', { method: 'POST', body: 'xx' })).body, 2, 'the connection goes on')
})

t.test('a failure answers its own request only', async t => {
  const { url, lines } = await start(t, async ({ url }) => {
    if (url === '/broken') throw new Error('out of order')
    if (url === '/stream') return { code: 200, type: 'text/plain', body: async () => Promise.reject(new Error('cut')) }
    return json(200, '{}')
  })
  t.match((await call1(`${url}/broken`)).body, { kind: 'Status', code: 500 })
  const opened = session(t, url)
  t.equal((await call2(opened, '/broken')).status, 500)
  await call2(opened, '/stream').catch(() => undefined)
  t.equal((await call2(opened, '/')).status, 200)
  t.match(lines.join(), 'out of order')
})

t.test('warnings reach the client and cannot leave their header', async t => {
  const { url } = await start(t, async () => ({ ...json(200, '{}'), warnings: ['a "b" \\ ä\r\nx: y', 'two'] }))
  const { headers } = await call1(url)
  t.equal(at(headers, 'warning'), '299 - "a \\"b\\" \\\\ ???x: y", 299 - "two"')
  t.equal(at(headers, 'x'), undefined)
})

t.test('a stream begins at once and ends when the client goes', async t => {
  let gone = false
  const { url } = await start(t, async () => ({
    code: 200,
    type: 'application/json',
    body: sink =>
      new Promise(resolve => {
        sink.signal.addEventListener('abort', () => {
          gone = true
          resolve()
        })
      }),
  }))
  const stream = session(t, url).request({ ':path': '/' })
  t.equal(await responseOf(stream), 200, 'before there is anything to say')
  stream.destroy()
  await waitUntil('the stream to end', () => gone)
  gone = false
  const sent = request(url, { agent: false, ...clientOptions() }, reply => reply.destroy())
  sent.on('error', () => undefined)
  sent.end()
  await waitUntil('the stream to end', () => gone)
})

t.test('what a client does not take is counted, and can be waited for', async t => {
  const backlogs: number[] = []
  const { url } = await start(t, async () => ({
    code: 200,
    type: 'text/plain',
    body: async sink => {
      for (let i = 0; i < 40; i++) sink.write(Buffer.alloc(64 * 1024, 'x'))
      backlogs.push(sink.backlog())
      await sink.drained()
      backlogs.push(sink.backlog())
    },
  }))
  const stream = session(t, url).request({ ':path': '/' })
  await responseOf(stream)
  await waitUntil('the backlog to be counted', () => backlogs.length === 1)
  t.ok((backlogs[0] ?? 0) > 1024 * 1024, 'the client has taken little')
  t.equal((await text(stream)).length, 40 * 64 * 1024)
  t.ok((backlogs[1] ?? Number.POSITIVE_INFINITY) < (backlogs[0] ?? 0))
})

t.test('stopping ends streams and connections at once', async t => {
  const { server, url } = await start(t, async () => ({
    code: 200,
    type: 'text/plain',
    body: sink => new Promise(resolve => sink.signal.addEventListener('abort', () => resolve())),
  }))
  const stream = session(t, url).request({ ':path': '/' })
  await responseOf(stream)
  const silent = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), ...clientOptions() })
  silent.on('error', () => undefined)
  await new Promise(resolve => silent.once('secureConnect', resolve))
  const ended = text(stream).catch(() => 'cut')
  const closed = new Promise(resolve => silent.once('close', resolve))
  await server.close()
  await Promise.all([ended, closed])
  await t.rejects(call1(url))
})

t.test('rubbish on the wire ends its connection and nothing else', async t => {
  const { url, port } = await start(t)
  for (const alpn of ['http/1.1', 'h2']) {
    const socket = connectTls({ host: '127.0.0.1', port, ALPNProtocols: [alpn], ...clientOptions() })
    socket.on('error', () => undefined)
    socket.resume()
    await new Promise(resolve => socket.once('secureConnect', resolve))
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.write('\0\0\0rubbish and more of it, so that it is enough for a frame\r\n\r\n')
    await closed
  }
  t.equal((await call1(url)).status, 200)
})

t.test('a port that is taken is told', async t => {
  const { port } = await start(t)
  const deps = { clock: systemClock, log: createLog({ level: 'silent', service: 'sandbox' }), answer: whoami }
  const second = createServer({ client_ca: authority.certificate, ...serverKeys }, deps)
  await t.rejects(second.listen('127.0.0.1', port), { code: 'EADDRINUSE' })
  await second.close()
})
