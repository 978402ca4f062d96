import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { nothing, type ToolFacts } from '../../../../src/kubeusers/plan/facts.ts'
import { type Circumstances, planTool } from '../../../../src/kubeusers/plan/plan-tool.ts'
import {
  after,
  afterAll,
  anyTool,
  certificate,
  circumstances,
  day,
  isRight,
  isTaking,
  minute,
  rightHome,
  start,
  terms,
  tool,
  type World,
  worldOf,
} from '../../../support/plan-model.ts'

const runs = { numRuns: 1000 }
const names = (facts: ToolFacts, more: Partial<Circumstances> = {}): string[] =>
  planTool(facts, circumstances(more)).actions.map(action =>
    'how' in action ? `${action.how} ${action.do}` : action.do,
  )

const absent = { state: 'absent' } as const
const disabled = { state: 'disabled', uid: 1000, reason: 'locked' } as const
const unclear = { state: 'unclear', reason: 'two uids' } as const
/** Of a tool that the directory did not have a moment ago. */
const missed = { notes: { missingSince: start - 1, issued: 1 } }
const shutOff = (more: object = {}) => ({
  shutOff: { since: start - day, because: 'absent' as const, reason: 'gone', stopped: true, ...more },
  issued: start - 10 * day,
})
const stoppedHome = { ...rightHome, certificate: { problem: 'it serves no more' } }
const noHome = {
  home: 'missing',
  key: { problem: 'missing' },
  certificate: { problem: 'missing' },
  kubeconfig: 'missing',
} as const
/** A tool that is shut off, of which nothing is left to be stopped. */
const stopped = (more: Parameters<typeof tool>[0] = {}) =>
  tool({
    account: absent,
    denial: 'all',
    home: stoppedHome,
    ...more,
    objects: { notes: shutOff(), ...more.objects },
    parts: { quota: 'stopped', binding: 'missing', ...more.parts },
  })

t.test('what is right is let be, and what is not is made or repaired', async t => {
  const rows: [string, ToolFacts, string[]][] = [
    ['a tool at work', tool(), []],
    [
      'a new one',
      tool({ objects: { ...nothing, notes: {} }, parts: nothing.parts, home: noHome }),
      [
        'make namespace',
        'make quota',
        'make limits',
        'make policy',
        'make binding',
        'make home',
        'certificate',
        'marker',
      ],
    ],
    ['labels taken away', tool({ objects: { namespace: 'wrong' } }), ['repair namespace']],
    ['a namespace that is going', tool({ objects: { namespace: 'leaving' }, parts: { binding: 'missing' } }), []],
    ['a wrong quota', tool({ parts: { quota: 'wrong' } }), ['repair quota']],
    ['a quota of one that was shut off', tool({ parts: { quota: 'stopped' } }), ['repair quota']],
    ['no limits', tool({ parts: { limits: 'missing' } }), ['make limits']],
    ['no policy', tool({ parts: { policy: 'missing' } }), ['make policy']],
    ['no binding', tool({ parts: { binding: 'missing' } }), ['make binding']],
    ['a wrong binding', tool({ parts: { binding: 'wrong' } }), ['repair binding']],
    ['seen again', tool({ objects: missed }), ['missing']],
    ['on our list by mistake', tool({ denial: 'all' }), ['allow']],
    ['older certificates denied', tool({ denial: { issuedBefore: start - 10 * day } }), []],
    ['its certificate denied', tool({ denial: { issuedBefore: start } }), ['certificate', 'marker', 'allow']],
    [
      'on our list, and its home cannot be read: nobody knows what to let in',
      tool({ denial: 'all', home: { unreadable: 'x' } }),
      [],
    ],
    ['an entry that cannot be understood', tool({ account: unclear }), []],
    ['seen again, in such an entry', tool({ account: unclear, objects: missed }), ['missing']],
  ]
  for (const [what, facts, expected] of rows) t.strictSame(names(facts), expected, what)
  const waits = { mayTake: () => false }
  t.strictSame(
    names(tool({ account: disabled, objects: missed }), waits),
    ['missing'],
    'seen again, to be shut off later',
  )
})

t.test('what people should know is said', async t => {
  const remarks = (facts: ToolFacts, more = {}) => planTool(facts, circumstances(more)).remarks
  t.match(remarks(tool({ objects: { namespace: 'leaving' } })), [/is being deleted; it is made again/])
  t.match(remarks(tool({ account: unclear })), [/nothing is done: two uids/])
  t.match(remarks(tool({ home: { unreadable: 'hangs' } })), [/cannot be used: hangs/])
  t.match(remarks(tool({ home: noHome }), { mayMakeHomesAgain: false }), [/is gone, with many others/])
  t.strictSame(remarks(tool({ home: noHome })), [])
  for (const account of [absent, disabled]) t.strictSame(remarks(tool({ account })), [])
  t.match(remarks(stopped({ account: { state: 'active', uid: 1000 }, home: { unreadable: 'hangs' } })), [/hangs/])
})

t.test('a name that has rights already never becomes a tool', async t => {
  const foreignBinding = 'ClusterRoleBinding admins'
  const facts = tool({ objects: { ...nothing, foreignBinding }, parts: nothing.parts })
  t.strictSame(names(facts), [])
  t.match(planTool(facts, circumstances()).remarks, [/ClusterRoleBinding admins already/])
  t.strictSame(names(tool({ objects: { foreignBinding }, parts: { quota: 'missing' } })), ['make quota'])
})

t.test('a disabled tool is shut off at once, from the outside in', async t => {
  const all = ['shut-off', 'deny', 'unbind', 'stop-quota', 'stop-workloads', 'disable-home']
  t.strictSame(names(tool({ account: disabled })), all)
  t.strictSame(names(tool({ account: disabled }), { absenceCounts: false }), all)
  const plan = planTool(tool({ account: disabled }), circumstances())
  t.strictSame(plan.actions[0], { do: 'shut-off', because: 'disabled', reason: 'locked' })
  t.strictSame(plan.wanted, { tool: 'a', what: 'disable', reason: 'locked' })
  const held = planTool(tool({ account: disabled }), circumstances({ mayTake: () => false }))
  t.strictSame([held.actions, held.wanted], [[], plan.wanted])
  t.strictSame(names(tool({ account: disabled, objects: { ...nothing }, parts: nothing.parts })), [])
  t.strictSame(names(tool({ account: disabled, home: { unreadable: 'x' } })), all.slice(0, -1))
  t.strictSame(names(tool({ account: disabled, home: noHome })), all.slice(0, -1))
})

t.test('an absent tool is noted, and shut off when it has been so for long enough', async t => {
  const since = (ago: number) => tool({ account: absent, objects: { notes: { missingSince: start - ago } } })
  t.strictSame(planTool(tool({ account: absent }), circumstances()).actions, [{ do: 'missing', is: true }])
  t.strictSame(names(tool({ account: absent }), { absenceCounts: false }), [])
  t.strictSame(names(since(terms.absence - 1)), [])
  t.equal(planTool(since(terms.absence - 1), circumstances()).wanted, undefined)
  const plan = planTool(since(terms.absence), circumstances())
  const reason = 'the directory has not had it since 2026-11-22T09:50:00Z'
  t.strictSame(plan.actions[0], { do: 'shut-off', because: 'absent', reason })
  t.strictSame(plan.wanted, { tool: 'a', what: 'shut-off', reason })
  t.strictSame(names(since(terms.absence), { mayTake: () => false }), [])
  t.strictSame(names(since(-day)), [], 'a moment to come')
  t.strictSame(names(tool({ account: absent, objects: { ...nothing }, parts: nothing.parts })), [])
})

t.test('what is left to stop of a tool that is shut off is stopped', async t => {
  const rows: [string, ToolFacts, string[]][] = [
    ['nothing', stopped(), []],
    ['not denied', stopped({ denial: undefined }), ['deny']],
    ['older ones denied', stopped({ denial: { issuedBefore: 5 } }), ['deny']],
    ['binding', stopped({ parts: { binding: 'right' } }), ['unbind']],
    ['another binding', stopped({ parts: { binding: 'wrong' } }), ['unbind']],
    ['quota', stopped({ parts: { quota: 'wrong' } }), ['stop-quota']],
    ['no quota', stopped({ parts: { quota: 'missing' } }), ['stop-quota']],
    ['workloads', stopped({ objects: { notes: shutOff({ stopped: false }) } }), ['stop-workloads']],
    ['certificate', stopped({ home: rightHome }), ['disable-home']],
  ]
  for (const [what, facts, expected] of rows) {
    t.strictSame(names(facts), expected, what)
    t.strictSame(names({ ...facts, account: disabled }), expected, what)
    t.strictSame(names(facts, { absenceCounts: false }), [], what)
    t.strictSame(names({ ...facts, account: disabled }, { absenceCounts: false }), expected, what)
  }
})

t.test('a namespace goes when the grace is over, and only then', async t => {
  const off = (since: number | undefined) => stopped({ objects: { notes: shutOff({ since }) } })
  t.strictSame(names(off(start - terms.grace + 1)), [])
  t.equal(planTool(off(start - terms.grace + 1), circumstances()).wanted, undefined)
  t.strictSame(names(off(start - terms.grace)), ['delete'])
  const { wanted } = planTool(off(start - terms.grace), circumstances())
  t.strictSame(wanted, { tool: 'a', what: 'delete', reason: 'it was shut off on 2026-10-13T10:00:00Z: gone' })
  t.strictSame(names({ ...off(start - terms.grace), account: disabled }), ['delete'])
  t.strictSame(names(off(start - terms.grace), { mayTake: () => false }), [])
  t.strictSame(names(off(undefined)), [], 'nobody knows since when')
  t.strictSame(names(off(start + day)), [], 'a moment to come')
  t.strictSame(names({ ...off(start - terms.grace), denial: undefined }), ['deny', 'delete'])
})

t.test('a tool that is back gets all again, its binding last', async t => {
  const back = (more = {}) => stopped({ account: { state: 'active', uid: 1000 }, ...more })
  const end = ['allow', 'make binding', 'resume-workloads', 'returned']
  t.strictSame(names(back()), ['repair quota', 'certificate', 'marker', ...end])
  t.strictSame(names(back({ home: rightHome })), ['repair quota', ...end])
  t.strictSame(names(back({ home: { unreadable: 'x' } })), ['repair quota'], 'not by half')
  t.strictSame(names(back({ home: noHome }), { mayMakeHomesAgain: false }), ['repair quota'])
  const justIssued = { ...shutOff(), issued: start - 1 }
  t.strictSame(names(back({ objects: { notes: justIssued } })), ['repair quota', 'certificate', 'marker', ...end])
  t.strictSame(names(back({ denial: undefined, home: rightHome })), ['repair quota', ...end.slice(1)])
})

/** The facts, and what may be done. */
const situations = fc.record({
  facts: anyTool,
  may: fc.constantFrom('all', 'disable', 'nothing'),
  absenceCounts: fc.boolean(),
  mayMakeHomesAgain: fc.boolean(),
})
type Situation = typeof situations extends fc.Arbitrary<infer S> ? S : never

/** Where absence does not count, a pass takes nothing for it. */
const given = ({ may, absenceCounts, mayMakeHomesAgain }: Omit<Situation, 'facts'>, now = start) =>
  circumstances({
    now,
    absenceCounts,
    mayMakeHomesAgain,
    mayTake: ({ what }) => (what === 'disable' ? may !== 'nothing' : may === 'all' && absenceCounts),
  })

const planned = (world: World, by: Circumstances) => planTool(world.facts, by).actions

/** What has come of a tool, whatever certificate it holds and by whichever moment older ones are denied. */
function outcome({ facts, workloads }: World): object {
  const { home, denial } = facts
  const held =
    'unreadable' in home ? home : { ...home, key: typeof home.key, certificate: 'problem' in home.certificate }
  return { objects: facts.objects, workloads, held, denial: denial === 'all' ? denial : typeof denial }
}

t.test('once all is done there is nothing to do', async () => {
  fc.assert(
    fc.property(situations, ({ facts, ...rest }) => {
      const by = given(rest)
      const world = worldOf(facts)
      const done = afterAll(world, planned(world, by), by.now)
      assert.deepEqual(planned(done, by), [])
    }),
    runs,
  )
})

t.test('whatever certificate is issued is let in, and none put out for it', async () => {
  const lately = fc.integer({ min: -600, max: 0 }).map(seconds => start + seconds * 1000)
  const held = fc.record({ notBefore: lately, isOurs: fc.boolean() }).map(certificate)
  const found = fc.record({ held, issuedBefore: lately, marker: fc.boolean(), newKey: fc.boolean() })
  fc.assert(
    fc.property(found, ({ held, issuedBefore, marker, newKey }) => {
      const world = worldOf(
        tool({
          home: { ...rightHome, certificate: held },
          denial: { issuedBefore },
          objects: { marker, notes: { issued: start - day, newKey } },
        }),
      )
      const by = circumstances()
      const { home, denial } = afterAll(world, planned(world, by), by.now).facts
      if ('unreadable' in home || 'problem' in home.certificate) assert.fail('no certificate')
      assert.ok(typeof denial === 'object' && denial.issuedBefore <= issuedBefore)
      assert.ok(home.certificate.notBefore >= denial.issuedBefore)
    }),
    runs,
  )
})

t.test('D12: interrupted after any action and begun again, all comes to the same', async () => {
  fc.assert(
    fc.property(situations, fc.integer({ min: 0, max: 2 * minute }), ({ facts, ...rest }, later) => {
      const by = given(rest)
      const world = worldOf(facts)
      const actions = planned(world, by)
      const whole = afterAll(world, actions, by.now)
      for (let at = 0; at < actions.length; at++) {
        const cut = afterAll(world, actions.slice(0, at), by.now)
        const end = afterAll(cut, planned(cut, by), by.now)
        assert.deepEqual(outcome(end), outcome(whole))
        const late = { ...by, now: by.now + later }
        const lateEnd = afterAll(cut, planned(cut, late), late.now)
        const settled = afterAll(lateEnd, planned(lateEnd, late), late.now)
        assert.deepEqual(planned(settled, late), [])
      }
    }),
    runs,
  )
})

t.test('nothing is ever taken from a tool whose account is right', async () => {
  fc.assert(
    fc.property(situations, ({ facts, ...rest }) => {
      const active: ToolFacts = { ...facts, account: { state: 'active', uid: 1000 } }
      const plan = planTool(active, given(rest))
      return !plan.actions.some(isTaking) && plan.wanted === undefined
    }),
    runs,
  )
})

t.test('whoever is disabled has no binding afterwards, and none of their certificates is let in', async () => {
  fc.assert(
    fc.property(situations, ({ facts, ...rest }) => {
      if (facts.objects.namespace === 'leaving') return true
      const by = given({ ...rest, may: rest.may === 'nothing' ? 'disable' : rest.may })
      const world = worldOf({ ...facts, account: disabled })
      const end = afterAll(world, planned(world, by), by.now)
      const { namespace, parts } = end.facts.objects
      return parts.binding === 'missing' && (namespace === 'missing' || end.facts.denial === 'all')
    }),
    runs,
  )
})

t.test('nothing of an account that is unclear is touched, but it is not missing any more', async () => {
  fc.assert(
    fc.property(situations, ({ facts, ...rest }) => {
      const plan = planTool({ ...facts, account: unclear }, given(rest))
      const touched = plan.actions.filter(action => !(action.do === 'missing' && !action.is))
      return touched.length === 0 && plan.wanted === undefined && plan.remarks.length === 1
    }),
    runs,
  )
})

t.test('whatever may not be taken stays', async () => {
  fc.assert(
    fc.property(situations, ({ facts, ...rest }) => {
      const by = given({ ...rest, may: 'nothing', absenceCounts: false })
      const { actions } = planTool(facts, by)
      const wasShutOff = facts.objects.notes.shutOff !== undefined && facts.account.state === 'disabled'
      return wasShutOff || !actions.some(isTaking)
    }),
    runs,
  )
})

t.test('a tool that is shut off up to any step, and comes back, has all as before', async () => {
  const seconds = fc.integer({ min: 0, max: 39 * 86_400 })
  const account = fc.constantFrom(absent, disabled)
  fc.assert(
    fc.property(account, fc.integer({ min: 0, max: 6 }), seconds, (account, steps, pause) => {
      const before = worldOf(tool({ objects: { notes: { missingSince: start - day, issued: start - 10 * day } } }))
      const gone: World = { ...before, facts: { ...before.facts, account } }
      const cut = planned(gone, circumstances())
        .slice(0, steps)
        .reduce((world, action) => after(world, action, start), gone)
      const by = circumstances({ now: start + pause * 1000 })
      const away: World = { ...cut, facts: { ...cut.facts, account: before.facts.account } }
      const end = afterAll(away, planned(away, by), by.now)
      const { home, denial, objects } = end.facts
      if ('unreadable' in home || 'problem' in home.certificate) assert.fail('no certificate')
      assert.ok(isRight(end) && end.workloads === 'running' && objects.marker)
      assert.equal(objects.notes.shutOff ?? objects.notes.missingSince, undefined)
      assert.deepEqual(planned(end, by), [])
      if (cut.facts.denial === undefined) assert.equal(denial, undefined)
      else assert.deepEqual(denial, { issuedBefore: home.certificate.notBefore }, 'what is older stays out')
      const old = certificate()
      const isReplaced = !('unreadable' in cut.facts.home) && 'problem' in cut.facts.home.certificate
      if (isReplaced) assert.ok(home.certificate.notBefore > old.notBefore, 'the one of before stays out')
    }),
    { numRuns: 500 },
  )
})

t.test('a tool that is back as soon as its namespace was deleted holds a certificate that is let in', async () => {
  const seconds = fc.integer({ min: 0, max: 900 })
  fc.assert(
    fc.property(seconds, fc.boolean(), (pause, isInterrupted) => {
      const gone = stopped({ objects: { notes: shutOff({ since: start - terms.grace }) } })
      const deleted = afterAll(worldOf(gone), planned(worldOf(gone), circumstances()), start)
      assert.deepEqual(deleted.facts.objects, nothing)
      const by = circumstances({ now: start + pause * 1000 })
      const back: World = { ...deleted, facts: { ...deleted.facts, account: { state: 'active', uid: 1000 } } }
      const actions = planned(back, by)
      const cut = afterAll(back, isInterrupted ? actions.slice(0, -1) : actions, by.now)
      const end = afterAll(cut, planned(cut, by), by.now)
      const { home, denial } = end.facts
      if ('unreadable' in home || 'problem' in home.certificate) assert.fail('no certificate')
      assert.ok(isRight(end))
      assert.ok(typeof denial === 'object' && home.certificate.notBefore >= denial.issuedBefore)
      assert.deepEqual(planned(end, by), [])
    }),
    { numRuns: 500 },
  )
})
