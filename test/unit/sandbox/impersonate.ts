import t from 'tap'
import type { Authorizer } from '../../../src/sandbox/authorize.ts'
import { effectiveUser } from '../../../src/sandbox/impersonate.ts'
import { refusalOf } from '../../support/store.ts'

const user = { name: 'admin', groups: ['admins'] }
/** One who may act as the user `x` and the group `g`. */
const authorizer: Pick<Authorizer, 'decide'> = {
  decide: (_user, attributes) => ({
    allowed: attributes.verb === 'impersonate' && 'name' in attributes && ['x', 'g'].includes(attributes.name),
    reason: '',
  }),
}
const as = (headers: Record<string, string>) => effectiveUser(user, name => headers[name], authorizer)

t.test('a request is of its user, or of another whom that one may act as', async t => {
  t.equal(as({}), user)
  t.strictSame(as({ 'impersonate-user': 'x' }), { name: 'x', groups: ['system:authenticated'] })
  t.strictSame(as({ 'impersonate-user': 'x', 'impersonate-group': 'g' }).groups, ['g', 'system:authenticated'])
})

t.test('every name must be allowed', async t => {
  t.equal(
    refusalOf(() => as({ 'impersonate-user': 'y' })).message,
    'users "y" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the cluster scope',
  )
  t.match(
    refusalOf(() => as({ 'impersonate-user': 'x', 'impersonate-group': 'g, system:masters' })).message,
    'groups "system:masters" is forbidden',
  )
})

t.test('a service account is one of a namespace, with the groups of its kind', async t => {
  const name = 'system:serviceaccount:ns:x'
  t.strictSame(as({ 'impersonate-user': name }), {
    name,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  })
  t.strictSame(as({ 'impersonate-user': name, 'impersonate-group': 'g' }).groups, ['g', 'system:authenticated'])
  t.equal(
    refusalOf(() => as({ 'impersonate-user': 'system:serviceaccount:ns:y' })).message,
    'serviceaccounts "y" is forbidden: User "admin" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "ns"',
  )
})

t.test('groups need a user, and uids are not to be had', async t => {
  t.equal(refusalOf(() => as({ 'impersonate-group': 'g' })).code, 400)
  t.equal(refusalOf(() => as({ 'impersonate-user': 'x', 'impersonate-uid': '1' })).code, 501)
})
