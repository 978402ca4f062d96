import t from 'tap'
import { createChangeDetector } from '../../../src/directory/change-detector.ts'
import { generalizedTime } from '../../../src/directory/generalized-time.ts'
import type { LdapEntry } from '../../../src/directory/ldap-connection.ts'

const noon = Date.UTC(2026, 10, 22, 12)
const entry = (dn: string, time: number, values: Record<string, string[]> = {}): LdapEntry => ({
  dn,
  values: new Map(Object.entries({ ...values, modifytimestamp: [generalizedTime(time)] })),
})

t.test('asks for all at first, then from a little before the newest change', async t => {
  const detector = createChangeDetector()
  t.equal(detector.since(noon), undefined)
  t.equal(detector.look([entry('a', noon - 60_000), entry('b', noon - 90_000)]), false)
  t.equal(detector.since(noon), generalizedTime(noon - 70_000))
})

t.test('what was seen is no news; a later time or another content is', async t => {
  const detector = createChangeDetector()
  const before = [entry('a', noon), entry('b', noon, { uid: ['1'] })]
  detector.look(before)
  t.equal(detector.look(before.toReversed()), false)
  t.equal(detector.look([entry('a', noon), entry('b', noon, { uid: ['2'] })]), true, 'twice in a second')
  t.equal(detector.look([entry('a', noon), entry('b', noon, { uid: ['2'] })]), false)
  t.equal(detector.look([entry('b', noon, { uid: ['2'] })]), false, 'one that went')
  t.equal(detector.look([entry('a', noon + 1000)]), true)
  t.equal(detector.look([entry('a', noon + 1000), entry('c', noon - 5000)]), true, 'late from another server')
  t.equal(detector.look([entry('a', noon + 1000), entry('c', noon - 5000, {})]), false)
})

t.test('the order of values says nothing', async t => {
  const detector = createChangeDetector()
  detector.look([entry('g', noon, { member: ['a', 'b'] })])
  t.equal(detector.look([entry('g', noon, { member: ['b', 'a'] })]), false)
  t.equal(detector.look([entry('g', noon, { member: ['b'] })]), true)
})

t.test('times that are to come do not make it blind', async t => {
  const detector = createChangeDetector()
  const future = entry('a', noon + 10 * 365 * 86_400_000)
  detector.look([future])
  t.equal(detector.since(noon), generalizedTime(noon - 10_000))
  t.equal(detector.look([future]), false)
  t.equal(detector.look([future, entry('b', noon)]), true)
})

t.test('the first entry of an empty directory is news, and after it there is a newest', async t => {
  const detector = createChangeDetector()
  t.equal(detector.look([]), false)
  t.equal(detector.since(noon), undefined)
  t.equal(detector.look([entry('a', noon)]), true)
  t.equal(detector.since(noon), generalizedTime(noon - 10_000))
})

t.test('says when entries do not tell their times', async t => {
  const detector = createChangeDetector()
  detector.look([{ dn: 'a', values: new Map([['uid', ['1']]]) }])
  t.equal(detector.sees, false)
  const seeing = createChangeDetector()
  seeing.look([entry('a', noon)])
  t.equal(seeing.sees, true)
})
