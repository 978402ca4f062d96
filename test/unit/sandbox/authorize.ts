import t from 'tap'
import {
  type Attributes,
  attributesOf,
  createAuthorizer,
  type ResourceAttributes,
  refuse,
} from '../../../src/sandbox/authorize.ts'
import { clusterRoles } from '../../../src/sandbox/kinds/cluster-role.ts'
import { clusterRoleBindings } from '../../../src/sandbox/kinds/cluster-role-binding.ts'
import { type Rule, roles } from '../../../src/sandbox/kinds/role.ts'
import { roleBindings } from '../../../src/sandbox/kinds/role-binding.ts'
import { readTarget } from '../../../src/sandbox/target.ts'
import { createTestStore, newOf } from '../../support/store.ts'

const user = { name: 'tf-a', groups: ['toolforge', 'system:authenticated'] }
const everyone = [{ kind: 'User', name: 'tf-a' }]

const attributes = (fields: Partial<ResourceAttributes>): ResourceAttributes => ({
  verb: 'list',
  group: 'batch',
  plural: 'jobs',
  subresource: '',
  namespace: 'ns',
  name: '',
  ...fields,
})

/** What the user may do who is bound to one role with these rules. */
function bound(rules: Rule[], { cluster = false, subjects = everyone } = {}) {
  const { store } = createTestStore()
  const [role, binding] = cluster ? [clusterRoles, clusterRoleBindings] : [roles, roleBindings]
  store.create(role, newOf(role, 'r', { rules }))
  store.create(binding, newOf(binding, 'b', { roleRef: { kind: role.kind, name: 'r' }, subjects }))
  const authorizer = createAuthorizer(store)
  return (fields: Partial<ResourceAttributes>) => authorizer.decide(user, attributes(fields)).allowed
}

const jobs: Rule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['list', 'get'] }

t.test('a role gives what its rules say, where it is bound', async t => {
  const may = bound([jobs])
  t.ok(may({}))
  t.ok(may({ verb: 'get', name: 'x' }))
  t.notOk(may({ verb: 'create' }))
  t.notOk(may({ group: '' }))
  t.notOk(may({ plural: 'cronjobs' }))
  t.notOk(may({ subresource: 'status' }))
  t.notOk(may({ namespace: 'other' }))
  t.notOk(may({ namespace: '' }), 'in all namespaces')
})

t.test('bound for the cluster it counts everywhere', async t => {
  const may = bound([jobs], { cluster: true })
  t.ok(may({ namespace: 'other' }) && may({ namespace: '' }))
})

t.test('names, subresources and stars', async t => {
  t.ok(bound([{ ...jobs, resourceNames: ['x'] }])({ verb: 'get', name: 'x' }))
  t.notOk(bound([{ ...jobs, resourceNames: ['x'] }])({ verb: 'get', name: 'y' }))
  t.notOk(bound([{ ...jobs, resourceNames: ['x'] }])({}))
  t.ok(bound([{ ...jobs, resources: ['jobs/status'] }])({ subresource: 'status' }))
  t.notOk(bound([{ ...jobs, resources: ['jobs/status'] }])({}))
  t.ok(bound([{ ...jobs, resources: ['*/status'] }])({ subresource: 'status' }))
  t.ok(
    bound([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])({ verb: 'foo', plural: 'bar', subresource: 'baz' }),
  )
})

t.test('a subject is meant by its name or a group of it', async t => {
  const may = (kind: string, name: string) => bound([jobs], { subjects: [{ kind, name }] })({})
  t.ok(may('Group', 'toolforge'))
  t.notOk(may('Group', 'tf-a'))
  t.notOk(may('User', 'toolforge'))
  t.notOk(may('ServiceAccount', 'tf-a'))
})

t.test('a service account is meant by its name and its namespace, which may be that of the binding', async t => {
  const { store } = createTestStore()
  store.create(clusterRoles, newOf(clusterRoles, 'r', { rules: [jobs] }))
  const roleRef = { kind: 'ClusterRole', name: 'r' }
  const subjects = [
    { kind: 'ServiceAccount', name: 'near' },
    { kind: 'ServiceAccount', name: 'far', namespace: 'b' },
  ]
  store.create(roleBindings, newOf(roleBindings, 'b', { roleRef, subjects }))
  const authorizer = createAuthorizer(store)
  const decide = (name: string) =>
    authorizer.decide({ name: `system:serviceaccount:${name}`, groups: [] }, attributes({}))
  t.equal(
    decide('ns:near').reason,
    'RBAC: allowed by RoleBinding "b/ns" of ClusterRole "r" to ServiceAccount "near/ns"',
  )
  t.equal(decide('b:far').reason, 'RBAC: allowed by RoleBinding "b/ns" of ClusterRole "r" to ServiceAccount "far/b"')
  for (const other of ['b:near', 'ns:far', 'ns:nea', 'ns:']) t.notOk(decide(other).allowed, other)
  store.create(clusterRoleBindings, newOf(clusterRoleBindings, 'b', { roleRef, subjects }))
  t.ok(decide('b:far').allowed)
  t.notOk(decide('b:near').allowed, 'a binding of the cluster has no namespace of its own')
})

t.test('all that somebody may do can be listed', async t => {
  const { store } = createTestStore()
  const pods: Rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }
  store.create(clusterRoles, newOf(clusterRoles, 'wide', { rules: [pods] }))
  store.create(roles, newOf(roles, 'local', { rules: [jobs] }))
  const bind = (kind: typeof roleBindings | typeof clusterRoleBindings, refKind: string, name: string) =>
    store.create(kind, newOf(kind, name, { roleRef: { kind: refKind, name }, subjects: everyone }))
  bind(clusterRoleBindings, 'ClusterRole', 'wide')
  bind(roleBindings, 'Role', 'local')
  const authorizer = createAuthorizer(store)
  t.strictSame(authorizer.rulesFor(user, 'ns'), { rules: [pods, jobs], problems: '' })
  t.strictSame(authorizer.rulesFor(user, ''), { rules: [pods], problems: '' })
  t.strictSame(authorizer.rulesFor({ name: 'other', groups: [] }, 'ns'), { rules: [], problems: '' })
  bind(roleBindings, 'Role', 'none')
  t.equal(authorizer.rulesFor(user, 'ns').problems, 'role.rbac.authorization.k8s.io "none" not found')
})

t.test('whoever belongs to system:masters may do all', async t => {
  const authorizer = createAuthorizer(createTestStore().store)
  t.ok(authorizer.decide({ name: 'x', groups: ['system:masters'] }, { verb: 'get', path: '/x' }).allowed)
})

t.test('paths are given one by one, or with all below them', async t => {
  const { store } = createTestStore()
  const rules = [{ nonResourceURLs: ['/version', '/api/*'], verbs: ['get'] }]
  store.create(clusterRoles, newOf(clusterRoles, 'r', { rules }))
  const roleRef = { kind: 'ClusterRole', name: 'r' }
  store.create(clusterRoleBindings, newOf(clusterRoleBindings, 'b', { roleRef, subjects: everyone }))
  const may = (path: string, verb = 'get') => createAuthorizer(store).decide(user, { verb, path }).allowed
  t.ok(may('/version') && may('/api/v1') && may('/api/'))
  t.notOk(may('/versions') || may('/api') || may('/version', 'post'))
})

t.test('a decision says by what it was reached', async t => {
  const { store } = createTestStore()
  store.create(roles, newOf(roles, 'r', { rules: [jobs] }))
  store.create(
    roleBindings,
    newOf(roleBindings, 'b', {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'Group', name: 'toolforge' }],
    }),
  )
  const authorizer = createAuthorizer(store)
  t.strictSame(authorizer.decide(user, attributes({})), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "b/ns" of Role "r" to Group "toolforge"',
  })
  store.remove(roles, { namespace: 'ns', name: 'r' })
  t.strictSame(authorizer.decide(user, attributes({})), {
    allowed: false,
    reason: 'RBAC: role.rbac.authorization.k8s.io "r" not found',
  })
})

t.test('a refusal has the words of Kubernetes', async t => {
  const message = (given: Attributes, reason = '') => refuse(user, given, reason).message
  const text =
    'jobs.batch is forbidden: User "tf-a" cannot list resource "jobs" in API group "batch" in the namespace "ns"'
  t.equal(message(attributes({})), text)
  t.equal(message(attributes({}), 'RBAC: x'), `${text}: RBAC: x`)
  t.equal(
    message(attributes({ verb: 'get', group: '', plural: 'pods', subresource: 'log', name: 'p' })),
    'pods "p" is forbidden: User "tf-a" cannot get resource "pods/log" in API group "" in the namespace "ns"',
  )
  t.match(message(attributes({ namespace: '' })), 'in API group "batch" at the cluster scope')
  t.equal(message({ verb: 'get', path: '/x' }), 'forbidden: User "tf-a" cannot get path "/x"')
})

t.test('what is asked is read from the request', async t => {
  t.strictSame(attributesOf(readTarget('GET', '/api/v1/namespaces/ns/pods/p/log')), {
    verb: 'get',
    group: '',
    plural: 'pods',
    subresource: 'log',
    namespace: 'ns',
    name: 'p',
  })
  t.strictSame(attributesOf(readTarget('GET', '/version')), { verb: 'get', path: '/version' })
})
