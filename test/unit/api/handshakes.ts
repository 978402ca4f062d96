import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { type Door, startDoor } from '../../support/door.ts'
import { forge } from '../../support/forge.ts'
import { alternativeNames } from '../../support/hostile-certificates.ts'
import { openPeer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const subject = [{ O: ['toolforge'] }, { CN: ['tf-test'] }]
const versions = ['TLSv1.2', 'TLSv1.3'] as const
const failed = (door: Door) => door.logged('TLS handshake failed')

t.test('a certificate too large for the handshake ends the connection, and that is logged', async t => {
  const door = await startDoor(t)
  const lines = () => [...failed(door), ...door.logged('TLS connection failed')]
  // With 4,500 names it does not fit into a ticket, with 6,000 not into a message.
  for (const names of [4500, 6000]) {
    const pair = await forge({ issuer: door.root, subject, extensions: [alternativeNames(names)] })
    for (const version of versions) {
      const before = lines().length
      // Under TLS 1.3 the client is done before the server has looked at its certificate.
      await t.rejects(
        openPeer({ port: door.port, pair, version }).then(peer => peer.get('/')),
        `${names} ${version}`,
      )
      await waitUntil('the log', () => lines().length > before)
      t.match(lines().at(-1), { peer: '127.0.0.1', level: 'info', err: { code: /ERR_SSL/ } })
    }
  }
  const peer = await openPeer({ port: door.port })
  t.equal((await peer.get('/')).status, 401, 'the others are served')
  peer.socket.destroy()
})

t.test('what is no TLS is cut off without an answer, and logged with its error', async t => {
  const door = await startDoor(t)
  const socket = connect(door.port, '127.0.0.1')
  let got = ''
  socket.on('data', data => {
    got += data.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'close')
  t.notMatch(got, /HTTP/)
  const [line] = await waitUntil('the log', () => (failed(door).length > 0 ? failed(door) : false))
  t.match(line, { peer: '127.0.0.1', bytes: 35, err: { code: 'ERR_SSL_HTTP_REQUEST' } })
})

t.test('a PROXY header is refused where none is expected', async t => {
  const door = await startDoor(t)
  await t.rejects(openPeer({ port: door.port, preamble: 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n' }))
  t.equal(door.proxyPort, undefined)
})

t.test('a mere port check is no failure worth a line', async t => {
  const door = await startDoor(t)
  const socket = connect(door.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
  const [line] = await waitUntil('the log', () => {
    const lines = door.logged('connection closed before a TLS handshake')
    return lines.length > 0 && lines
  })
  t.match(line, { level: 'debug', peer: '127.0.0.1', bytes: 0 })
  t.equal(failed(door).length, 0)
})

t.test('who says nothing is cut off after the limit of a handshake', async t => {
  const door = await startDoor(t, { timeouts: { handshake: 0.05 } })
  const socket = connect(door.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'close')
  const [line] = await waitUntil('the log', () => {
    const lines = door.logged('connection closed before a TLS handshake')
    return lines.length > 0 && lines
  })
  t.match(line, { err: { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' } })
})

t.test('a handshake that succeeds is not logged as one that failed', async t => {
  const door = await startDoor(t)
  const peer = await openPeer({ port: door.port })
  await peer.get('/')
  peer.socket.end()
  await peer.closed()
  await waitUntil('the connection to end', async () => (await connectionsOf(door)) === 0)
  t.equal(failed(door).length, 0)
  t.equal(door.logged('connection closed before a TLS handshake').length, 0)
})

const connectionsOf = (door: Door): Promise<number> =>
  new Promise(resolve => door.app.server.getConnections((_error, count) => resolve(count)))
