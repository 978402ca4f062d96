import t from 'tap'
import { clusterRoles } from '../../../../src/sandbox/kinds/cluster-role.ts'
import { roles } from '../../../../src/sandbox/kinds/role.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

t.test('a rule says what may be done with what', async t => {
  const { store } = createTestStore()
  const refused = (rule: object) => refusalOf(() => store.create(roles, newOf(roles, 'r', { rules: [rule] }))).message
  t.equal(
    refused({}),
    'Role.rbac.authorization.k8s.io "r" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group, rules[0].resources: Required value: resource rules must supply at least one resource]',
  )
  t.match(refused({ nonResourceURLs: ['/x'], verbs: ['get'] }), 'namespaced rules cannot apply to non-resource URLs')
  t.ok(store.create(roles, newOf(roles, 'a:b')), 'without rules, under any name that is safe in a path')
})

t.test('a role put together from others is not to be had', async t => {
  const { store } = createTestStore()
  const aggregated = newOf(clusterRoles, 'r', { aggregationRule: { clusterRoleSelectors: [] } })
  t.equal(refusalOf(() => store.create(clusterRoles, aggregated)).code, 501)
})

t.test('only the rules of the whole cluster are about paths', async t => {
  const { store } = createTestStore()
  t.ok(store.create(clusterRoles, newOf(clusterRoles, 'r', { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] })))
  t.equal(refusalOf(() => store.create(clusterRoles, newOf(clusterRoles, 'q', { rules: [{}] }))).code, 422)
})
