import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { startSandbox } from '../../support/sandbox.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('the sandbox ends also with a client who came back from the port of a connection that fell silent', async t => {
  const { sandbox, address, authority, control } = await startSandbox(t)
  const { port } = new URL(address.url)
  const ask = async (localPort?: number) => {
    const options = { port: Number(port), host: '127.0.0.1' }
    const raw = connect(localPort === undefined ? options : { ...options, localPort })
    t.teardown(() => raw.destroy())
    await once(raw, 'connect')
    const client = connectTls({
      socket: raw,
      host: '127.0.0.1',
      ca: authority.certificate,
      ALPNProtocols: ['http/1.1'],
    })
    client.on('error', () => {})
    await once(client, 'secureConnect')
    await control.requests.mark()
    client.write('GET /version HTTP/1.1\r\nhost: sandbox\r\n\r\n')
    await waitUntil('the request', async () => (await control.requests.total({})) > 0)
    return raw
  }
  const { id } = await control.faults.add({ match: {}, effect: 'black_hole' })
  const silenced = await ask()
  await control.faults.remove(id)
  const { localPort } = silenced
  silenced.resetAndDestroy()
  await once(silenced, 'close')
  const next = await ask(localPort)
  next.destroy()
  await once(next, 'close')
  await sandbox.stop()
  t.pass('it has ended')
})
