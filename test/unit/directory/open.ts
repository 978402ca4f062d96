import { join } from 'node:path'
import t from 'tap'
import { directoryConfig } from '../../../src/directory/config.ts'
import { createDirectory } from '../../../src/directory/open.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'

const parse = (settings: unknown) => parseConfig(directoryConfig, JSON.stringify(settings))
const open = (settings: unknown) => createDirectory(parse(settings), { clock: systemClock, log: quietLog })
const refused = (message: RegExp) => ({ name: 'ConfigError', message })

t.test('a kind needs its own settings, and no others', async t => {
  t.throws(() => open({}), refused(/directory.ldap.servers: must be set/))
  t.throws(() => open({ kind: 'file' }), refused(/directory.file.path: must be set/))
  t.throws(() => open({ kind: 'nis' }), refused(/kind: must be one of ldap, file/))
  await open({ ldap: { servers: ['ldaps://ldap.example'] } }).close()
  await open({ kind: 'file', file: { path: '/none' } }).close()
})

t.test('servers are addresses without more', async t => {
  for (const url of ['ldap://a', 'ldaps://a:1636', 'ldap://127.0.0.1:389', 'ldaps://[::1]:636', 'ldap://[::1]'])
    await open({ ldap: { servers: [url] } }).close()
  for (const url of [
    'a',
    'http://a',
    'ldap://',
    'ldap://a/',
    'ldap://a/dc=x',
    'ldap://u@a',
    'ldaps://a?x',
    'ldapi://x',
  ])
    t.throws(() => open({ ldap: { servers: [url] } }), refused(/ldap.servers/), url)
  for (const url of ['ldap://a:99999', 'ldap://a:b', 'ldap://[::1', 'ldap://1::2'])
    t.throws(() => open({ ldap: { servers: [url] } }), refused(/directory.ldap.servers: .* is no address/), url)
})

t.test('a login has a name and a password; the password stands in a file', async t => {
  const servers = ['ldaps://a']
  t.throws(() => open({ ldap: { servers, bind_dn: 'cn=a' } }), refused(/both, or neither/))
  t.throws(() => open({ ldap: { servers, password_file: '/a' } }), refused(/both, or neither/))
  t.throws(() => open({ ldap: { servers, password: 'a' } }), refused(/ldap.password: there is no such setting/))
})

t.test('attributes are names of attributes', async t => {
  for (const name of ['a b', 'a)', '', 'a;binary', '1.', '*', '+'])
    t.throws(() => parse({ ldap: { tools: { uid: name } } }), refused(/ldap.tools.uid/), name)
  t.equal(parse({ ldap: { tools: { uid: '1.3.6.1.1.1.1.0' } } }).ldap.tools.uid, '1.3.6.1.1.1.1.0')
})

t.test('the rules of uids come from the settings', async t => {
  const path = join(t.testdir({ 'a.yaml': 'tools:\n- name: a\n- name: b\n- name: c\n  uid: 20\n' }), 'a.yaml')
  const namesOf = async (settings: Record<string, unknown>) => {
    const { tools, skipped } = await open({ kind: 'file', ...settings }).read({ signal: new AbortController().signal })
    return [...tools.map(({ name, uid }) => `${name} ${uid}`), ...skipped.map(({ name }) => `not ${name}`)]
  }
  t.strictSame(await namesOf({ file: { path } }), ['not a', 'not b', 'not c'])
  t.strictSame(await namesOf({ file: { path, default_uid: 1000 } }), ['a 1000', 'b 1000', 'not c'])
  t.strictSame(await namesOf({ min_uid: 0, file: { path, default_uid: 0 } }), ['a 0', 'b 0', 'c 20'])
})
