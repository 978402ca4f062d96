import t from 'tap'
import { escalation } from '../../../../src/sandbox/admission/escalation.ts'
import type { Kind } from '../../../../src/sandbox/kind.ts'
import { clusterRoles } from '../../../../src/sandbox/kinds/cluster-role.ts'
import { clusterRoleBindings } from '../../../../src/sandbox/kinds/cluster-role-binding.ts'
import { configMaps } from '../../../../src/sandbox/kinds/config-map.ts'
import { type Rule, roles } from '../../../../src/sandbox/kinds/role.ts'
import { roleBindings } from '../../../../src/sandbox/kinds/role-binding.ts'
import { createTestStore, found, newOf, refusalOf } from '../../../support/store.ts'

const user = { name: 'u', groups: ['g', 'system:authenticated'] }
const jobs = (...verbs: string[]): Rule => ({ apiGroups: ['batch'], resources: ['jobs'], verbs })
const rbac = (verb: string, resourceNames: string[] = []): Rule => ({
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['roles', 'clusterroles'],
  verbs: [verb],
  resourceNames,
})

/** The user holds these rules in the namespace, and those in the whole cluster. */
function setup(local: Rule[], wide: Rule[] = []) {
  const { store } = createTestStore({ admission: [escalation] })
  const subjects = [{ kind: 'User', name: 'u' }]
  store.create(roles, newOf(roles, 'held', { rules: local }))
  store.create(roleBindings, newOf(roleBindings, 'held', { roleRef: { kind: 'Role', name: 'held' }, subjects }))
  store.create(clusterRoles, newOf(clusterRoles, 'held', { rules: wide }))
  const roleRef = { kind: 'ClusterRole', name: 'held' }
  store.create(clusterRoleBindings, newOf(clusterRoleBindings, 'held', { roleRef, subjects }))
  store.create(clusterRoles, newOf(clusterRoles, 'target', { rules: [jobs('get')] }))
  const make = (kind: Kind, fields: Record<string, unknown>, by = user) =>
    store.create(kind, newOf(kind, 'new', fields), { user: by })
  const bind = (kind: Kind, name = 'target', refKind = 'ClusterRole') =>
    make(kind, { roleRef: { kind: refKind, name }, subjects: [] })
  return { store, make, bind }
}

t.test('a role is made of what its maker holds there', async t => {
  t.ok(setup([jobs('get', 'list')]).make(roles, { rules: [jobs('get')] }))
  t.equal(
    refusalOf(() => setup([jobs('get')]).make(roles, { rules: [jobs('get', 'list')] })).message,
    'roles.rbac.authorization.k8s.io "new" is forbidden: user "u" (groups=["g" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["batch"], Resources:["jobs"], Verbs:["list"]}',
  )
  t.equal(refusalOf(() => setup([jobs('get')]).make(clusterRoles, { rules: [jobs('get')] })).code, 403)
  t.ok(setup([], [jobs('get')]).make(clusterRoles, { rules: [jobs('get')] }))
  t.ok(setup([]).make(roles, { rules: [jobs('*')] }, { name: 'x', groups: ['system:masters'] }))
  t.ok(setup([]).make(configMaps, {}), 'other kinds give no rights')
})

t.test('roles that cannot be found are told of', async t => {
  const { store, make } = setup([])
  store.remove(roles, { namespace: 'ns', name: 'held' })
  t.match(
    refusalOf(() => make(roles, { rules: [jobs('get')] })).message,
    'Verbs:["get"]}; resolution errors: [role.rbac.authorization.k8s.io "held" not found]',
  )
})

t.test('who may escalate need not hold; a new role has no name yet', async t => {
  t.ok(setup([rbac('escalate')]).make(roles, { rules: [jobs('*')] }))
  t.equal(refusalOf(() => setup([rbac('escalate', ['new'])]).make(roles, { rules: [jobs('*')] })).code, 403)
  const { store } = setup([rbac('escalate', ['held'])])
  const role = found(store, roles, 'held')
  t.ok(store.update(roles, { ...role, rules: [jobs('*')] }, { user }))
})

t.test('a change is measured as a whole, but for what holds the object', async t => {
  const { store } = setup([jobs('get')])
  store.create(roles, newOf(roles, 'more', { rules: [jobs('*')] }))
  const more = found(store, roles, 'more')
  const change = (metadata: object) => () =>
    store.update(roles, { ...more, metadata: { ...more.metadata, ...metadata, resourceVersion: '' } }, { user })
  t.equal(refusalOf(change({ labels: { a: 'b' } })).code, 403)
  t.ok(change({ finalizers: ['example.com/x'] })())
  t.ok(change({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }] })())
  t.ok(store.update(roles, { ...found(store, roles, 'held'), rules: [] }, { user }), 'less may always be given')
})

t.test('a binding gives what its role has', async t => {
  t.ok(setup([jobs('get')]).bind(roleBindings))
  t.equal(refusalOf(() => setup([jobs('get')]).bind(clusterRoleBindings)).code, 403)
  t.ok(setup([], [jobs('get')]).bind(clusterRoleBindings))
  t.match(
    refusalOf(() => setup([jobs('list')]).bind(roleBindings)),
    {
      code: 403,
      message:
        /^rolebindings\.rbac\.authorization\.k8s\.io "new" is forbidden: user "u" .*\n\{APIGroups:\["batch"\], Resources:\["jobs"\], Verbs:\["get"\]\}$/s,
    },
  )
  t.match(
    refusalOf(() => setup([]).bind(roleBindings, 'none')),
    {
      code: 404,
      message: 'rolebindings.rbac.authorization.k8s.io "none" not found',
    },
  )
  t.equal(refusalOf(() => setup([]).bind(roleBindings, 'none', 'Other')).code, 500)
  t.ok(setup([]).bind(roleBindings, 'held', 'Role'), 'a role without rules gives nothing')
})

t.test('who may bind a role need not hold what it has', async t => {
  t.ok(setup([rbac('bind', ['target'])]).bind(roleBindings))
  t.equal(refusalOf(() => setup([rbac('bind', ['other'])]).bind(roleBindings)).code, 403)
  t.equal(refusalOf(() => setup([rbac('bind', ['target'])]).bind(clusterRoleBindings)).code, 403)
  t.ok(setup([], [rbac('bind', ['target'])]).bind(clusterRoleBindings))
})
