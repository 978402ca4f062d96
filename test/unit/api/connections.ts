import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import t from 'tap'
import { DomainError } from '../../../src/contract/errors.ts'
import { rfc3339 } from '../../../src/platform/clock.ts'
import { type Door, startDoor } from '../../support/door.ts'
import { type Forgery, forge, forgeRoot } from '../../support/forge.ts'
import { openPeer, type Peer } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const subject = [{ O: ['toolforge'] }, { CN: ['tf-test'] }]
const hour = 3_600_000
const leafOf = ({ root }: Door, forgery: Partial<Forgery> = {}) => forge({ issuer: root, subject, ...forgery })
const streamRequest = 'GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n'

async function openStream(door: Door, forgery: Partial<Forgery> = {}): Promise<Peer> {
  const peer = await openPeer({ port: door.port, pair: await leafOf(door, forgery) })
  peer.send(streamRequest)
  await peer.sees('begin')
  return peer
}

for (const hours of [1, 40 * 24]) {
  t.test(`a stream ends when the certificate expires in ${hours} hours, and not a millisecond before`, async t => {
    const door = await startDoor(t)
    const end = Math.floor(door.clock.now() / 1000) * 1000 + hours * hour
    const peer = await openStream(door, { notAfter: end })
    await door.clock.advance(end - door.clock.now())
    t.equal(door.ended.length, 0)
    await door.clock.advance(1)
    t.match(door.ended, [new DomainError('not_verified', `The client certificate expired on ${rfc3339(end)}.`)])
    await peer.sees('end\n\r\n0\r\n\r\n')
    t.match(await peer.get('/'), { status: 401 })
    peer.socket.destroy()
  })
}

t.test('a stream ends when its tool is shut out, on a connection that is then refused; others go on', async t => {
  const door = await startDoor(t)
  const other = await openStream(door, { subject: [{ O: ['toolforge'] }, { CN: ['tf-other'] }] })
  const peer = await openStream(door)
  t.equal(door.trust.setDenyList(JSON.stringify([{ tool: 'tf-test', reason: 'lost key' }])), true)
  t.match(door.ended, [{ code: 'not_allowed', message: 'The tool tf-test is shut out: lost key' }])
  t.equal(door.ended.length, 1)
  await peer.sees('0\r\n\r\n')
  t.match(await peer.get('/'), { status: 403, text: /lost key/ })
  peer.send(streamRequest)
  t.match(await peer.sees('0\r\n\r\n'), /begin\s.*end/s, 'a new stream ends at once')
  t.match(door.ended[1], { code: 'not_allowed' })

  door.trust.setDenyList('[]')
  t.match(await peer.get('/'), { status: 200 }, 'and is let in again')
  peer.send(streamRequest)
  await peer.sees('begin')
  t.equal(door.ended.length, 2, 'with a stream that goes on')
  for (const { socket } of [peer, other]) socket.destroy()
})

t.test('the connection of a tool that is shut out ends a second later, others and those let in again stay', async t => {
  const door = await startDoor(t)
  const open = async (name: string) =>
    openPeer({ port: door.port, pair: await leafOf(door, { subject: [{ O: ['toolforge'] }, { CN: [name] }] }) })
  const [peer, other, back] = [await open('tf-test'), await open('tf-other'), await open('tf-back')]
  for (const one of [peer, other, back]) t.match(await one.get('/'), { status: 200 })
  const shut = ['tf-test', 'tf-back'].map(tool => ({ tool, reason: 'lost key' }))
  door.trust.setDenyList(JSON.stringify(shut))
  t.match(await peer.get('/'), { status: 403, text: /lost key/ }, 'it is told why first')
  door.trust.setDenyList(JSON.stringify(shut.slice(0, 1)))
  const ended = once(peer.socket, 'close')
  await door.clock.advance(1000)
  await ended
  for (const one of [other, back]) t.match(await one.get('/'), { status: 200 })
  for (const { socket } of [other, back]) socket.destroy()
})

t.test('streams end when their authority is taken out of the bundle', async t => {
  const door = await startDoor(t)
  const second = await forgeRoot('Second CA')
  writeFileSync(door.files.ca, door.root.certificate + second.certificate)
  await door.trust.reload()
  const peer = await openStream(door)
  const staying = await openStream(door, { issuer: second })
  writeFileSync(door.files.ca, second.certificate)
  await door.trust.reload()
  t.match(door.ended, [{ code: 'not_verified' }])
  t.equal(door.ended.length, 1)
  for (const { socket } of [peer, staying]) socket.destroy()
})

t.test('a stream ends with its connection, and nothing goes on sleeping for it', async t => {
  const door = await startDoor(t)
  const asleep = door.clock.sleepers()
  t.equal(door.listener.connections(), 0)
  const peer = await openStream(door)
  t.equal(door.listener.connections(), 1)
  t.equal(door.clock.sleepers(), asleep + 1)
  peer.socket.destroy()
  await waitUntil('the signal', () => door.ended.length === 1)
  t.match(door.ended, [{ code: 'unavailable', message: 'The connection was closed.' }])
  t.equal(door.clock.sleepers(), asleep)
  t.equal(door.listener.connections(), 0)
})

t.test('two streams on one connection share its signal', async t => {
  const door = await startDoor(t)
  const asleep = door.clock.sleepers()
  const peer = await openPeer({ port: door.port, pair: await leafOf(door) })
  peer.send(`${streamRequest}${streamRequest}`)
  await peer.sees('begin')
  t.equal(door.clock.sleepers(), asleep + 1)
  peer.socket.destroy()
  await waitUntil('the signal', () => door.ended.length > 0)
})

t.test('a refused caller gets no stream', async t => {
  const door = await startDoor(t)
  const peer = await openPeer({ port: door.port })
  peer.send(streamRequest)
  t.match(await peer.sees('0\r\n\r\n'), /begin\s.*end/s)
  t.match(door.ended, [{ code: 'not_verified', message: /No client certificate/ }])
  peer.socket.destroy()
})

t.test('who is refused because of the clock is let in when the time has come', async t => {
  const door = await startDoor(t)
  const begin = Math.floor(door.clock.now() / 1000) * 1000 + hour
  const peer = await openPeer({
    port: door.port,
    pair: await leafOf(door, { notBefore: begin, notAfter: begin + hour }),
  })
  t.match(await peer.get('/'), { status: 401, text: /not valid before/ })
  await door.clock.advance(begin - door.clock.now())
  t.match(await peer.get('/'), { status: 200 })
  peer.socket.destroy()
})

t.test('a connection that did not come in through the door is nobody, and has no stream', async t => {
  const door = await startDoor(t)
  const socket = new Socket()
  t.match(door.listener.caller(socket), { allow: false, code: 'not_verified' })
  const signal = door.listener.streamSignal(socket)
  t.match(signal, { aborted: true, reason: { code: 'unavailable' } })
})

t.test('a connection that was closed, or a service that stops, gives no new stream', async t => {
  const door = await startDoor(t)
  const sockets: Socket[] = []
  door.app.server.on('secureConnection', (socket: Socket) => sockets.push(socket))
  const pair = await leafOf(door)
  const peer = await openPeer({ port: door.port, pair })
  await peer.get('/')
  const [first] = sockets
  if (first === undefined) throw new Error('no connection')
  t.equal(door.listener.streamSignal(first).aborted, false)
  peer.socket.destroy()
  await waitUntil('the end of the connection', () => door.listener.connections() === 0)
  const gone = { aborted: true, reason: { code: 'unavailable', message: 'The connection was closed.' } }
  t.match(door.listener.streamSignal(first), gone)
  await door.listener.stop()
  t.match(door.listener.streamSignal(first), { aborted: true, reason: { message: /being stopped/ } })
})
