import t from 'tap'
import { clusterRoleBindings } from '../../../../src/sandbox/kinds/cluster-role-binding.ts'
import { roleBindings } from '../../../../src/sandbox/kinds/role-binding.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

t.test('a binding names one role for good', async t => {
  const { store } = createTestStore()
  const roleRef = { kind: 'Role', name: 'r' }
  const subjects = [
    { kind: 'User', name: 'x' },
    { kind: 'Group', name: 'g' },
  ]
  const apiGroup = 'rbac.authorization.k8s.io'
  t.match(store.create(roleBindings, newOf(roleBindings, 'b', { roleRef, subjects })), {
    roleRef: { apiGroup },
    subjects: [{ apiGroup }, { apiGroup }],
  })
  t.ok(store.update(roleBindings, newOf(roleBindings, 'b', { roleRef, subjects: [] })))
  t.match(
    refusalOf(() => store.update(roleBindings, newOf(roleBindings, 'b', { roleRef: { kind: 'Role', name: 'other' } })))
      .message,
    'cannot change roleRef',
  )
})

t.test('what is bound must be a role, and those bound have names', async t => {
  const { store } = createTestStore()
  const refused = (fields: Record<string, unknown>) =>
    refusalOf(() => store.create(roleBindings, newOf(roleBindings, 'b', fields))).message
  t.match(refused({ roleRef: {} }), 'roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"')
  t.match(refused({ roleRef: {} }), 'roleRef.name: Required value')
  t.match(refused({ roleRef: { apiGroup: 'x', kind: 'Role', name: 'r' } }), 'roleRef.apiGroup: Unsupported value: "x"')
  t.match(
    refused({ roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'Bar' }] }),
    'subjects[0].name: Required value',
  )
  const cluster = newOf(clusterRoleBindings, 'b', { roleRef: { kind: 'Role', name: 'r' } })
  t.match(refusalOf(() => store.create(clusterRoleBindings, cluster)).message, 'supported values: "ClusterRole"')
})
