import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { createSandbox } from '../../../src/sandbox/service.ts'
import { at } from '../../support/json.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { startSandbox } from '../../support/sandbox.ts'
import { newSigningRequest } from '../../support/signing-request.ts'
import { podSpec } from '../../support/store.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('it listens on this machine only', async t => {
  const settings = { client_ca: '', certificate: '', key: '', data_dir: '/nowhere' }
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
    t.throws(() => createSandbox({ ...settings, host }, { clock: systemClock, log: quietLog }), /loopback/, host)
  }
})

t.test('a tool may do what it is bound to, in its own namespace', async t => {
  const { admin, client } = await startSandbox(t)
  const made = async (path: string, body: object) =>
    t.equal((await admin.call('POST', path, { body })).status, 201, path)
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await made('/api/v1/namespaces', { metadata: { name: 'tool-a' } })
  const rules = [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'list', 'watch'] }]
  await made(`${rbac}/clusterroles`, { metadata: { name: 'tool' }, rules })
  const subjects = [{ kind: 'User', name: 'a' }]
  const roleRef = { kind: 'ClusterRole', name: 'tool' }
  await made(`${rbac}/namespaces/tool-a/rolebindings`, { metadata: { name: 'tool' }, roleRef, subjects })
  const tool = await client([{ O: ['toolforge'] }, { CN: ['a'] }])
  t.equal((await tool.call('GET', '/apis/batch/v1/namespaces/tool-a/jobs')).status, 200)
  t.equal((await tool.call('GET', '/apis/batch/v1/namespaces/default/jobs')).status, 403)
  t.equal((await tool.call('GET', '/api/v1/namespaces/tool-a/pods')).status, 403)
})

t.test('who may make roles makes none with rights that he lacks', async t => {
  const { admin, client } = await startSandbox(t)
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
  const subjects = [{ kind: 'User', name: 'poor' }]
  const rules = [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] }]
  await admin.call('POST', `${rbac}/roles`, { body: { metadata: { name: 'r' }, rules } })
  const roleRef = { kind: 'Role', name: 'r' }
  await admin.call('POST', `${rbac}/rolebindings`, { body: { metadata: { name: 'r' }, roleRef, subjects } })
  const poor = await client([{ CN: ['poor'] }])
  const make = (name: string, given: object[]) =>
    poor.call('POST', `${rbac}/roles`, { body: { metadata: { name }, rules: given } })
  t.equal((await make('same', rules)).status, 201)
  t.equal((await make('all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])).status, 403)
})

t.test('a token opens what its account may do, with no certificate at all', async t => {
  const { admin, endpoint } = await startSandbox(t)
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const answer = await admin.call('POST', `${accounts}/default/token`, { body: {} })
  const token = at(answer.body, 'status', 'token')
  const nobody = createRawClient(endpoint)
  t.teardown(nobody.close)
  const call = (authorization: string) => nobody.call('GET', accounts, { headers: { authorization } })
  t.match(
    at((await call(`Bearer ${token}`)).body, 'message'),
    'User "system:serviceaccount:default:default" cannot list',
  )
  t.equal((await call('Bearer x')).status, 401)
})

type Running = Awaited<ReturnType<typeof startSandbox>>

/** Asks for a certificate and approves that; gives its request a moment later. */
async function approved({ admin, control }: Running, name: string): Promise<unknown> {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const { request } = await newSigningRequest({ subject: [{ O: ['toolforge'] }, { CN: ['a'] }] })
  const signerName = 'kubernetes.io/kube-apiserver-client'
  const spec = { request: Buffer.from(request).toString('base64'), signerName, usages: ['client auth'] }
  const made = await admin.call('POST', path, { body: { metadata: { name }, spec } })
  const body = { ...Object(made.body), status: { conditions: [{ type: 'Approved', status: 'True' }] } }
  const reply = await admin.call('PUT', `${path}/${name}/approval`, { body })
  if (reply.status !== 200) throw new Error(reply.text)
  await control.clock.advance(1)
  return (await admin.call('GET', `${path}/${name}`)).body
}

t.test('a year of certificates takes seconds', async t => {
  const running = await startSandbox(t)
  const { admin, control } = running
  await control.clock.stop()
  for (let week = 0; week < 52; week++) {
    const pem = Buffer.from(String(at(await approved(running, `w${week}`), 'status', 'certificate')), 'base64')
    const { now } = (await control.state()).clock
    t.ok(Math.abs(new X509Certificate(pem).validFromDate.getTime() + 300_000 - Date.parse(now)) < 3000)
    await control.clock.advance(7 * 86_400)
  }
  const left = await admin.call('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests')
  t.strictSame(at(left.body, 'items'), [], 'what has been issued is cleaned away')
})

t.test('without the key of the CA nothing is signed, and a key of another is refused', async t => {
  const request = await approved(await startSandbox(t, {}, { signing: false }), 'a')
  t.strictSame(Object.keys(Object(at(request, 'status'))), ['conditions'])
  const other = await createAuthority({ commonName: 'other', notBefore: 0, notAfter: 4e12 })
  await t.rejects(startSandbox(t, { client_ca_key: other.key }), /belongs to the key/)
})

t.test('its parts work together: a job gets its pod, and takes it along', async t => {
  const { admin } = await startSandbox(t)
  const jobs = '/apis/batch/v1/namespaces/default/jobs'
  const pods = '/api/v1/namespaces/default/pods'
  const body = { metadata: { name: 'j' }, spec: { template: { spec: podSpec() } } }
  t.equal((await admin.call('POST', jobs, { body })).status, 201)
  const count = async () => Object(at((await admin.call('GET', pods)).body, 'items')).length
  await waitUntil('the pod', async () => (await count()) === 1)
  t.equal((await admin.call('DELETE', `${jobs}/j?propagationPolicy=Background`)).status, 200)
  await waitUntil('the pod to go', async () => (await count()) === 0)
})

t.test('an open watch does not keep it from stopping, and a new start begins with nothing', async t => {
  const { sandbox, admin, keys, endpoint, address } = await startSandbox(t)
  const configMaps = '/api/v1/namespaces/default/configmaps'
  t.equal((await admin.call('POST', configMaps, { body: { metadata: { name: 'a' } } })).status, 201)
  const stream = await admin.stream(`${configMaps}?watch=true`)
  t.equal(stream.status, 200)
  await sandbox.stop()
  await sandbox.stop()
  stream.close()
  await t.rejects(admin.call('GET', '/version'))
  const again = await sandbox.start()
  t.equal(again.host, address.host)
  const second = createRawClient(
    { ...endpoint, url: again.url },
    await keys([{ O: ['system:masters'] }, { CN: ['admin'] }]),
  )
  t.teardown(() => second.close())
  t.equal((await second.call('GET', `${configMaps}/a`)).status, 404)
})

t.test('Ingresses are served where a port is given for them', async t => {
  const none = await startSandbox(t)
  t.equal(none.address.ingress, undefined)
  const { sandbox, address } = await startSandbox(t, { ingress_port: 0 })
  const { host, port, url } = address.ingress ?? { host: '', port: 0, url: '' }
  t.equal(host, '127.0.0.1')
  t.equal(url, `http://127.0.0.1:${port}`)
  const reply = await fetch(url)
  t.equal(reply.status, 404)
  t.equal(await reply.text(), 'Nothing is published at "127.0.0.1/".\n')
  await sandbox.stop()
  await t.rejects(fetch(url))
})
