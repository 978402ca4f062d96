import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { type Address, createPassthrough, proxyHeader } from '../../../src/local/passthrough.ts'
import { quietLog } from '../../../src/platform/log.ts'

const listening = async (server: ReturnType<typeof createServer>): Promise<Address> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 }
}

t.test('the header is that of the PROXY protocol, for both kinds of addresses', async t => {
  const four = proxyHeader({ host: '192.0.2.1', port: 0x1234 }, { host: '127.0.0.1', port: 30001 })
  t.equal(four.toString('hex'), `0d0a0d0a000d0a515549540a2111000cc00002017f00000112347531`)
  const six = proxyHeader({ host: '2001:db8::1', port: 1 }, { host: '::1', port: 2 })
  t.equal(six.length, 16 + 36)
  t.equal(six.subarray(12, 16).toString('hex'), '21210024')
  t.equal(six.subarray(16, 32).toString('hex'), '20010db8000000000000000000000001')
})

t.test('bytes go through both ways behind the header, also after one side has ended', async t => {
  const service = createServer({ allowHalfOpen: true }, async socket =>
    socket.end(`got ${(await text(socket)).slice(-4)}`),
  )
  const target = await listening(service)
  const passthrough = createPassthrough(() => target, quietLog)
  const address = await passthrough.start({ host: '127.0.0.1', port: 0 })
  const client = connect({ ...address, allowHalfOpen: true })
  client.end('ping')
  t.equal(await text(client), 'got ping')
  await passthrough.stop()
  service.close()
})

t.test('a port that is taken gives way to a free one', async t => {
  const other = createServer()
  const taken = await listening(other)
  const passthrough = createPassthrough(() => taken, quietLog)
  t.not((await passthrough.start(taken)).port, taken.port)
  await passthrough.stop()
  other.close()
})

t.test('a service that does not answer ends the connection, and stop ends those that are open', async t => {
  const gone = createServer()
  const nobody = await listening(gone)
  gone.close()
  await once(gone, 'close')
  const passthrough = createPassthrough(() => nobody, quietLog)
  const address = await passthrough.start({ host: '127.0.0.1', port: 0 })
  const refused = connect(address)
  refused.on('error', () => {})
  await once(refused, 'close')

  const silent = createServer()
  const waiting = await listening(silent)
  const held = createPassthrough(() => waiting, quietLog)
  const client = connect(await held.start({ host: '127.0.0.1', port: 0 }))
  client.on('error', () => {})
  const [socket] = await once(silent, 'connection')
  const closed = once(client, 'close')
  await held.stop()
  await closed
  await passthrough.stop()
  socket.destroy()
  silent.close()
  t.pass('nothing is left open')
})
