import fc from 'fast-check'
import t from 'tap'
import type { Removal } from '../../../../src/kubeusers/plan/actions.ts'
import {
  allowance,
  type Evidence,
  emptyLedger,
  hashOf,
  isCurrent,
  type Ledger,
  ledgerAfter,
  rule,
  spent,
  steadySince,
} from '../../../../src/kubeusers/plan/safety.ts'
import { day, hour, minute, safety, start } from '../../../support/plan-model.ts'

const steady: Ledger = { ...emptyLedger, lastPass: start - minute, steadySince: start - day }
const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  now: start,
  clusterNow: start,
  listed: 1000,
  served: 1000,
  missing: 0,
  newlyDisabled: 0,
  unreadable: 0,
  homeless: 0,
  removedLately: 0,
  ...more,
})
const ruled = (more: Partial<Evidence> = {}, ledger: Ledger = steady) => rule(evidence(more), ledger, safety)

t.test('so many removals need nobody: three, or a hundredth', async t => {
  const rows = [0, 3, 1, 3, 399, 3, 400, 4, 3000, 30, 3099, 30]
  for (let at = 0; at < rows.length; at += 2) t.equal(allowance(safety, rows[at] ?? 0), rows[at + 1])
})

t.test('nothing is wrong with a pass as any other', async t => {
  const fine = { frozen: [], unsteady: [], doubts: [], disabledWait: false, mayMakeHomesAgain: true }
  t.strictSame(ruled(), fine)
  t.strictSame(ruled({ missing: 100, newlyDisabled: 250, unreadable: 50, homeless: 50 }), fine)
  t.strictSame(ruled({ clusterNow: start - safety.skew }), fine)
  t.strictSame(ruled({ clusterNow: start + safety.skew }), fine)
  t.strictSame(ruled({ listed: 0, served: 0 }), fine)
  t.strictSame(ruled({}, { ...steady, lastPass: start + safety.skew }), fine)
  const few = { served: 5, listed: 2, missing: 3, newlyDisabled: 10, unreadable: 3, homeless: 3 }
  t.strictSame(ruled(few), fine)
})

t.test('what looks like a mistake of others freezes', async t => {
  const rows: [Partial<Evidence>, RegExp][] = [
    [{ listed: 0 }, /^the directory is empty, and 1000 tools are served$/],
    [{ clusterNow: start - safety.skew - 1 }, /^the clocks differ: it is 2026-11-22T10:00:00Z here and .*09:54:59Z in/],
    [{ clusterNow: start + safety.skew + 1 }, /^the clocks differ/],
    [{ unreadable: 51 }, /^51 of 1000 homes cannot be read$/],
    [{ homeless: 51 }, /^51 of 1000 homes are gone/],
    [{ served: 5, unreadable: 4 }, /^4 of 5 homes cannot/],
  ]
  for (const [more, reason] of rows) t.match(ruled(more).frozen, [reason])
  t.match(ruled({}, { ...steady, lastPass: start + safety.skew + 1 }).frozen, [
    /^the clock has gone back: it is 2026-11-22T10:00:00Z, and the last pass was at 2026-11-22T10:05/,
  ])
  t.equal(ruled({ listed: 0, unreadable: 51, homeless: 51, clusterNow: 0 }).frozen.length, 4)
  t.equal(ruled({ homeless: 51 }).mayMakeHomesAgain, false)
})

t.test('much at once waits for an operator', async t => {
  t.match(ruled({ missing: 101 }).doubts, [/^the directory lacks 101 of 1000 tools at once$/])
  t.strictSame(ruled({ missing: 4, served: 5 }).doubts.length, 1)
  t.equal(ruled({ newlyDisabled: 251 }).disabledWait, true)
  t.equal(ruled({ newlyDisabled: 11, served: 20 }).disabledWait, true)
  t.equal(ruled({ newlyDisabled: 10, served: 20 }).disabledWait, false)
})

t.test('nothing is taken before passes have come regularly for a while', async t => {
  t.equal(ruled({}, emptyLedger).unsteady.length, 1)
  const since = (ago: number, last = minute) =>
    ruled({}, { ...steady, steadySince: start - ago, lastPass: start - last }).unsteady.length
  t.equal(since(safety.steady), 0)
  t.equal(since(safety.steady - 1), 1)
  t.equal(since(hour * 100, safety.gap), 0)
  t.equal(since(hour * 100, safety.gap + 1), 1, 'a long pause')
  t.equal(since(hour * 100, -safety.skew - 1), 1, 'a clock that has gone back')
  t.equal(since(-hour), 1, 'a moment to come')
})

t.test('regular passes are counted from the first after a pause', async t => {
  const of = (lastPass: number | undefined, since: number | undefined) =>
    steadySince({ ...emptyLedger, lastPass, steadySince: since }, start, safety)
  t.equal(of(undefined, undefined), start)
  t.equal(of(undefined, 5), start)
  t.equal(of(start - 1, undefined), start)
  t.equal(of(start - safety.gap, 5), 5)
  t.equal(of(start - safety.gap - 1, 5), start)
  t.equal(of(start + safety.skew, 5), 5)
  t.equal(of(start + safety.skew + 1, 5), start)
  t.equal(of(start, start + 9), start)
})

t.test('the ledger keeps what still counts', async t => {
  const deletions = [
    { tool: 'a', at: start - safety.window },
    { tool: 'b', at: start - safety.window + 1 },
    { tool: 'c', at: start + 5 },
  ]
  const confirmed = { hash: 'h', at: start - safety.window + 1 }
  const next = ledgerAfter({ ...steady, deletions, confirmed }, start, safety)
  t.strictSame(next, {
    lastPass: start,
    steadySince: start - day,
    deletions: deletions.slice(1),
    confirmed,
  })
  t.equal(ledgerAfter({ ...steady, confirmed: { hash: 'h', at: 0 } }, start, safety).confirmed, undefined)
})

t.test('a word holds for a day, and once', async t => {
  const at = (moment: number) => isCurrent({ ...steady, confirmed: { hash: 'h', at: moment } }, start, safety)
  t.equal(at(start), true)
  t.equal(at(start - safety.window + 1), true)
  t.equal(at(start - safety.window), false)
  t.equal(at(start + safety.skew - 1), true)
  t.equal(at(start + safety.skew), false)
  t.equal(isCurrent(steady, start, safety), false)
  const said = { ...steady, confirmed: { hash: 'h', at: start } }
  t.equal(spent(said, 'h').confirmed, undefined)
  t.strictSame({ ...spent(said, 'h'), confirmed: said.confirmed }, said)
  t.equal(spent(said, 'other'), said)
  t.equal(spent(said, undefined), said)
  t.equal(spent(steady, undefined), steady)
})

t.test('a set has one hash in whatever order, and no other set has it', async t => {
  const removal = fc.record<Removal>({
    tool: fc.constantFrom('a', 'b', 'c', 'ab'),
    what: fc.constantFrom<Removal['what'][]>('shut-off', 'disable', 'delete'),
    reason: fc.string(),
  })
  const set = fc.uniqueArray(removal, { selector: ({ tool, what }) => `${what} ${tool}` })
  const names = (removals: readonly Removal[]) =>
    removals
      .map(({ tool, what }) => `${what} ${tool}`)
      .sort()
      .join()
  fc.assert(
    fc.property(set, set, (one, other) => {
      const isSame = hashOf(one) === hashOf([...one].reverse())
      return isSame && (hashOf(one) === hashOf(other)) === (names(one) === names(other))
    }),
    { numRuns: 500 },
  )
  t.match(hashOf([]), /^[0-9a-f]{16}$/)
})
