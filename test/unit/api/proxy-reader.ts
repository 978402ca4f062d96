import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { peerList } from '../../../src/api/proxy-reader.ts'
import { ConfigError } from '../../../src/platform/config.ts'
import { type Door, startDoor } from '../../support/door.ts'
import { forge } from '../../support/forge.ts'
import { openPeer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const subject = [{ O: ['toolforge'] }, { CN: ['tf-test'] }]
const line = 'PROXY TCP4 192.0.2.7 192.0.2.1 54321 443\r\n'
const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c0000201d43101bb', 'hex')
const settings = { proxy_port: 0, proxy_peers: ['127.0.0.0/8'] }
const refused = (door: Door) => door.logged('PROXY header refused')

async function behindProxy(door: Door, preamble: Buffer | string) {
  const pair = await forge({ issuer: door.root, subject })
  return openPeer({ port: door.proxyPort ?? 0, pair, preamble })
}

/** A connection in the clear, and the promise of its end. */
async function raw(door: Door): Promise<{ socket: Socket; end: Promise<unknown> }> {
  const socket = connect(door.proxyPort ?? 0, '127.0.0.1')
  socket.on('error', () => undefined)
  const end = once(socket, 'close')
  socket.resume()
  await once(socket, 'connect')
  return { socket, end }
}

t.test('the client that the header names is the one that is seen, and the identity stays the certificate', async t => {
  const door = await startDoor(t, settings)
  const v6 = Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a21210024', 'hex'),
    Buffer.from('20010db8000000000000000000000001', 'hex'),
    Buffer.alloc(16),
    Buffer.from('000101bb', 'hex'),
  ])
  for (const [preamble, ip, port] of [
    [line, '192.0.2.7', 54321],
    [binary, '192.0.2.7', 54321],
    [v6, '2001:db8:0:0:0:0:0:1', 1],
  ] as const) {
    const peer = await behindProxy(door, preamble)
    const reply = await peer.get('/')
    t.match(JSON.parse(reply.text), { tool: 'tf-test', ip, port })
    t.match(JSON.parse((await peer.get('/')).text), { ip }, 'on the next request, too')
    peer.socket.destroy()
  }
})

t.test("a proxy's own connections are seen as its own", async t => {
  const door = await startDoor(t, settings)
  const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')
  for (const preamble of ['PROXY UNKNOWN\r\n', local]) {
    const peer = await behindProxy(door, preamble)
    t.match(JSON.parse((await peer.get('/')).text), { ip: '127.0.0.1', port: peer.socket.localPort })
    peer.socket.destroy()
  }
})

t.test('a header that comes byte by byte is read, and what follows at once is TLS', async t => {
  const door = await startDoor(t, settings)
  const { socket, end } = await raw(door)
  for (const byte of binary) {
    socket.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  socket.write('this is no TLS')
  await end
  const failure = await waitUntil('the log', () => door.logged('TLS handshake failed')[0])
  t.match(failure, { peer: '127.0.0.1', client: '192.0.2.7' })
  t.equal(refused(door).length, 0)
})

t.test('a connection without the header, or with a wrong one, is cut off', async t => {
  const door = await startDoor(t, settings)
  await t.rejects(openPeer({ port: door.proxyPort ?? 0 }))
  t.match(refused(door), [{ peer: '127.0.0.1', reason: 'no PROXY header' }])
  const { socket, end } = await raw(door)
  socket.write('PROXY TCP4 999.0.2.7 192.0.2.1 54321 443\r\n')
  await end
  t.match(refused(door)[1], { reason: 'an address that is none' })
})

t.test('a header that does not come in time ends the connection; one that did come leaves no timer', async t => {
  const door = await startDoor(t, { ...settings, timeouts: { proxy_header: 0.2 } })
  const peer = await behindProxy(door, line)
  const { socket, end } = await raw(door)
  socket.write('PROXY TCP4')
  await end
  t.match(refused(door), [{ reason: 'it did not arrive in time' }])
  t.equal((await peer.get('/')).status, 200)
  peer.socket.destroy()
})

t.test('who leaves before the header is complete is forgotten', async t => {
  const door = await startDoor(t, settings)
  const { socket, end } = await raw(door)
  socket.write('PROXY')
  socket.resetAndDestroy()
  await end
  await waitUntil(
    'the log',
    () =>
      door.logged('TLS handshake failed').length + door.logged('connection closed before a TLS handshake').length > 0,
  )
  t.equal(refused(door).length, 0)
})

t.test('only configured proxies may connect, and not even they to the port without header', async t => {
  const door = await startDoor(t, { ...settings, proxy_peers: ['192.0.2.1', '2001:db8::/32'] })
  await t.rejects(behindProxy(door, line))
  t.match(door.logged('connection refused: not a configured proxy'), [{ peer: '127.0.0.1' }])
  await t.rejects(openPeer({ port: door.port, preamble: line }))
})

t.test('the limits of requests hold behind a proxy as well', async t => {
  const door = await startDoor(t, { ...settings, timeouts: { headers: 0.1, request: 0.1 } })
  const peer = await behindProxy(door, line)
  peer.send('GET / HTTP/1.1\r\nhost: local')
  t.match(await peer.closed(), /^HTTP\/1\.1 408 /)
})

t.test('a stop does not wait for headers', async t => {
  const door = await startDoor(t, { ...settings, timeouts: { proxy_header: 600 } })
  const { end } = await raw(door)
  const later = await behindProxy(door, line)
  later.socket.destroy()
  await door.listener.stop()
  await end
  t.equal(refused(door).length, 0)
})

t.test('peers are addresses and networks of both families; anything else is an error of the configuration', async t => {
  const list = peerList(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'])
  for (const [address, family] of [
    ['10.1.2.3', 'ipv4'],
    ['192.0.2.1', 'ipv4'],
    ['2001:db8::9', 'ipv6'],
    ['::1', 'ipv6'],
    ['::ffff:10.1.2.3', 'ipv6'],
  ] as const)
    t.equal(list.check(address, family), true, address)
  t.equal(list.check('192.0.2.2', 'ipv4'), false)
  for (const peer of ['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '', '10.0.0.0/8/8', '10.0.0.0/-1'])
    t.throws(
      () => peerList([peer]),
      new ConfigError([`proxy_peers: ${peer} is neither an address nor a network`]),
      peer,
    )
})
