import t from 'tap'
import { createAuthorizer } from '../../../src/sandbox/authorize.ts'
import { bootstrap } from '../../../src/sandbox/bootstrap.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { roleBindings } from '../../../src/sandbox/kinds/role-binding.ts'
import { createTestStore, newOf } from '../../support/store.ts'

const { store } = createTestStore()
bootstrap(store)
const authorizer = createAuthorizer(store)

t.test('a cluster begins with its namespaces', async t => {
  const names = store.list(namespaces).items.map(({ metadata }) => metadata.name)
  t.strictSame(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'ns'])
})

t.test('the anonymous see that it is well, the known what there is, and what they may do', async t => {
  const may = (groups: string[], path: string) =>
    authorizer.decide({ name: 'x', groups }, { verb: 'get', path }).allowed
  t.ok(may(['system:unauthenticated'], '/healthz'))
  t.notOk(may(['system:unauthenticated'], '/api/v1'))
  t.ok(may(['system:authenticated'], '/apis/batch/v1'))
  t.notOk(may(['system:authenticated'], '/metrics'))
  const review = { verb: 'create', group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews' }
  const attributes = { ...review, subresource: '', namespace: '', name: '' }
  t.ok(authorizer.decide({ name: 'x', groups: ['system:authenticated'] }, attributes).allowed)
  t.notOk(authorizer.decide({ name: 'x', groups: ['system:unauthenticated'] }, attributes).allowed)
})

t.test('the usual roles give what they are named after', async t => {
  for (const name of ['view', 'edit', 'admin']) {
    const subjects = [{ kind: 'User', name }]
    store.create(roleBindings, newOf(roleBindings, name, { roleRef: { kind: 'ClusterRole', name }, subjects }))
  }
  const groups = new Map([
    ['jobs', 'batch'],
    ['roles', 'rbac.authorization.k8s.io'],
    ['leases', 'coordination.k8s.io'],
    ['networkpolicies', 'networking.k8s.io'],
  ])
  const may = (name: string, verb: string, resource: string) => {
    const [plural = '', subresource = ''] = resource.split('/')
    const group = groups.get(plural) ?? ''
    return authorizer.decide({ name, groups: [] }, { verb, group, plural, subresource, namespace: 'ns', name: '' })
      .allowed
  }
  t.ok(may('view', 'list', 'jobs'))
  t.notOk(may('view', 'create', 'jobs'))
  t.ok(may('edit', 'create', 'jobs'))
  t.notOk(may('edit', 'create', 'roles'))
  t.ok(may('admin', 'create', 'roles'))
  t.ok(may('view', 'list', 'networkpolicies') && may('view', 'list', 'serviceaccounts'))
  t.notOk(may('view', 'list', 'secrets') || may('view', 'list', 'leases'))
  t.ok(may('edit', 'list', 'secrets') && may('edit', 'create', 'leases') && may('edit', 'create', 'networkpolicies'))
  t.ok(may('edit', 'create', 'serviceaccounts/token') && may('edit', 'impersonate', 'serviceaccounts'))
  t.notOk(may('view', 'create', 'serviceaccounts/token'))
})
