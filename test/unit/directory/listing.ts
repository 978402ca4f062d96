import fc from 'fast-check'
import t from 'tap'
import {
  comparable,
  type Found,
  type FoundAccount,
  isValidName,
  listingOf,
  numberOf,
} from '../../../src/directory/listing.ts'

const rules = { minUid: 1000 }
const account = (name: string, uid?: number | string, more: Partial<FoundAccount> = {}): FoundAccount => ({
  name,
  uid: uid === undefined ? undefined : String(uid),
  place: `entry ${name}`,
  ...more,
})
const list = (tools: FoundAccount[], administrators: FoundAccount[] = [], more = {}) =>
  listingOf({ tools, administrators }, { ...rules, ...more })
const reasonOf = (only: FoundAccount): string => list([only]).skipped[0]?.reason ?? 'not skipped'

t.test('accounts that are all right are listed by name', async t => {
  t.strictSame(list([account('b', 5002), account('a', 5001, { disabled: 'it is locked' })], [account('p', 2000)]), {
    tools: [
      { name: 'a', uid: 5001, disabled: 'it is locked' },
      { name: 'b', uid: 5002 },
    ],
    administrators: [{ name: 'p', uid: 2000 }],
    skipped: [],
  })
  t.strictSame(list([]), { tools: [], administrators: [], skipped: [] })
})

t.test('what cannot be a name is skipped; one that is only written otherwise holds the name', async t => {
  for (const name of ['a_b', '-a', 'a-', 'a.b', 'a b', 'ä', 'a'.repeat(54), 'a/../b', 'a\nb']) {
    t.match(reasonOf(account(name, 5000)), /cannot be a name: 1 to 53 lower-case/, name)
    t.notMatch(list([account(name, 5000)]).skipped[0]?.name, /[^\x20-\x7e]/)
  }
  for (const name of ['Foo', ' foo', 'FOO ']) t.equal(list([account(name, 5000)]).skipped[0]?.name, 'foo')
  t.match(list([account('', 5000, { place: 'uid=x,dc=y' })]).skipped, [
    { name: 'uid=x,dc=y', reason: 'it has no name' },
  ])
})

t.test('uids must be numbers of ordinary accounts', async t => {
  t.equal(reasonOf(account('a')), 'it has no uid')
  for (const uid of ['', 'x', '-1', '1e3', '0x400', '01000', '1000.0', ' 1000', 2 ** 31, 2 ** 32 - 1, 99_999_999_999])
    t.match(reasonOf(account('a', uid)), /is no number up to 2147483647/, String(uid))
  t.equal(reasonOf(account('a', 999)), 'its uid 999 is below 1000, where the accounts of the system are')
  t.equal(reasonOf(account('a', 0)), 'its uid 0 is below 1000, where the accounts of the system are')
  for (const uid of [65_534, 65_535]) t.match(reasonOf(account('a', uid)), /files without an owner/)
  for (const uid of [1000, 65_533, 65_536, 2 ** 31 - 1]) t.equal(list([account('a', uid)]).tools[0]?.uid, uid)
})

t.test('of two with one name none is taken, and the reason says where both are', async t => {
  const { tools, skipped } = list([account('a', 5001, { place: 'line 1' }), account('a', 5002, { place: 'line 7' })])
  t.strictSame(tools, [])
  const reason = 'the name is there 2 times: line 1 and line 7'
  t.strictSame(skipped, [
    { name: 'a', reason },
    { name: 'a', reason },
  ])
  const mixed = list([account('a', 5001), account('A', 5002)])
  t.strictSame([mixed.tools, mixed.skipped.map(({ name }) => name)], [[], ['a', 'a']])
})

t.test('of two with one uid none is taken, be they tools or people, unless the uid is the shared one', async t => {
  const found: FoundAccount[] = [account('a', 5001), account('b', 5001)]
  t.strictSame(list(found).skipped, [
    { name: 'a', reason: 'its uid 5001 is also that of b' },
    { name: 'b', reason: 'its uid 5001 is also that of a' },
  ])
  t.equal(list([account('a', 5001)], [account('p', 5001)]).skipped.length, 2)
  t.equal(list(found, [account('p', 5001)], { sharedUid: 5001 }).skipped.length, 0)
  t.equal(list(found, [], { sharedUid: 5002 }).skipped.length, 2)
  const many = ['a', 'b', 'c', 'd', 'e'].map(name => account(name, 5001))
  t.equal(list(many).skipped[0]?.reason, 'its uid 5001 is also that of b, c, d and 1 more')
})

t.test('a tool named like an administrator is skipped, even one who cannot be listed; he stays', async t => {
  const listed = list([account('p', 5001)], [account('p', 2001)])
  t.strictSame([listed.tools, listed.administrators], [[], [{ name: 'p', uid: 2001 }]])
  t.match(listed.skipped, [{ name: 'p', reason: /an administrator has this name/ }])
  t.equal(list([account('p', 5001)], [account('P')]).tools.length, 0)
})

t.test('what was wrong already is told, and that an account is shut off as well', async t => {
  t.equal(reasonOf(account('a', 5001, { trouble: 'it has several names' })), 'it has several names')
  t.equal(reasonOf(account('a', 1, { disabled: 'locked' })).split('; ')[1], 'it is shut off, too: locked')
})

const names = fc.oneof(fc.constantFrom('a', 'b', 'c', 'A', ' b', 'x_y', '', 'é'), fc.string({ maxLength: 60 }))
const uids = fc.oneof(
  fc.integer({ min: 998, max: 1004 }).map(String),
  fc.constantFrom('65534', '2147483648', 'x', '1001 '),
)
const someAccount = fc.record(
  {
    name: names,
    uid: fc.option(uids, { nil: undefined }),
    place: fc.string({ maxLength: 8 }),
    disabled: fc.constantFrom('locked'),
    trouble: fc.constantFrom('odd'),
  },
  { requiredKeys: ['name', 'uid', 'place'] },
)
const someFound = fc.record({
  tools: fc.array(someAccount, { maxLength: 8 }),
  administrators: fc.array(someAccount, { maxLength: 4 }),
})

const counted = (texts: readonly (string | undefined)[]) => [...texts].sort()

t.test('whatever is found: none is lost, names and uids are unique and valid, and order says nothing', async () => {
  fc.assert(
    fc.property(someFound, found => {
      const { tools, administrators, skipped } = listingOf(found, rules)
      const all = [...found.tools, ...found.administrators]
      const names = [...tools, ...administrators].map(({ name }) => name)
      const uids = [...tools, ...administrators].map(({ uid }) => uid)
      const held = counted([...names, ...skipped.map(({ name }) => name)])
      const named = all.filter(({ name }) => isValidName(comparable(name))).map(({ name }) => comparable(name))
      return (
        held.length === all.length &&
        new Set(names).size === names.length &&
        new Set(uids).size === uids.length &&
        names.every(isValidName) &&
        uids.every(uid => uid >= 1000 && uid < 2 ** 31) &&
        tools.every(({ name }) => !administrators.some(person => person.name === name)) &&
        named.every(name => held.includes(name)) &&
        skipped.every(({ reason }) => /^[\x20-\x7e]+$/.test(reason))
      )
    }),
    { numRuns: 2000 },
  )
  const shuffled = someFound.chain(({ tools, administrators }) =>
    fc.record({
      before: fc.constantFrom({ tools, administrators } satisfies Found),
      tools: fc.shuffledSubarray(tools, { minLength: tools.length }),
      administrators: fc.shuffledSubarray(administrators, { minLength: administrators.length }),
    }),
  )
  const essence = (found: Found) => {
    const { tools, administrators, skipped } = listingOf(found, rules)
    return JSON.stringify([tools, administrators, counted(skipped.map(({ name }) => name))])
  }
  fc.assert(
    fc.property(shuffled, ({ before, ...after }) => essence(before) === essence(after)),
    { numRuns: 1000 },
  )
})

t.test('an account that is taken is as it was found', async () => {
  fc.assert(
    fc.property(someFound, found =>
      listingOf(found, rules).tools.every(({ name, uid, disabled }) =>
        found.tools.some(one => one.name === name && numberOf(one.uid) === uid && one.disabled === disabled),
      ),
    ),
    { numRuns: 1000 },
  )
})
