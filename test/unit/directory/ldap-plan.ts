import t from 'tap'
import { ldapConfig } from '../../../src/directory/config.ts'
import { createLdapPlan, ownNames, since } from '../../../src/directory/ldap-plan.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const planOf = (settings: Record<string, unknown>) => createLdapPlan(parseConfig(ldapConfig, JSON.stringify(settings)))

t.test("Toolforge's tree is searched unless something else is said", async t => {
  const { tools, group, attributes } = planOf({})
  t.equal(String(tools.filter), '(&(objectClass=posixAccount)(cn=tools.*))')
  t.equal(String(group?.filter), '(&(objectClass=groupOfNames)(cn=tools.admin))')
  t.equal(tools.base, 'ou=people,ou=servicegroups,dc=wikimedia,dc=org')
  t.equal(group?.base, 'ou=servicegroups,dc=wikimedia,dc=org')
  const locks = ['pwdAccountLockedTime', 'pwdPolicySubentry', 'modifyTimestamp']
  t.strictSame(tools.attributes, ['cn', 'uidNumber', ...locks])
  t.strictSame(attributes, ['uid', 'uidNumber', ...locks])
  t.strictSame(group?.attributes, ['member', 'modifyTimestamp'])
})

t.test('another project, another filter, no administrators', async t => {
  const { tools, group } = planOf({
    project: 'paws',
    tools: { filter: '(|(cn={project}.*)(o={project}))' },
    administrators: { filter: ' ' },
  })
  t.equal(String(tools.filter), '(|(cn=paws.*)(o=paws))')
  t.equal(group, undefined)
})

t.test('a filter that is none is a wrong setting', async t => {
  for (const filter of ['(cn=a', 'cn', '(&(cn=a)', '(cn=a))', '(cn=\\zz)']) {
    t.throws(
      () => planOf({ tools: { filter } }),
      { name: 'ConfigError', message: /^directory.ldap.tools.filter: / },
      filter,
    )
    t.throws(() => planOf({ administrators: { filter } }), /^ConfigError|administrators.filter/, filter)
  }
})

t.test('names in filters are values, whatever is in them', async t => {
  const own = [
    [{ type: 'uid', value: 'a*)(uid=\\b' }],
    [
      { type: 'cn', value: 'ä' },
      { type: 'l', value: '' },
    ],
  ]
  t.equal(String(ownNames(own)), '(|(&(uid=a\\2a\\29\\28uid=\\5cb))(&(cn=ä)(l=)))')
})

t.test('a moment narrows a search, and none leaves it', async t => {
  const { filter } = planOf({}).tools
  t.equal(since(filter, undefined), filter)
  t.equal(String(since(filter, '20261122100000Z')), `(&${filter}(modifyTimestamp>=20261122100000Z))`)
})
