import t from 'tap'
import { createDiscovery } from '../../../src/sandbox/discovery.ts'
import { kinds } from '../../../src/sandbox/kinds.ts'
import { at, listAt } from '../../support/json.ts'
import { refusalOf } from '../../support/store.ts'

const discover = createDiscovery(kinds)
const body = (path: string): unknown => {
  const reply = discover(path)
  if (typeof reply?.body !== 'string') throw new Error(`nothing at ${path}`)
  return reply.type === 'application/json' ? JSON.parse(reply.body) : reply.body
}

t.test('it is well, and says its version', async t => {
  for (const path of ['/healthz', '/livez', '/readyz']) t.equal(body(path), 'ok', path)
  t.match(body('/version'), { major: '1', minor: '36' })
})

t.test('the groups lead to their resources', async t => {
  t.match(body('/api'), { kind: 'APIVersions', versions: ['v1'] })
  const groups = listAt(body('/apis'), 'groups').map(group => at(group, 'name'))
  t.strictSame(groups, [
    'authentication.k8s.io',
    'authorization.k8s.io',
    'apps',
    'batch',
    'certificates.k8s.io',
    'coordination.k8s.io',
    'networking.k8s.io',
    'rbac.authorization.k8s.io',
  ])
  t.match(body('/apis/batch'), { kind: 'APIGroup', name: 'batch', preferredVersion: { version: 'v1' } })
  const names = listAt(body('/api/v1'), 'resources').map(resource => at(resource, 'name'))
  t.ok(['pods', 'pods/log', 'pods/status', 'configmaps', 'namespaces', 'events'].every(name => names.includes(name)))
  const jobs = listAt(body('/apis/batch/v1/'), 'resources').find(resource => at(resource, 'name') === 'jobs')
  t.match(jobs, {
    singularName: 'job',
    namespaced: true,
    kind: 'Job',
    categories: ['all'],
  })
})

t.test('a scale is of a group of its own', async t => {
  const scale = listAt(body('/apis/apps/v1'), 'resources').find(one => at(one, 'name') === 'deployments/scale')
  t.match(scale, { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] })
})

t.test('a token is made, and of another group; requests for certificates are decided on', async t => {
  const token = listAt(body('/api/v1'), 'resources').find(one => at(one, 'name') === 'serviceaccounts/token')
  t.match(token, { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] })
  const resources = listAt(body('/apis/certificates.k8s.io/v1'), 'resources')
  const approval = resources.find(one => at(one, 'name') === 'certificatesigningrequests/approval')
  t.match(approval, { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] })
})

t.test('of what Kubernetes has besides it says so, of anything else nothing', async t => {
  for (const path of ['/apis/policy', '/apis/policy/v1', '/metrics'])
    t.equal(refusalOf(() => discover(path)).code, 501, path)
  for (const path of ['/foo', '/apis/foo', '/apis/foo/v1', '/', '/constructor'])
    t.equal(discover(path), undefined, path)
})

t.test('kubectl learns that fields are checked here', async t => {
  const paths = at(body('/openapi/v3'), 'paths')
  t.match(paths, { 'apis/batch/v1': { serverRelativeURL: '/openapi/v3/apis/batch/v1' }, 'api/v1': {} })
  const patch = at(
    body('/openapi/v3/apis/batch/v1'),
    'paths',
    '/apis/batch/v1/namespaces/{namespace}/jobs/{name}',
    'patch',
  )
  t.match(patch, { 'x-kubernetes-group-version-kind': { group: 'batch', version: 'v1', kind: 'Job' } })
  t.ok(listAt(patch, 'parameters').some(parameter => at(parameter, 'name') === 'fieldValidation'))
})
