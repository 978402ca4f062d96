import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import t from 'tap'
import { createListener } from '../../../src/api/listener.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { type Door, serverPair, startDoor } from '../../support/door.ts'
import { type Forgery, forge, forgeRoot } from '../../support/forge.ts'
import { openPeer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const run = promisify(execFile)
const subject = [{ O: ['toolforge'] }, { CN: ['tf-test'] }]
const day = 86_400_000
const versions = ['TLSv1.2', 'TLSv1.3'] as const
const leafOf = ({ root }: Pick<Door, 'root'>, forgery: Partial<Forgery> = {}) =>
  forge({ issuer: root, subject, ...forgery })

t.test('a tool is known by its certificate under TLS 1.2 and 1.3, and nobody without', async t => {
  const door = await startDoor(t)
  const pair = await leafOf(door)
  for (const version of versions) {
    const peer = await openPeer({ port: door.port, pair, version, ca: door.serverCa.certificate })
    const reply = await peer.get('/')
    t.equal(reply.status, 200, version)
    t.match(JSON.parse(reply.text), { tool: 'tf-test', ip: '127.0.0.1', port: peer.socket.localPort })
    peer.socket.destroy()
    const nobody = await openPeer({ port: door.port, version })
    t.match(await nobody.get('/'), { status: 401, text: /No client certificate/ }, version)
    nobody.socket.destroy()
  }
})

t.test('a certificate is judged by our own rules alone: OpenSSL is not asked', async t => {
  const door = await startDoor(t)
  const shaken = once(door.app.server, 'secureConnection')
  const peer = await openPeer({ port: door.port, pair: await leafOf(door) })
  t.equal((await peer.get('/')).status, 200)
  t.match(await shaken, [{ authorized: false }])
  peer.socket.destroy()
})

t.test('a certificate with a key of any kind is answered', async t => {
  const door = await startDoor(t)
  const folder = t.testdir()
  const kinds = ['ec:secp256k1', 'ec:brainpoolP256r1', 'ec:P-521', 'ed25519', 'ed448', 'rsa-pss']
  for (const kind of kinds) {
    const [algorithm = '', curve] = kind.split(':')
    const [key, certificate] = ['key', 'crt'].map(ending => join(folder, `${algorithm}-${curve}.${ending}`))
    const option = curve === undefined ? [] : ['-pkeyopt', `ec_paramgen_curve:${curve}`]
    const files = ['-keyout', `${key}`, '-out', `${certificate}`]
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      algorithm,
      ...option,
      '-nodes',
      '-subj',
      '/O=toolforge/CN=x',
      ...files,
    ])
    const pair = { certificate: readFileSync(`${certificate}`, 'utf8'), key: readFileSync(`${key}`, 'utf8') }
    for (const version of versions) {
      const peer = await openPeer({ port: door.port, pair, version }).catch(() => undefined)
      const reply = await peer?.get('/').catch(() => undefined)
      // What TLS itself does not take gets no answer.
      if (reply !== undefined) t.equal(reply.status, 401, `${kind}, ${version}`)
      peer?.socket.destroy()
    }
  }
  const peer = await openPeer({ port: door.port, pair: await leafOf(door) })
  t.equal((await peer.get('/')).status, 200, 'and the service is there')
  peer.socket.destroy()
})

t.test('of a tool that connects is told before it asks; of nobody who would be refused', async t => {
  const door = await startDoor(t)
  const denied = [{ O: ['toolforge'] }, { CN: ['tf-denied'] }]
  writeFileSync(door.files.denyList, JSON.stringify([{ tool: 'tf-denied', reason: 'a test' }]))
  await door.trust.reload()
  for (const forgery of [{ subject: denied }, { notAfter: door.clock.now() - day }, undefined]) {
    const pair = forgery === undefined ? undefined : await leafOf(door, forgery)
    const refused = await openPeer({ port: door.port, ...(pair === undefined ? {} : { pair }) })
    t.ok((await refused.get('/')).status >= 401)
    refused.socket.destroy()
  }
  t.strictSame(door.connected, [])
  const { socket } = await openPeer({ port: door.port, pair: await leafOf(door) })
  await waitUntil('the door to tell', () => door.connected.length > 0)
  t.strictSame(door.connected, ['tf-test'])
  socket.destroy()
})

for (const version of versions) {
  t.test(`${version}: a resumed session is refused after its certificate expired`, async t => {
    const door = await startDoor(t)
    const pair = await leafOf(door, { notAfter: door.clock.now() + day / 2 })
    const first = await openPeer({ port: door.port, pair, version })
    t.equal((await first.get('/')).status, 200)
    const session = await first.ticket()
    const again = await openPeer({ port: door.port, session, version })
    t.equal(again.socket.isSessionReused(), true)
    t.match(await again.get('/'), { status: 200, text: /tf-test/ }, 'while it is valid, it is believed')
    // A certificate keeps whole seconds.
    await door.clock.advance(day / 2 + 1000)
    t.match(await first.get('/'), { status: 401, text: /expired on/ }, 'the open connection')
    t.match(await again.get('/'), { status: 401, text: /expired on/ }, 'the open connection that was resumed')
    const late = await openPeer({ port: door.port, session, version })
    t.equal(late.socket.isSessionReused(), true)
    t.match(await late.get('/'), { status: 401, text: /expired on/ }, 'a session resumed afterwards')
    for (const { socket } of [first, again, late]) socket.destroy()
  })

  t.test(`${version}: when its authority is taken out, open connections and old tickets are refused`, async t => {
    const door = await startDoor(t)
    const pair = await leafOf(door)
    const first = await openPeer({ port: door.port, pair, version })
    t.equal((await first.get('/')).status, 200)
    const unasked = await openPeer({ port: door.port, pair, version })
    const session = await first.ticket()
    const other = await forgeRoot('Other CA')
    writeFileSync(door.files.ca, other.certificate)
    await door.trust.reload()
    for (const peer of [first, unasked]) t.match(await peer.get('/'), { status: 401, text: /not signed directly/ })
    const late = await openPeer({ port: door.port, session, version, pair })
    t.equal(late.socket.isSessionReused(), false)
    t.equal((await late.get('/')).status, 401)
    const newcomer = await openPeer({ port: door.port, pair: await leafOf({ root: other }), version })
    t.equal((await newcomer.get('/')).status, 200)
    for (const { socket } of [first, unasked, late, newcomer]) socket.destroy()
  })
}

t.test('the server certificate is renewed for new connections, and open ones go on', async t => {
  const door = await startDoor(t)
  const pair = await leafOf(door)
  const ca = door.serverCa.certificate
  const first = await openPeer({ port: door.port, pair, ca })
  t.equal((await first.get('/')).status, 200)
  const renewed = await serverPair('rsa')
  writeFileSync(door.files.certificate, renewed.pair.certificate)
  await door.trust.reload()
  const meanwhile = await openPeer({ port: door.port, pair, ca })
  t.equal(
    (await meanwhile.get('/')).status,
    200,
    'the new certificate without its key serves nobody: the old one stays',
  )
  writeFileSync(door.files.key, renewed.pair.key)
  await door.trust.reload()
  await t.rejects(openPeer({ port: door.port, pair, ca }))
  const later = await openPeer({ port: door.port, pair, ca: renewed.ca.certificate })
  for (const peer of [first, meanwhile, later]) t.equal((await peer.get('/')).status, 200)
  for (const { socket } of [first, meanwhile, later]) socket.destroy()
})

t.test('no ticket outlives the server certificate either', async t => {
  const door = await startDoor(t)
  const first = await openPeer({ port: door.port, pair: await leafOf(door) })
  await first.get('/')
  const session = await first.ticket()
  const renewed = await serverPair()
  writeFileSync(door.files.certificate, renewed.pair.certificate)
  writeFileSync(door.files.key, renewed.pair.key)
  await door.trust.reload()
  const late = await openPeer({ port: door.port, session })
  t.equal(late.socket.isSessionReused(), false)
  for (const { socket } of [first, late]) socket.destroy()
})

for (const when of ['at first', 'after a reload'] as const) {
  t.test(`${when}: TLS 1.1 is refused, HTTP/2 is not spoken, and renegotiation is refused`, async t => {
    const door = await startDoor(t)
    if (when === 'after a reload') {
      writeFileSync(door.files.ca, (await forgeRoot('Other CA')).certificate)
      await door.trust.reload()
    }
    const options = { port: door.port, host: '127.0.0.1', rejectUnauthorized: false, ciphers: 'DEFAULT:@SECLEVEL=0' }
    const old = connect({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    const [error] = await once(old, 'error')
    t.match(error, { code: /ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ERR_SSL_UNSUPPORTED_PROTOCOL/ })
    const h2 = connect({ ...options, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(h2, 'secureConnect')
    t.equal(h2.alpnProtocol, 'http/1.1')
    h2.destroy()
    t.match(await renegotiate(door), /no renegotiation/)
  })
}

/** What OpenSSL's client says when it asks for a new handshake under TLS 1.2. */
async function renegotiate({ port }: Door): Promise<string> {
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2'])
  let said = ''
  const heard = Promise.withResolvers<void>()
  const hear = (data: Buffer) => {
    said += data
    // Asked when it is through its handshake; any sooner and the line would be lost.
    if (said.includes('Verify return code') && !said.includes('RENEGOTIATING')) client.stdin.write('R\n')
    if (/RENEGOTIATING.*error/s.test(said)) heard.resolve()
  }
  client.stdout.on('data', hear)
  client.stderr.on('data', hear)
  client.on('close', () => heard.resolve())
  await heard.promise
  client.kill()
  return said
}

t.test('both ports share the handler, and their parsers the one listener for errors', async t => {
  const door = await startDoor(t, { proxy_port: 0, proxy_peers: ['127.0.0.1'] })
  t.not(door.proxyPort, door.port)
  const errors: string[] = []
  door.app.server.on('clientError', (error: Error & { code?: string }) => errors.push(error.code ?? ''))
  for (const peer of [
    await openPeer({ port: door.port }),
    await openPeer({ port: door.proxyPort ?? 0, preamble: 'PROXY UNKNOWN\r\n' }),
  ]) {
    t.equal((await peer.get('/')).status, 401)
    peer.send('rubbish\r\n\r\n')
    t.match(await peer.closed(), /^HTTP\/1\.1 400 /)
  }
  t.strictSame(errors, ['HPE_INVALID_METHOD', 'HPE_INVALID_METHOD'])
})

t.test('connections above the limit are cut off and logged once a second; the others are served', async t => {
  const door = await startDoor(t, { max_connections: 1 })
  const peer = await openPeer({ port: door.port })
  const lines = () => door.logged('connections refused: there are too many')
  for (const _ of [1, 2, 3]) await t.rejects(openPeer({ port: door.port }))
  t.match(lines(), [{ peer: '127.0.0.1', level: 'warn', dropped: 1 }])
  await door.clock.advance(1000)
  await t.rejects(openPeer({ port: door.port }))
  t.match(lines()[1], { dropped: 3 })
  t.equal(lines().length, 2)
  t.equal((await peer.get('/')).status, 401)
  peer.socket.destroy()
})

t.test('an idle connection is kept for longer than clients wait between polls, and as configured', async t => {
  const door = await startDoor(t)
  const peer = await openPeer({ port: door.port })
  t.match((await peer.get('/')).headers, { connection: 'keep-alive', 'keep-alive': 'timeout=72' })
  peer.socket.destroy()
  t.match(door.app.server, { headersTimeout: 10_000, requestTimeout: 30_000, maxRequestsPerSocket: 0 })
})

t.test('half a request is answered with 408 and the end of the connection', async t => {
  const door = await startDoor(t, { timeouts: { headers: 0.1, request: 0.1 } })
  const peer = await openPeer({ port: door.port })
  peer.send('GET / HTTP/1.1\r\nhost: local')
  t.match(await peer.closed(), /^HTTP\/1\.1 408 /)
})

t.test('a stop closes idle connections and ends streams, lets requests end, and takes no more', async t => {
  const door = await startDoor(t)
  const pair = await leafOf(door)
  const port = door.port
  const [idle, fresh, stream, slow] = await Promise.all([1, 2, 3, 4].map(() => openPeer({ port, pair })))
  if (!idle || !fresh || !stream || !slow) return t.fail('not connected')
  await idle.get('/')
  stream.send('GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await stream.sees('begin')
  const asleep = door.clock.sleepers()
  const answer = slow.get('/slow')
  await waitUntil('the request', () => door.clock.sleepers() === asleep + 1)

  t.equal(door.listener.draining, false)
  const stopped = door.listener.stop()
  t.equal(door.listener.draining, true)
  t.match(await stream.closed(), /begin.*end\s+0\s+$/s)
  t.match(door.ended, [{ code: 'unavailable', message: /being stopped/ }])
  await Promise.all([idle.closed(), fresh.closed()])
  await t.rejects(openPeer({ port, pair }), { code: 'ECONNREFUSED' })
  t.equal(slow.socket.closed, false)
  await door.clock.advance(1000)
  t.match(await answer, { status: 200, text: 'done', headers: { connection: 'close' } })
  await slow.closed()
  await stopped
  t.equal(door.clock.sleepers(), 0)
  t.equal(door.logged('requests were cut off: they did not end in time').length, 0)
  await door.listener.stop()
})

t.test('a connection with an open answer is closed behind it', async t => {
  const door = await startDoor(t)
  const peer = await openPeer({ port: door.port })
  const asleep = door.clock.sleepers()
  peer.send('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(2))
  await waitUntil('the requests', () => door.clock.sleepers() === asleep + 2)
  const stopped = door.listener.stop()
  await door.clock.advance(1000)
  t.match(await peer.closed(), /connection: close.*done/is)
  await stopped
})

t.test('what does not end is cut off after the limit of a stop', async t => {
  const door = await startDoor(t, { timeouts: { drain: 0.5 } })
  const peer = await openPeer({ port: door.port })
  const asleep = door.clock.sleepers()
  peer.send('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await waitUntil('the request', () => door.clock.sleepers() === asleep + 1)
  const stopped = door.listener.stop()
  await waitUntil('the limit', () => door.clock.sleepers() === 2)
  await door.clock.advance(500)
  t.equal(await peer.closed(), '')
  await stopped
  t.equal(door.logged('requests were cut off: they did not end in time').length, 1)
})

t.test('a stop does not wait for a handshake', async t => {
  const door = await startDoor(t, { timeouts: { handshake: 600 } })
  const silent = connectTcp(door.port, '127.0.0.1')
  silent.on('error', () => undefined)
  const ended = once(silent, 'close')
  const later = await openPeer({ port: door.port })
  later.socket.destroy()
  await door.listener.stop()
  await ended
  t.pass('stopped')
})

t.test('a start that fails says why, and a stop ends what is there', async t => {
  const door = await startDoor(t)
  const config = { ...door.config, port: door.port }
  const listener = createListener(config, { trust: door.trust, clock: door.clock, log: quietLog })
  await t.rejects(listener.start(), /serverFactory was not called/)
  listener.serverFactory(() => undefined)
  await t.rejects(listener.start(), { code: 'EADDRINUSE' })
  await listener.stop()
})
