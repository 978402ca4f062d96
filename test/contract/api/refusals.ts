import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { KeyPair } from '../../../src/pki/authority.ts'
import { type Api, startApi } from '../../support/api.ts'
import { type Forgery, forge, forgeRoot } from '../../support/forge.ts'
import { hostileCertificates, pretended } from '../../support/hostile-certificates.ts'
import { openPeer, type Peer, type PeerOptions, type PeerReply } from '../../support/tls-peer.ts'
import { waitUntil } from '../../support/wait-until.ts'

const rootName = 'Second CA'
const jobs = `/jobs/v1/tool/${pretended}/jobs`
const versions = ['TLSv1.2', 'TLSv1.3'] as const

interface Fixture {
  api: Api
  /** An authority of the bundle besides the platform's own; it may sign anything. */
  root: KeyPair
  write(files: { bundle?: string; denyList?: object[] }): void
  connect(options?: Partial<PeerOptions>): Promise<Peer>
  leaf(forgery?: Partial<Forgery>): Promise<KeyPair>
}

/** The real service, whose trust the test can change. */
async function start(t: Test, pods: 'processes' | 'none' = 'none'): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'refusals-'))
  const root = await forgeRoot(rootName)
  const files = { client_ca_file: join(folder, 'ca.pem'), deny_list_file: join(folder, 'list.json') }
  const write: Fixture['write'] = ({ bundle, denyList }) => {
    if (bundle !== undefined) writeFileSync(files.client_ca_file, bundle)
    if (denyList !== undefined) writeFileSync(files.deny_list_file, JSON.stringify(denyList))
  }
  write({ bundle: root.certificate, denyList: [] })
  const api = await startApi(t, { tools: [pretended, 'tf-other'], pods, config: { listener: files } })
  const peers: Peer[] = []
  t.teardown(() => {
    for (const { socket } of peers) socket.destroy()
    rmSync(folder, { recursive: true })
  })
  return {
    api,
    root,
    write,
    async connect(options) {
      const peer = await openPeer({ port: api.address.port, ca: api.ca, ...options })
      peers.push(peer)
      return peer
    },
    leaf: forgery => forge({ issuer: root, subject: [{ O: ['toolforge'] }, { CN: [pretended] }], ...forgery }),
  }
}

/** The one shape of a refusal, with its reason. */
function checkRefusal(t: Test, { reply, name, status, reason }: Refusal): void {
  const code = status === 401 ? 'not_verified' : 'not_allowed'
  const body = JSON.parse(reply.text)
  t.equal(reply.status, status, `${name}: ${reply.text}`)
  t.match(body, { error: [reason ?? /./], code, request_id: /^[0-9a-f-]{36}$/ }, name)
  t.strictSame([body.error.length, body.request_id], [1, reply.headers['x-request-id']], name)
}

interface Refusal {
  reply: PeerReply
  name: string
  status: 401 | 403
  reason: RegExp | undefined
}

const job = JSON.stringify({ name: 'hostile', cmd: 'true', imagename: 'bookworm' })
const create = `POST ${jobs} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${job.length}\r\n\r\n${job}`

t.test('every hostile certificate gets its answer over real TLS, and reaches no handler', async t => {
  const { api, root, connect } = await start(t)
  for (const { name, pair, answer, reason, bytesOnly } of await hostileCertificates(root, rootName, Date.now())) {
    if (bytesOnly) continue
    if (answer === 'ends') {
      await t.rejects(
        connect({ pair }).then(peer => peer.get(jobs)),
        name,
      )
      continue
    }
    const peer = await connect({ pair })
    const reply = await peer.get(jobs)
    if (answer === 200) t.equal(reply.status, 200, `${name}: ${reply.text}`)
    else {
      checkRefusal(t, { reply, name, status: answer, reason })
      peer.send(create)
      t.match(await peer.sees('request_id'), new RegExp(`^HTTP/1.1 ${answer} `), `${name}: to create`)
    }
    peer.socket.destroy()
  }
  const list = await api.admin.call('GET', '/apis/batch/v1/jobs')
  t.match(list.body, { kind: 'JobList', items: [] })
})

t.test('no header makes a caller, and no other scheme than the certificate is known', async t => {
  const { connect, leaf } = await start(t)
  const headers = [
    'authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
    `authorization: Basic ${Buffer.from(`${pretended}:x`).toString('base64')}`,
    `ssl-client-subject-dn: CN=${pretended},O=toolforge`,
    'ssl-client-verify: SUCCESS',
    `x-remote-user: ${pretended}`,
    'x-remote-group: toolforge',
    `x-toolforge-tool: ${pretended}`,
    'x-forwarded-client-cert: By=x;Hash=y;Subject="CN=tf-test,O=toolforge"',
  ]
  const request = `GET ${jobs} HTTP/1.1\r\nhost: localhost\r\n${headers.join('\r\n')}\r\n\r\n`
  const nobody = await connect()
  nobody.send(request)
  t.match(await nobody.sees('request_id'), /^HTTP\/1\.1 401 .*No client certificate/s)
  const other = await connect({ pair: await leaf({ subject: [{ O: ['toolforge'] }, { CN: ['tf-other'] }] }) })
  other.send(request)
  t.match(await other.sees('request_id'), /^HTTP\/1\.1 403 .*"tool_mismatch"/s)
})

t.test('a tool other than that of the path is refused, however the path is written', async t => {
  const { connect, leaf } = await start(t)
  const other = await connect({ pair: await leaf({ subject: [{ O: ['toolforge'] }, { CN: ['tf-other'] }] }) })
  t.equal((await other.get(jobs.replace(pretended, 'tf-other'))).status, 200)
  for (const name of [
    pretended,
    'TF-OTHER',
    'tf-other%00',
    'tf-other%2f..%2ftf-test',
    '..%2ftf-other',
    'tf%2dtest',
    '%74f-test',
  ]) {
    const reply = await other.get(jobs.replace(pretended, name))
    t.match([reply.status, JSON.parse(reply.text)], [403, { code: 'tool_mismatch' }], name)
  }
})

for (const version of versions) {
  t.test(
    `${version}: what was good is refused on the open connection, and on a resumed one, once it is denied or its authority gone`,
    async t => {
      const { api, root, write, connect, leaf } = await start(t)
      const open = await connect({ pair: await leaf(), version })
      t.equal((await open.get(jobs)).status, 200)
      const session = await open.ticket()
      const statusOf = (peer: Peer, status: number) =>
        waitUntil(`the answer ${status}`, async () => (await peer.get(jobs)).status === status)

      write({ denyList: [{ tool: pretended, reason: 'its key is on a public web page' }] })
      await statusOf(open, 403)
      const denied = await connect({ session, version })
      t.equal(denied.socket.isSessionReused(), true)
      for (const peer of [open, denied])
        checkRefusal(t, { reply: await peer.get(jobs), name: 'denied', status: 403, reason: /public web page/ })
      write({ denyList: [] })
      await statusOf(open, 200)
      t.equal((await denied.get(jobs)).status, 200)

      write({ bundle: api.ca })
      await statusOf(open, 401)
      const late = await connect({ session, version })
      t.equal(late.socket.isSessionReused(), false)
      t.equal((await late.get(jobs)).status, 401)
      write({ bundle: api.ca + root.certificate })
      await statusOf(open, 200)
      t.equal((await api.as(pretended).call('GET', jobs)).status, 200, 'during the rotation both are believed')
    },
  )

  t.test(
    `${version}: what was good is refused on the open connection, and on a resumed one, once it has expired`,
    async t => {
      const { connect, leaf } = await start(t)
      const open = await connect({ pair: await leaf({ notAfter: Date.now() + 6000 }), version })
      t.equal((await open.get(jobs)).status, 200)
      const session = await open.ticket()
      await waitUntil('the end of its life', async () => (await open.get(jobs)).status === 401)
      const late = await connect({ session, version })
      t.equal(late.socket.isSessionReused(), true)
      for (const peer of [open, late])
        checkRefusal(t, { reply: await peer.get(jobs), name: 'expired', status: 401, reason: /expired on \d{4}-/ })
    },
  )
}

t.test('an open log stream ends when its tool is denied', async t => {
  const { write, connect, leaf } = await start(t, 'processes')
  const pair = await leaf()
  const control = await connect({ pair })
  const loop = JSON.stringify({
    name: 'loop',
    cmd: 'while :; do echo tick; sleep 0.1; done',
    imagename: 'bookworm',
    filelog: false,
  })
  control.send(
    `POST ${jobs} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${loop.length}\r\n\r\n${loop}`,
  )
  t.match(await control.sees('"messages"'), /^HTTP\/1\.1 2/)
  await waitUntil('the job to run', async () => (await control.get(`${jobs}/loop`)).text.includes('"Running'))
  const stream = await connect({ pair })
  stream.send(`GET ${jobs}/loop/logs?follow=true HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await stream.sees('tick')
  write({ denyList: [{ tool: pretended, reason: 'test' }] })
  t.match(await stream.closed(), /^HTTP\/1\.1 200 .*tick/s)
  t.equal((await control.get(jobs)).status, 403)
})
