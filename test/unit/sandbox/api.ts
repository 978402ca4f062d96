import t from 'tap'
import { createLog, quietLog } from '../../../src/platform/log.ts'
import { createApi } from '../../../src/sandbox/api.ts'
import { bootstrap } from '../../../src/sandbox/bootstrap.ts'
import { clusterRoles } from '../../../src/sandbox/kinds/cluster-role.ts'
import { clusterRoleBindings } from '../../../src/sandbox/kinds/cluster-role-binding.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { roleBindings } from '../../../src/sandbox/kinds/role-binding.ts'
import { serviceAccounts } from '../../../src/sandbox/kinds/service-account.ts'
import type { PodLogs } from '../../../src/sandbox/pod-logs.ts'
import { createTokens } from '../../../src/sandbox/tokens.ts'
import { at } from '../../support/json.ts'
import { createTestStore, newOf, podSpec } from '../../support/store.ts'

interface Call {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  groups?: string[]
}

function setup({
  logs = { read: async function* () {} },
  log = quietLog,
}: {
  logs?: PodLogs
  log?: typeof quietLog
} = {}) {
  const { store, clock } = createTestStore()
  const answer = createApi({ store, tokens: createTokens({ store, clock }), logs, clock, log })
  const call = async (url: string, { method = 'GET', headers = {}, body, groups = ['system:masters'] }: Call = {}) => {
    const reply = await answer({
      method,
      url,
      user: { name: 'someone', groups },
      header: name => headers[name],
      body: async () => (body === undefined ? '' : JSON.stringify(body)),
      signal: new AbortController().signal,
    })
    const text = typeof reply.body === 'string' ? reply.body : ''
    return { ...reply, text, json: reply.type === 'application/json' && text !== '' ? JSON.parse(text) : undefined }
  }
  return { store, call }
}

const maps = '/api/v1/namespaces/ns/configmaps'

t.test('an object is made, read, changed and removed', async t => {
  const { call } = setup()
  t.equal((await call(maps, { method: 'POST', body: { metadata: { name: 'a' } } })).code, 201)
  t.equal((await call(`${maps}/a`)).json.metadata.name, 'a')
  const changed = { metadata: { name: 'a' }, data: { x: '1' } }
  t.strictSame((await call(`${maps}/a`, { method: 'PUT', body: changed })).json.data, { x: '1' })
  const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { y: '2' } } }
  t.strictSame((await call(`${maps}/a`, { method: 'PATCH', ...patch })).json.data, { x: '1', y: '2' })
  t.equal((await call(maps)).json.items.length, 1)
  t.equal((await call(`${maps}/a`, { method: 'DELETE' })).json.status, 'Success')
  t.equal((await call(maps, { method: 'DELETE' })).json.kind, 'ConfigMapList')
  t.equal((await call(`${maps}/a`)).code, 404)
})

t.test('nobody learns without a right whether a thing exists', async t => {
  const { call } = setup()
  for (const url of [`${maps}/none`, '/api/v1/namespaces/ns/foos', '/api/v1/namespaces/ns/secrets', '/foo']) {
    t.equal((await call(url, { groups: [] })).code, 403, url)
  }
})

t.test('what Kubernetes has and this has not is 501, what nobody has is 404', async t => {
  const { call } = setup()
  const codes: Record<string, number> = {
    '/apis/apps/v1/namespaces/ns/daemonsets': 501,
    '/apis/apps/v1/namespaces/ns/statefulsets/s': 501,
    '/apis/policy/v1/namespaces/ns/poddisruptionbudgets': 501,
    '/api/v1/namespaces/ns/pods/p/exec': 501,
    '/api/v1/watch/pods': 501,
    '/apis/policy': 501,
    '/apis/batch/v1/namespaces/ns/foos': 404,
    '/apis/batch/v2/namespaces/ns/jobs': 404,
    '/apis/foo/v1/bars': 404,
    '/api/v1/namespaces/ns/pods/p/foo': 404,
    '/api/v1/namespaces/ns/configmaps/c/status': 404,
    '/apis/rbac.authorization.k8s.io/v1/namespaces/ns/clusterroles': 404,
    '/foo': 404,
  }
  for (const [url, code] of Object.entries(codes)) t.equal((await call(url)).code, code, url)
  t.match((await call('/apis/apps/v1/daemonsets')).json, { reason: 'NotImplemented', message: /daemonsets\.apps/ })
  t.equal((await call('/apis/foo/v1/bars')).text, '404 page not found\n')
})

t.test('of workloads that nobody can make there are none', async t => {
  const { call } = setup()
  t.match((await call('/apis/apps/v1/namespaces/ns/statefulsets')).json, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSetList',
    items: [],
  })
  t.match((await call('/api/v1/replicationcontrollers')).json, { apiVersion: 'v1', kind: 'ReplicationControllerList' })
  t.equal((await call('/apis/apps/v1/namespaces/ns/statefulsets', { method: 'POST' })).code, 501)
})

t.test('a method that fits nothing is refused', async t => {
  const { call } = setup()
  const calls: [string, string][] = [
    ['PUT', maps],
    ['PATCH', maps],
    ['POST', `${maps}/a`],
    ['POST', '/api/v1/configmaps'],
    ['DELETE', '/api/v1/configmaps'],
    ['DELETE', '/api/v1/namespaces'],
    ['DELETE', '/api/v1/namespaces/ns/pods/p/log'],
    ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
    ['POST', '/version'],
    ['OPTIONS', maps],
  ]
  for (const [method, url] of calls) t.equal((await call(url, { method, body: {} })).code, 405, `${method} ${url}`)
})

t.test('a part of an object is made, or decided on, where it has such a part', async t => {
  const { store, call } = setup()
  store.create(serviceAccounts, newOf(serviceAccounts, 'a'))
  const account = '/api/v1/namespaces/ns/serviceaccounts/a'
  const token = await call(`${account}/token`, { method: 'POST', body: {} })
  t.equal(token.code, 201)
  t.match(token.json.status.token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
    t.equal((await call(`${account}/token`, { method, body: {} })).code, 405, method)
  const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  for (const part of ['approval', 'status']) {
    t.equal((await call(`${requests}/none/${part}`)).code, 404)
    t.equal((await call(`${requests}/none/${part}`, { method: 'POST', body: {} })).code, 405, part)
  }
  t.equal((await call('/apis/authentication.k8s.io/v1/tokenreviews')).code, 405)
  const review = { method: 'POST', body: { spec: { token: token.json.status.token } } }
  t.ok((await call('/apis/authentication.k8s.io/v1/tokenreviews', review)).json.status.authenticated)
})

t.test('who acts as another is asked what the other may do', async t => {
  const { call } = setup()
  const url = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const body = { spec: { resourceAttributes: { verb: 'list', resource: 'pods' } } }
  const review = { method: 'POST', body }
  t.ok((await call(url, review)).json.status.allowed)
  const { store, call: callBooted } = setup()
  bootstrap(store)
  const headers = { 'impersonate-user': 'poor' }
  t.notOk((await callBooted(url, { ...review, headers })).json.status.allowed)
})

t.test('a kind of namespaces is read in all of them, by the name of its objects', async t => {
  const { store, call } = setup()
  store.create(namespaces, newOf(namespaces, 'other'))
  for (const namespace of ['ns', 'other'])
    for (const name of ['a', 'b'])
      store.create(configMaps, { ...newOf(configMaps, name), metadata: { name, namespace } })
  const names = (json: { items: { metadata: { namespace: string; name: string } }[] }) =>
    json.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const url = '/api/v1/configmaps?fieldSelector=metadata.name%3Da'
  for (const query of ['', '&resourceVersion=0', '&limit=5'])
    t.strictSame(names((await call(`${url}${query}`)).json), ['ns/a', 'other/a'], query)
  t.equal((await call(`${url}&watch=true`)).code, 200)
  t.equal((await call(url, { groups: [] })).code, 403)
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'], resourceNames: ['a'] }]
  store.create(clusterRoles, newOf(clusterRoles, 'r', { rules }))
  const subjects = [{ kind: 'Group', name: 'readers' }]
  const roleRef = { kind: 'ClusterRole', name: 'r' }
  store.create(roleBindings, newOf(roleBindings, 'b', { roleRef, subjects }))
  const groups = ['readers']
  t.equal((await call(url, { groups })).code, 403, 'a binding in a namespace is not enough')
  store.create(clusterRoleBindings, newOf(clusterRoleBindings, 'b', { roleRef, subjects }))
  t.equal((await call(url, { groups })).code, 200)
  t.equal((await call(`${url}&watch=1`, { groups })).code, 200)
  t.equal((await call('/api/v1/configmaps', { groups })).code, 403, 'the right is on one name')
})

t.test('answers are JSON, or tables where they are wanted', async t => {
  const { call } = setup()
  const asking = async (accept: string) => call(maps, { headers: { accept } })
  for (const accept of ['', '*/*', 'application/json', 'application/vnd.kubernetes.protobuf,application/json']) {
    t.equal((await asking(accept)).json.kind, 'ConfigMapList', accept)
  }
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  t.equal((await asking(`${table},application/json`)).json.kind, 'Table')
  t.equal((await asking('text/html')).code, 406)
  t.equal((await asking('application/yaml')).code, 501)
  t.equal((await asking('application/vnd.kubernetes.protobuf')).code, 501)
  t.equal((await asking('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')).code, 501)
})

t.test('a refusal carries its warnings', async t => {
  const { call } = setup()
  const reply = await call(maps, { method: 'POST', body: { foo: 1, metadata: { name: 'A' } } })
  t.equal(reply.code, 422)
  t.strictSame(reply.warnings, ['unknown field "foo"'])
})

t.test('reviews are of the one who asks', async t => {
  const { call } = setup()
  const url = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const body = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } }
  t.equal((await call(url, { method: 'POST', body })).json.status.allowed, true)
  t.equal((await call(url, { method: 'POST', body, groups: [] })).code, 403)
})

t.test('one may act as another with the right to it', async t => {
  const { call } = setup()
  const headers = { 'impersonate-user': 'poor' }
  t.match((await call(maps, { headers })).json.message, 'User "poor" cannot list resource "configmaps"')
  t.match((await call(maps, { headers, groups: [] })).json.message, 'cannot impersonate resource "users"')
})

t.test('logs are streamed', async t => {
  const { store, call } = setup({
    logs: {
      read: async function* () {
        yield Buffer.from('x')
      },
    },
  })
  store.create(pods, newOf(pods, 'p', { spec: { ...podSpec(), nodeName: 'n' } }))
  const reply = await call('/api/v1/namespaces/ns/pods/p/log')
  t.equal(reply.type, 'text/plain')
  t.type(reply.body, 'function')
})

t.test('a failure of ours is an answer, and in the log', async t => {
  const lines: string[] = []
  const log = createLog({ level: 'error', service: 'sandbox' }, { write: (line: string) => void lines.push(line) })
  // biome-ignore lint/correctness/useYield: it fails
  const read = async function* () {
    throw new Error('broken disk')
  }
  const { store, call } = setup({ log, logs: { read } })
  store.create(pods, newOf(pods, 'p', { spec: { ...podSpec(), nodeName: 'n' } }))
  const reply = await call('/api/v1/namespaces/ns/pods/p/log')
  t.equal(reply.code, 500)
  t.match(reply.json, { kind: 'Status', reason: 'InternalError', message: /its log says more/ })
  t.notMatch(reply.text, 'broken disk')
  t.match(lines.join(), 'broken disk')
})

t.test('labels and names of JavaScript are names like others', async t => {
  const { store, call } = setup()
  store.create(configMaps, newOf(configMaps, 'constructor', { data: { constructor: '1', hasOwnProperty: '2' } }))
  t.strictSame((await call(`${maps}/constructor`)).json.data, { constructor: '1', hasOwnProperty: '2' })
  t.equal(at((await call(`${maps}?labelSelector=constructor`)).json, 'items', 0), undefined)
})
