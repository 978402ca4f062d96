import t from 'tap'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { createSandbox } from '../../../src/sandbox/service.ts'
import { at } from '../../support/json.ts'
import { createRawClient } from '../../support/raw-client.ts'
import { startSandbox } from '../../support/sandbox.ts'
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

t.test('who may make roles may make any: nobody asks whether he has what he gives', async t => {
  const { admin, client } = await startSandbox(t)
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
  const subjects = [{ kind: 'User', name: 'poor' }]
  const rules = [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] }]
  await admin.call('POST', `${rbac}/roles`, { body: { metadata: { name: 'r' }, rules } })
  const roleRef = { kind: 'Role', name: 'r' }
  await admin.call('POST', `${rbac}/rolebindings`, { body: { metadata: { name: 'r' }, roleRef, subjects } })
  const poor = await client([{ CN: ['poor'] }])
  const all = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  t.equal((await poor.call('POST', `${rbac}/roles`, { body: { metadata: { name: 'all' }, rules: all } })).status, 201)
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
