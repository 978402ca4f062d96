import t from 'tap'
import { startApi } from '../../support/api.ts'
import { openPeer } from '../../support/tls-peer.ts'

t.test('who sends far too much reads why it was refused, once all was sent', async t => {
  const api = await startApi(t, { config: { log: { level: 'error' } } })
  const peer = await openPeer({ port: api.address.port, ca: api.ca, pair: api.pairOf('tf-test') })
  t.teardown(() => peer.socket.destroy())
  const body = JSON.stringify({ jobs: [], pad: 'x'.repeat(8_000_000) })
  const errors: unknown[] = []
  peer.socket.on('error', error => errors.push(error))
  peer.send(
    `POST /jobs/v1/tool/tf-test/plan HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  for (let at = 0; at < body.length; at += 500_000)
    await new Promise(resolve => peer.socket.write(body.slice(at, at + 500_000), resolve))
  t.match(await peer.sees('request_id'), /^HTTP\/1\.1 413 .*"too_large"/s)
  t.same(errors, [])
})
