import type { Test } from 'tap'
import { DirectoryError, type Listing } from '../../../src/directory/directory.ts'
import { startRelay } from '../../support/ldap-relay.ts'
import { havePrograms } from '../../support/programs.ts'
import {
  adminGroup,
  groups,
  peopleBase,
  personEntry,
  reader,
  type Slapd,
  startSlapd,
  suffix,
  toolEntry,
  toolLdif,
  toolsBase,
} from '../../support/slapd.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { untilWatched, watch } from './changes.ts'
import { loggedIn, openLdap } from './ldap.ts'

async function read(slapd: Slapd, settings: Record<string, unknown> = {}): Promise<Listing> {
  const directory = openLdap({ ...loggedIn(slapd), ...settings })
  return directory.read({ signal: new AbortController().signal }).finally(() => directory.close())
}

const dnOf = (name: string) => `uid=tools.${name},${toolsBase}`
const personDn = (name: string) => `uid=${name},${peopleBase}`

async function tools(t: Test) {
  const slapd = await startSlapd(t, { entries: toolLdif('foo', 5001) })
  await slapd.add(personDn('pat'), personEntry('pat', 2001))
  await slapd.replace(adminGroup, 'member', [personDn('pat')])

  await t.test(
    'of a tool the name behind the project counts, whatever its case; other projects are left alone',
    async t => {
      await slapd.replace(dnOf('foo'), 'cn', ['Tools.foo', 'Foo, the tool'])
      await slapd.add(`uid=other.bar,${toolsBase}`, { ...toolEntry('bar', 5002), cn: 'other.bar' })
      t.strictSame(await read(slapd), {
        tools: [{ name: 'foo', uid: 5001 }],
        administrators: [{ name: 'pat', uid: 2001 }],
        skipped: [],
      })
      const other = await read(slapd, { project: 'other', administrators: { filter: '' } })
      t.strictSame(other, { tools: [{ name: 'bar', uid: 5002 }], administrators: [], skipped: [] })
    },
  )

  await t.test('an entry with several names or without a uid is skipped under each of its names', async t => {
    await slapd.replace(dnOf('foo'), 'cn', ['tools.foo', 'tools.baz'])
    await slapd.add(`uid=none,${toolsBase}`, { objectClass: 'inetOrgPerson', cn: 'tools.none', sn: 'x', uid: 'none' })
    const { tools, skipped } = await read(slapd, { tools: { filter: '(cn=tools.*)' } })
    t.strictSame(tools, [])
    t.match(skipped, [
      { name: 'baz', reason: /several names/ },
      { name: 'foo', reason: /several names/ },
      { name: 'none', reason: 'it has no uid' },
    ])
    await slapd.replace(dnOf('foo'), 'cn', ['tools.foo'])
  })

  await t.test(
    'a lock and a policy of its own shut a tool off, and other attributes where the settings say so',
    async t => {
      const disabled = async (settings = {}) => (await read(slapd, settings)).tools[0]?.disabled
      t.equal(await disabled(), undefined)
      await slapd.replace(dnOf('foo'), 'pwdAccountLockedTime', ['000001010000Z'])
      t.equal(await disabled(), 'its pwdAccountLockedTime is 000001010000Z')
      await slapd.replace(dnOf('foo'), 'pwdAccountLockedTime', [])
      await slapd.replace(dnOf('foo'), 'pwdPolicySubentry', [`cn=disabled,ou=ppolicies,${suffix}`])
      t.match(await disabled(), 'its pwdPolicySubentry is cn=disabled')
      t.equal(await disabled({ disabled: ['title'] }), undefined)
      await slapd.replace(dnOf('foo'), 'pwdPolicySubentry', [])
      t.equal(await disabled(), undefined)
      await slapd.replace(dnOf('foo'), 'title', ['x'])
      t.equal(await disabled({ disabled: ['TITLE'] }), 'its TITLE is x')
    },
  )

  await t.test('a tree that is not there is an error, not an empty listing', async t => {
    await t.rejects(read(slapd, { tools: { base: `ou=none,${suffix}` } }), /below "ou=none.*: there is no such entry/)
    await t.rejects(read(slapd, { tools: { base: 'nonsense' } }), /no name of an entry/)
    await t.rejects(read(slapd, { administrators: { filter: '(cn=none)' } }), /the administrators' group is not there/)
    await t.rejects(read(slapd, { administrators: { filter: '(ou=*)' } }), /group is there 2 times/)
  })

  await t.test('a part of the tree that is on another server is an error', async t => {
    const dn = `ou=elsewhere,${toolsBase}`
    const objectClass = ['referral', 'extensibleObject']
    await slapd.add(dn, { objectClass, ou: 'elsewhere', ref: `ldap://other.example/${dn}` })
    await t.rejects(read(slapd), /part of it is on another server, ldap:\/\/other.example/)
    await t.rejects(read(slapd, { tools: { base: dn } }), /refers to another one/)
  })
}

async function administrators(t: Test) {
  const slapd = await startSlapd(t)
  const members = async (...dns: string[]) => slapd.replace(adminGroup, 'member', dns)

  await t.test('members are found whatever their entries are called, and those without one are skipped', async t => {
    await slapd.add(`ou=we\\, the \\"odd\\"+l=x,${suffix}`, {
      objectClass: 'organizationalUnit',
      ou: 'we, the "odd"',
      l: 'x',
    })
    const odd = `cn=a*\\2Bb)(uid\\3D*+uid=odd,ou=we\\, the \\"odd\\"+l=x,${suffix}`
    await slapd.add(odd, { ...personEntry('odd', 2001), cn: 'a*+b)(uid=*' })
    await slapd.add(personDn('pat'), personEntry('pat', 2002))
    await slapd.add(personDn('kim'), personEntry('kim', 2003))
    await slapd.add(personDn('bystander'), personEntry('bystander', 2004))
    await slapd.add(dnOf('foo'), toolEntry('foo', 5001))
    await members(odd, `UID = Pat , ${peopleBase}`, personDn('gone'), dnOf('foo'), `uid=x,ou=gone,${suffix}`)
    t.match(await read(slapd), {
      tools: [],
      administrators: [
        { name: 'odd', uid: 2001 },
        { name: 'pat', uid: 2002 },
      ],
      skipped: [
        { name: 'foo', reason: /uid 5001 is also that of tools.foo/ },
        { name: 'gone', reason: /no entry that can be read/ },
        { name: 'tools.foo', reason: /cannot be a name/ },
        { name: 'x', reason: /no entry that can be read/ },
      ],
    })
  })

  await t.test('a locked person is shut off, and many are found in few searches', async t => {
    const names = Array.from({ length: 120 }, (_, at) => `p${String(at).padStart(3, '0')}`)
    for (const [at, name] of names.entries()) await slapd.add(personDn(name), personEntry(name, 3000 + at))
    await slapd.replace(personDn('p007'), 'pwdAccountLockedTime', ['000001010000Z'])
    await members(...names.map(personDn))
    const { administrators, skipped } = await read(slapd)
    t.strictSame(
      administrators.map(({ name }) => name),
      names,
    )
    t.strictSame(
      administrators.filter(({ disabled }) => disabled !== undefined).map(({ uid }) => uid),
      [3007],
    )
    t.strictSame(skipped, [])
  })
}

async function sizes(t: Test) {
  const entries = Array.from({ length: 1500 }, (_, at) => toolLdif(`t${at}`, 10_000 + at)).join('')
  const limit = `limits dn.exact="${reader.dn}" size=unlimited`
  const anonymous = 'limits anonymous size.soft=1000 size.hard=1000 size.prtotal=1000'
  const slapd = await startSlapd(t, { entries, settings: [limit, anonymous] })
  await slapd.add(personDn('pat'), personEntry('pat', 2001))
  await slapd.replace(adminGroup, 'member', [personDn('pat')])
  const nobody = {
    servers: [`ldap://127.0.0.1:${slapd.port}`],
    tls: 'none',
    bind_dn: undefined,
    password_file: undefined,
  }

  await t.test('a directory of many pages is read whole, whatever the size of a page', async t => {
    for (const page of [7, 499, 500, 501, 1500, 2000]) t.equal((await read(slapd, { page })).tools.length, 1500)
    await slapd.add(dnOf('one-more'), toolEntry('one-more', 5001))
    t.equal((await read(slapd)).tools.length, 1501)
    await slapd.remove(dnOf('one-more'))
  })

  await t.test("neither the server's limit nor ours gives a part of it", async t => {
    await t.rejects(read(slapd, nobody), /more entries than the server gives to this login/)
    await t.rejects(read(slapd, { max_entries: 1499 }), /there are more than 1499/)
    t.equal((await read(slapd, { max_entries: 1500 })).tools.length, 1500)
  })

  await t.test('a connection that is cut or falls silent, wherever, is an error', async t => {
    for (const rest of ['cut', 'silence'] as const) {
      for (const passes of [1, 20, 300, 5000, 40_000, 41_234, 150_000]) {
        const port = await startRelay(t, slapd.port, { passes, rest })
        const servers = [`ldap://127.0.0.1:${port}`]
        const settings = { tls: 'none', ca_file: undefined, connect_ms: 500, search_ms: 500, page: 100 }
        await t.rejects(read(slapd, { ...settings, servers }), DirectoryError, `${rest} after ${passes}`)
      }
    }
  })

  await t.test('a read that takes too long as a whole is an error', async t => {
    await t.rejects(read(slapd, { read_ms: 30, page: 1 }), /could not be read within 30 ms/)
  })
}

async function changes(t: Test) {
  const slapd = await startSlapd(t, { entries: toolLdif('foo', 5001) + toolLdif('bar', 5002) })
  await slapd.add(personDn('pat'), personEntry('pat', 2001))
  await slapd.replace(adminGroup, 'member', [personDn('pat')])
  const directory = openLdap({ ...loggedIn(slapd), poll_s: 2 })
  t.teardown(() => directory.close())
  const watched = watch(t, directory)
  await untilWatched(watched, times => slapd.replace(dnOf('foo'), 'title', [String(times)]))
  const seen = async (what: string, change: () => Promise<void>) => {
    const before = watched.told()
    await change()
    await waitUntil(what, () => watched.told() > before, 3)
    t.pass(what)
  }

  await t.test(
    'a new name, a lock and the end of it are seen, of a person as well, and twice in a second',
    async () => {
      await seen('a lock', () => slapd.replace(dnOf('foo'), 'pwdAccountLockedTime', ['000001010000Z']))
      await seen('its end', () => slapd.replace(dnOf('foo'), 'pwdAccountLockedTime', []))
      await seen('a new name', async () => {
        await slapd.rename(dnOf('foo'), dnOf('new'))
        await slapd.replace(dnOf('new'), 'cn', ['tools.new'])
      })
      await seen('a locked person', () => slapd.replace(personDn('pat'), 'pwdAccountLockedTime', ['000001010000Z']))
      await seen('an entry with an old time', () => slapd.add(dnOf('late'), toolEntry('late', 5003)))
      await seen('a person less', () => slapd.replace(adminGroup, 'member', [`uid=none,${groups}`]))
    },
  )
}

/** What entries mean. */
export async function ldapEntries(t: Test) {
  if (!havePrograms(t, 'slapd')) return
  for (const suite of [tools, administrators, sizes, changes]) await t.test(suite.name, suite)
}
