import t from 'tap'
import { ldapConfig } from '../../../src/directory/config.ts'
import { administratorsOf, missingAdministrator, toolsOf } from '../../../src/directory/ldap-accounts.ts'
import type { LdapEntry } from '../../../src/directory/ldap-connection.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const config = parseConfig(ldapConfig, '')
const entry = (values: Record<string, string[]>): LdapEntry => ({
  dn: 'uid=x',
  values: new Map(Object.entries(values)),
})

t.test("a tool's entry gives its name without the project, its uid and its lock", async t => {
  const place = 'uid=x'
  t.strictSame(toolsOf(entry({ cn: ['tools.foo'], uidnumber: ['5001'], pwdaccountlockedtime: [] }), config), [
    { name: 'foo', uid: '5001', place },
  ])
  t.strictSame(toolsOf(entry({ cn: ['TOOLS.foo', 'other'], uidnumber: [] }), config), [
    { name: 'foo', uid: undefined, place },
  ])
  const locked = entry({ cn: ['tools.foo'], pwdpolicysubentry: ['cn=a', 'cn=\u001bb'] })
  t.strictSame(toolsOf(locked, config), [
    { name: 'foo', uid: undefined, place, disabled: 'its pwdPolicySubentry is cn=a cn=?b' },
  ])
})

t.test('an entry without a name, with another, or with several is none that can be taken', async t => {
  t.match(toolsOf(entry({}), config), [{ name: '', trouble: undefined }])
  t.match(toolsOf(entry({ cn: ['foo'] }), config), [{ name: 'foo', trouble: 'its name does not begin with "tools."' }])
  const two = 'its entry has several names: "a", "b"'
  t.match(toolsOf(entry({ cn: ['tools.a', 'x', 'tools.b'] }), config), [
    { name: 'a', trouble: two },
    { name: 'b', trouble: two },
  ])
  t.match(toolsOf(entry({ cn: ['tools.a'], uidnumber: ['1', '2'] }), config), [
    { name: 'a', trouble: 'it has several uids: "1", "2"' },
  ])
})

t.test("a person's entry has the name as it is; a member without one still has the name of its place", async t => {
  t.strictSame(administratorsOf(entry({ uid: ['pat'], uidnumber: ['2001'] }), config), [
    { name: 'pat', uid: '2001', place: 'uid=x' },
  ])
  t.match(administratorsOf(entry({ uid: ['pat', 'kim'] }), config), [{ trouble: /several names/ }, { name: 'kim' }])
  t.match(missingAdministrator('cn=a+uid=Pat,dc=x', config), { name: 'Pat', uid: undefined, trouble: /no entry/ })
  t.match(missingAdministrator('cn=pat,dc=x', config), { name: '', place: 'cn=pat,dc=x' })
  t.match(missingAdministrator('nonsense', config), { name: '', place: 'nonsense' })
})
