import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Action } from '../../../../src/kubeusers/plan/actions.ts'
import { type Account, nothing, type ToolFacts } from '../../../../src/kubeusers/plan/facts.ts'
import { evidenceOf, type PassInput, type PassPlan, planPass } from '../../../../src/kubeusers/plan/plan-pass.ts'
import { planTool } from '../../../../src/kubeusers/plan/plan-tool.ts'
import {
  allowance,
  emptyLedger,
  hashOf,
  type Ledger,
  ledgerAfter,
  spent,
} from '../../../../src/kubeusers/plan/safety.ts'
import {
  after,
  anyTool,
  circumstances,
  day,
  hour,
  isTaking,
  minute,
  rightHome,
  safety,
  start,
  terms,
  tool,
  type World,
  worldOf,
} from '../../../support/plan-model.ts'

const steady: Ledger = { ...emptyLedger, lastPass: start - minute, steadySince: start - day }
const input = (facts: readonly ToolFacts[], more: Partial<PassInput> = {}): PassInput => ({
  ...{ facts, ledger: steady, now: start, clusterNow: start, terms, safety },
  ...more,
})
const tools = (count: number, of: (at: number) => Parameters<typeof tool>[0] = () => ({})): ToolFacts[] =>
  Array.from({ length: count }, (_, at) => tool({ tool: `t${at}`, ...of(at) }))

const absent: Account = { state: 'absent' }
const disabled: Account = { state: 'disabled', uid: 1000, reason: 'locked' }
/** Absent for long enough. */
const gone = { account: absent, objects: { notes: { missingSince: start - hour, issued: start - day } } }
const removed = (plan: PassPlan): string[] =>
  plan.tools.filter(({ actions }) => actions.some(isTaking)).map(({ tool }) => tool)
const says = (word: PassPlan): Ledger => ({
  ...steady,
  confirmed: { hash: word.waiting?.hash ?? '', at: start - minute },
})

t.test('D1: an empty directory takes nothing from 3,000 tools', async t => {
  for (const away of [{ account: absent }, gone]) {
    const plan = planPass(input(tools(3000, () => away)))
    t.strictSame(
      plan.tools.flatMap(({ actions }) => actions),
      [],
    )
    t.match(plan.frozen, [/the directory is empty, and 3000 tools are served/])
    const confirmed = planPass(
      input(
        tools(3000, () => away),
        { ledger: says(plan) },
      ),
    )
    t.strictSame(removed(confirmed), [], 'not by a word either')
  }
})

t.test('what a pass sees is counted', async t => {
  const facts = [
    ...tools(2, () => gone),
    tool({ account: disabled }),
    tool({ account: { state: 'unclear', reason: 'x' }, home: { unreadable: 'x' } }),
    tool({ home: { ...rightHome, home: 'missing' } }),
    tool({ home: { ...rightHome, home: 'missing' }, objects: { notes: {} } }),
    tool({ objects: { ...nothing }, parts: nothing.parts }),
    tool({ objects: { namespace: 'leaving' }, account: absent }),
    tool({ tool: 'off', account: absent, objects: { notes: { removed: start - day + 1, shutOff: shut(start) } } }),
    tool({ tool: 'back', objects: { notes: { removed: start - 1 } } }),
    tool({ tool: 'long-back', objects: { notes: { removed: start - day } } }),
  ]
  const deletions = [
    { tool: 'x', at: start - 1 },
    { tool: 'back', at: start - 1 },
    { tool: 'y', at: start - day },
  ]
  t.strictSame(evidenceOf(input(facts, { ledger: { ...steady, deletions } })), {
    ...{ now: start, clusterNow: start, listed: 7, served: 8, missing: 2, newlyDisabled: 1 },
    ...{ unreadable: 1, homeless: 1, removedLately: 3 },
  })
})

const shut = (since: number, because: 'absent' | 'disabled' = 'absent') => ({
  since,
  because,
  reason: 'gone',
  stopped: true,
})

t.test('few that have gone are shut off, one more waits with all of them', async t => {
  const few = (count: number) => input(tools(100, at => (at < count ? gone : {})))
  const plan = planPass(few(3))
  t.strictSame(removed(plan), ['t0', 't1', 't2'])
  t.strictSame([plan.waiting, plan.spends, plan.frozen], [undefined, undefined, []])
  const more = planPass(few(4))
  t.strictSame(removed(more), [])
  t.match(more.waiting?.reasons, ["4 more, after 0 within a day; 3 need nobody's word"])
  t.strictSame(
    more.waiting?.removals.map(({ tool }) => tool),
    ['t0', 't1', 't2', 't3'],
  )
})

t.test('what was removed within a day counts, also what is back, or gone for good', async t => {
  const facts = (notes: object) => [
    ...tools(2, () => gone),
    ...tools(50).map(one => ({ ...one, tool: `x${one.tool}` })),
    tool({ tool: 'back', objects: { notes: { ...notes, issued: start } } }),
  ]
  const deletions = [{ tool: 'deleted', at: start - day + 1 }]
  const ledger = { ...steady, deletions }
  t.equal(removed(planPass(input(facts({}), { ledger }))).length, 2)
  const plan = planPass(input(facts({ removed: start - day + 1 }), { ledger }))
  t.strictSame(removed(plan), [])
  t.match(plan.waiting?.reasons, [/^2 more, after 2 within a day; 3 need/])
  t.equal(removed(planPass(input(facts({ removed: start - day + 1 })))).length, 2)
  t.equal(removed(planPass(input(facts({ removed: start - day }), { ledger }))).length, 2)
  const again = {
    ...steady,
    deletions: [
      { tool: 't0', at: start - 1 },
      { tool: 'u', at: start - 1 },
    ],
  }
  t.equal(removed(planPass(input(facts({}), { ledger: again }))).length, 2, 'a step that is done again counts once')
})

t.test('a tenth that is gone at once waits for a word that names exactly that set, and it is spent', async t => {
  const world = (count: number) => tools(500, at => (at < count ? gone : {}))
  const waits = planPass(input(world(51)))
  t.match(waits.waiting?.reasons[0], /lacks 51 of 500 tools at once/)
  t.equal(waits.waiting?.hash, hashOf(waits.waiting?.removals ?? []))
  const plan = planPass(input(world(51), { ledger: says(waits) }))
  t.equal(removed(plan).length, 51)
  t.strictSame([plan.waiting, plan.spends], [undefined, waits.waiting?.hash])
  t.equal(spent(says(waits), plan.spends).confirmed, undefined)
  for (const count of [50, 52]) t.strictSame(removed(planPass(input(world(count), { ledger: says(waits) }))), [])
  const old = { ...steady, confirmed: { hash: waits.waiting?.hash ?? '', at: start - day } }
  t.strictSame(removed(planPass(input(world(51), { ledger: old }))), [])
  const unsteady = planPass(input(world(51), { ledger: { ...says(waits), steadySince: start } }))
  t.strictSame([removed(unsteady), unsteady.spends], [[], undefined])
  t.match(unsteady.waiting?.reasons, [/regularly only since/])
  t.equal(planPass(input(world(1), { ledger: says(waits) })).spends, undefined)
})

t.test('a flag acts at once, even when all is frozen; many flags wait', async t => {
  const flagged = (count: number, of = 60) =>
    tools(of, at => (at < count ? { account: disabled } : { account: absent }))
  const plan = planPass(input(flagged(10), { clusterNow: 0 }))
  t.equal(removed(plan).length, 10)
  t.match(plan.frozen, [/clocks differ/])
  t.equal(plan.waiting, undefined)
  const unsteady = planPass(input(flagged(10), { ledger: emptyLedger }))
  t.equal(removed(unsteady).length, 10)
  const mass = tools(60, at => (at < 16 ? { account: disabled } : {}))
  const waits = planPass(input(mass))
  t.strictSame(removed(waits), [])
  t.strictSame(waits.waiting?.reasons, ['16 of 60 tools were disabled at once'])
  t.equal(removed(planPass(input(mass, { ledger: says(waits) }))).length, 16)
  const frozen = planPass(input(mass, { ledger: says(waits), clusterNow: 0 }))
  t.strictSame(removed(frozen), [])
  t.match(frozen.waiting?.reasons, [/clocks differ/])
})

t.test('flags do not count among what is gone, and do not wait with it', async t => {
  const facts = [...tools(4, () => gone), ...tools(5, () => ({ account: disabled })).map(rename('d')), ...rest(50)]
  const plan = planPass(input(facts))
  t.equal(removed(plan).length, 5)
  t.equal(plan.waiting?.removals.length, 4)
})
const rename = (prefix: string) => (one: ToolFacts) => ({ ...one, tool: `${prefix}${one.tool}` })
const rest = (count: number) => tools(count).map(rename('r'))

t.test('many flags are a reason of their own, beside what is gone, and what went lately is none for them', async t => {
  const flagged = tools(16, () => ({ account: disabled })).map(rename('d'))
  const both = planPass(input([...flagged, ...tools(4, () => gone), ...rest(20)]))
  t.strictSame(removed(both), [])
  t.match(both.waiting?.reasons, [/^16 of 40 tools were disabled/, /^4 more, after 0/])
  const back = tools(5, () => ({ objects: { notes: { issued: start, removed: start - 1 } } })).map(rename('back'))
  const only = planPass(input([...flagged, ...back, ...rest(20)]))
  t.strictSame(only.waiting?.reasons, ['16 of 41 tools were disabled at once'])
})

t.test('a namespace is deleted only as one of few', async t => {
  const over = () => ({
    account: absent,
    denial: 'all' as const,
    home: { unreadable: 'x' },
    objects: { notes: { shutOff: shut(start - terms.grace), removed: start - terms.grace } },
    parts: { quota: 'stopped' as const, binding: 'missing' as const },
  })
  const actions = (count: number, more = {}) =>
    planPass(input([...tools(count, over), ...rest(50)], more)).tools.flatMap(({ actions }) => actions)
  t.strictSame(actions(3), [{ do: 'delete' }, { do: 'delete' }, { do: 'delete' }])
  t.strictSame(actions(4), [])
  t.strictSame(actions(1, { clusterNow: 0 }), [])
  t.strictSame(actions(1, { ledger: emptyLedger }), [])
})

t.test('only tools with something to do or to say are in a plan', async t => {
  const unclear = tool({ tool: 'u', account: { state: 'unclear', reason: 'x' } })
  const broken = tool({ tool: 'b', parts: { quota: 'wrong' } })
  const waiting = [...tools(4, () => gone)]
  const plan = planPass(input([...rest(50), unclear, broken, ...waiting]))
  t.strictSame(
    plan.tools.map(({ tool }) => tool),
    ['u', 'b', 't0', 't1', 't2', 't3'],
  )
  t.equal(plan.evidence.served, 56)
})

t.test('homes that are gone in great numbers are not made again', async t => {
  const homeless = (count: number) =>
    tools(20, at => (at < count ? { home: { ...rightHome, home: 'missing' as const } } : {}))
  t.equal(planPass(input(homeless(3))).tools[0]?.actions.length, 1)
  const plan = planPass(input(homeless(4)))
  t.strictSame(
    plan.tools.flatMap(({ actions }) => actions),
    [],
  )
  t.match(plan.tools[0]?.remarks, [/with many others/])
})

/** Many tools of all kinds. */
const many = fc
  .array(anyTool, { minLength: 10, maxLength: 40 })
  .map(all => all.map((facts, at) => ({ ...facts, tool: `t${at}` })))

/** What goes wrong as a whole: of each tool, of twenty more, and around them. */
const mistakes: Readonly<
  Record<
    string,
    { of?: Partial<ToolFacts>; more?: (at: number) => Parameters<typeof tool>[0]; around?: Partial<PassInput> }
  >
> = {
  empty: { of: { account: absent }, more: () => ({ account: absent }) },
  short: { more: at => (at < 19 ? gone : {}) },
  'cluster clock': { around: { clusterNow: start - hour } },
  'clock back': { around: { ledger: { ...steady, lastPass: start + hour } } },
  homes: { of: { home: { unreadable: 'it hangs' } }, more: () => ({ home: { unreadable: 'it hangs' } }) },
  'first pass': { around: { ledger: emptyLedger } },
}

const isAtWork = ({ objects }: ToolFacts) => objects.namespace === 'right' && objects.notes.shutOff === undefined

t.test('whatever looks like a mistake as a whole, nothing is taken from any tool for its absence', async () => {
  fc.assert(
    fc.property(many, fc.constantFrom(...Object.values(mistakes)), (found, { of, more, around }) => {
      const facts = [...found.map(one => ({ ...one, ...of })), ...tools(20, more).map(rename('more-'))]
      const plan = planPass(input(facts, around))
      for (const one of facts.filter(({ account }) => account.state === 'absent')) {
        const actions = plan.tools.find(({ tool }) => tool === one.tool)?.actions ?? []
        assert.ok(!actions.some(({ do: name }) => name === 'shut-off' || name === 'delete'))
        assert.ok(!isAtWork(one) || !actions.some(isTaking))
      }
    }),
    { numRuns: 500 },
  )
})

t.test('nothing is ever taken from a tool whose account is right, nor from one that is unclear', async () => {
  fc.assert(
    fc.property(many, facts => {
      const plan = planPass(input(facts))
      for (const { tool, actions } of plan.tools) {
        const account = facts.find(one => one.tool === tool)?.account.state
        if (account === 'active') assert.ok(!actions.some(isTaking))
        if (account === 'unclear')
          assert.deepEqual(
            actions.filter(action => action.do !== 'missing'),
            [],
          )
      }
    }),
    { numRuns: 500 },
  )
})

/** What happens between two passes. */
const events = fc.record({
  pause: fc.constantFrom(minute, minute, 11 * minute, hour, 6 * hour, 20 * hour, 2 * day, 41 * day, -hour, -2 * day),
  /** Which tools the directory has: each bit one of a group of tools. */
  present: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0xffff) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 15 }).map(bit => 0xffff & ~(1 << bit)) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  flagged: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 6, 0xff) }),
  clusterOff: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(hour) }),
  confirms: fc.constantFrom('nothing', 'nothing', 'what waits', 'something else'),
  /** So many passes see the same. */
  passes: fc.integer({ min: 1, max: 3 }),
  /** After so many actions the process dies. */
  dies: fc.oneof({ weight: 5, arbitrary: fc.constant(1e9) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }) }),
})

type Event = typeof events extends fc.Arbitrary<infer E> ? E : never

function accountOf(bit: number, { present, flagged }: Event): Account {
  if ((present & (1 << bit)) === 0) return absent
  return (flagged & (1 << bit)) === 0 ? { state: 'active', uid: 1000 } : disabled
}

const isRemoval = (action: Action): boolean =>
  action.do === 'delete' || (action.do === 'shut-off' && action.because === 'absent')

/** Tools over the weeks, with all that is remembered. */
function createStory(count: number) {
  // A larger share, so that it matters beside the least number.
  const limits = { ...safety, share: 0.1 }
  let worlds: World[] = tools(count).map(facts => worldOf(facts))
  let ledger: Ledger = emptyLedger
  let now = start
  /** When each tool was removed last. */
  const taken = new Map<string, number>()
  const words: { hash: string; at: number }[] = []

  /** Carries out a plan up to some action; gives the tools that were removed. */
  function carryOut({ tools }: PassPlan, most: number): Set<string> {
    const all = tools.flatMap(({ tool, actions }) => actions.map(action => ({ tool, action }))).slice(0, most)
    for (const { tool, action } of all) {
      if (action.do === 'delete') ledger = { ...ledger, deletions: [...ledger.deletions, { tool, at: now }] }
      worlds = worlds.map(world => (world.facts.tool === tool ? after(world, action, now) : world))
    }
    return new Set(all.filter(({ action }) => isRemoval(action)).map(({ tool }) => tool))
  }

  function checkSpent(spends: string): void {
    const at = words.findIndex(({ hash, at }) => hash === spends && Math.abs(now - at) < day)
    assert.ok(at >= 0, 'somebody has agreed to this set')
    words.splice(at, 1)
  }

  function checkFew({ evidence }: PassPlan, here: ReadonlySet<string>): void {
    const before = [...taken.keys()]
    const bound = allowance(limits, evidence.served)
    assert.ok(here.size === 0 || new Set([...before, ...here]).size <= bound, `${before} and ${[...here]} of ${bound}`)
  }

  function confirm({ waiting }: PassPlan, what: string): void {
    if (what === 'nothing' || waiting === undefined) return
    const hash = what === 'what waits' ? waiting.hash : hashOf(waiting.removals.slice(1))
    ledger = { ...ledger, confirmed: { hash, at: now } }
    words.push({ hash, at: now })
  }

  /** What a day has passed since is past, also when the clock goes back after that. */
  function forget(): void {
    for (const [tool, at] of taken) if (now - at >= day) taken.delete(tool)
  }

  return function pass(event: Event): void {
    now += event.pause
    forget()
    worlds = worlds.map((world, at) => ({ ...world, facts: { ...world.facts, account: accountOf(at % 16, event) } }))
    const facts = worlds.map(({ facts }) => facts).filter(isOfMatter)
    const plan = planPass({ facts, ledger, now, clusterNow: now + event.clusterOff, terms, safety: limits })
    ledger = ledgerAfter(spent(ledger, plan.spends), now, limits)
    const here = carryOut(plan, event.dies)
    if (plan.spends === undefined) checkFew(plan, here)
    else checkSpent(plan.spends)
    for (const tool of here) taken.set(tool, now)
    confirm(plan, event.confirms)
  }
}

t.test('no day sees more removals than need nobody, but by a word for exactly that set, once', async () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 10, maxLength: 40 }), fc.constantFrom(17, 60), (story, count) => {
      const pass = createStory(count)
      for (const event of story) for (let at = 0; at < event.passes; at++) pass(event)
    }),
    { numRuns: 500 },
  )
})

/** Those that nothing is left of, and that are not in the directory, are nobody's business. */
const isOfMatter = ({ account, objects }: ToolFacts): boolean =>
  objects.namespace !== 'missing' || account.state === 'active'

t.test('when all has calmed down every tool is as the directory has it', async () => {
  fc.assert(
    fc.property(many, facts => {
      let worlds = facts.filter(({ objects }) => objects.namespace !== 'leaving').map(facts => worldOf(facts))
      let ledger: Ledger = steady
      let now = start
      for (let pass = 0; pass < 8; pass++) {
        now += 20 * minute
        const all = worlds.map(({ facts }) => facts)
        const plan = planPass({
          facts: all,
          ledger,
          now,
          clusterNow: now,
          terms,
          safety: { ...safety, most: 1000, mostDisabled: 1000 },
        })
        ledger = ledgerAfter(ledger, now, safety)
        for (const { tool, actions } of plan.tools)
          worlds = worlds.map(world =>
            world.facts.tool === tool ? actions.reduce((next, action) => after(next, action, now), world) : world,
          )
      }
      for (const { facts } of worlds) assert.deepEqual(planTool(facts, circumstances({ now })).actions, [])
    }),
    { numRuns: 500 },
  )
})
