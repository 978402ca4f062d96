import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { admitting, certificateActions, flawOf } from '../../../../src/kubeusers/plan/certificates.ts'
import type { HomeFacts, ToolFacts } from '../../../../src/kubeusers/plan/facts.ts'
import { planTool } from '../../../../src/kubeusers/plan/plan-tool.ts'
import { renewalOf } from '../../../../src/kubeusers/plan/renewal.ts'
import {
  afterAll,
  certificate,
  circumstances,
  day,
  hour,
  minute,
  rightHome,
  start,
  terms,
  tool,
  worldOf,
} from '../../../support/plan-model.ts'

const home = (more: Partial<HomeFacts>): HomeFacts => ({ ...rightHome, ...more })
const issued = (ago: number) => ({ notes: { issued: start - ago } })
const plan = (facts: ToolFacts, more = {}) => certificateActions(facts, circumstances(more))
const whyOf = (facts: ToolFacts, more = {}) => {
  const action = plan(facts, more).actions.find(({ do: name }) => name === 'certificate')
  return action !== undefined && 'why' in action ? action.why : undefined
}

t.test('a certificate is issued for each thing that is wrong with the present one', async t => {
  const rows: [string, Partial<HomeFacts>, RegExp | undefined][] = [
    ['all is right', {}, undefined],
    ['no key', { key: { problem: 'it is missing' } }, /^its key: it is missing$/],
    ['no certificate', { certificate: { problem: 'it is of somebody else' } }, /^its certificate: it is of somebody/],
    ['another key', { key: { publicKey: 'x' } }, /^its key is not the one of its certificate$/],
    ['another authority', { certificate: certificate({ isOurs: false }) }, /^its certificate is of an authority/],
    ['expired', { certificate: certificate({ notAfter: start }) }, /^its certificate expired on 2026-11-22T10:00:00Z$/],
    [
      'nearly so',
      { certificate: certificate({ notAfter: start + 1000 }) },
      /^its certificate ends on 2026-11-22T10:00/,
    ],
  ]
  for (const [what, more, expected] of rows) {
    const why = whyOf(tool({ home: home(more) }))
    if (expected === undefined) t.equal(why, undefined, what)
    else t.match(why, expected, what)
    t.equal(flawOf(home(more), start), why, what)
    const isNew = whyOf(tool({ home: home(more), objects: { notes: {} } }))
    t.equal(isNew, expected === undefined ? undefined : 'it is new', what)
  }
})

t.test('a certificate is renewed at its moment, not before', async t => {
  const held = certificate()
  const due = Math.ceil(renewalOf(held))
  t.equal(whyOf(tool(), { now: due - 1 }), undefined)
  t.match(whyOf(tool(), { now: due }), /ends on/)
  t.match(whyOf(tool(), { now: held.notAfter - 1 }), /ends on/)
  t.match(whyOf(tool(), { now: held.notAfter }), /expired on/)
})

t.test('a certificate that our own entry denies is replaced, and the new one let in', async t => {
  const at = certificate().notBefore
  t.equal(whyOf(tool({ denial: { issuedBefore: at } })), undefined)
  const denied = plan(tool({ denial: { issuedBefore: at + 1 } }))
  t.match(denied.actions[0], { do: 'certificate', why: /before the tool was shut off/ })
  t.strictSame([denied.isServed, denied.isAwaited], [true, true])
  const due = plan(
    tool({ home: home({ certificate: certificate({ notAfter: start }) }), denial: { issuedBefore: at } }),
  )
  t.strictSame([due.isServed, due.isAwaited], [true, false], 'a mere renewal denies nobody')
  t.equal(plan(tool({ home: home({ certificate: { problem: 'x' } }) })).isAwaited, true)
  t.equal(whyOf(tool({ denial: 'all' })), undefined)
})

t.test('a certificate that may be dated to before our entry is let in by it', async t => {
  const old = certificate({ notBefore: start - 4 * minute, isOurs: false })
  const renewed = (issuedBefore: number) => {
    const facts = tool({ home: home({ certificate: old }), denial: { issuedBefore } })
    return planTool(facts, circumstances()).actions.map(action => action.do)
  }
  t.strictSame(renewed(start - 4 * minute), ['certificate', 'marker', 'allow'])
  t.strictSame(renewed(start - hour + 1), ['certificate', 'marker', 'allow'])
  t.strictSame(renewed(start - hour), ['certificate', 'marker'], 'no signer dates back so far')
  t.strictSame(admitting('all', 5), { issuedBefore: 5 })
  t.strictSame(admitting({ issuedBefore: 5 }, 3), { issuedBefore: 3 })
  t.strictSame(admitting({ issuedBefore: 3 }, 5), { issuedBefore: 3 }, 'who was let in stays in')
})

t.test('a new key is made when it was asked for, once', async t => {
  const facts = tool({ objects: { notes: { issued: start - 1, newKey: true } } })
  t.strictSame(plan(facts).actions, [
    { do: 'certificate', why: 'a new key was asked for', newKey: true },
    { do: 'marker' },
  ])
  const done = afterAll(worldOf(facts), plan(facts).actions, start)
  t.strictSame(plan(done.facts).actions, [])
  t.match(plan(tool({ home: home({ key: { problem: 'x' } }) })).actions[0], { newKey: false })
})

t.test('home and kubeconfig are put right', async t => {
  const doing = (more: Partial<HomeFacts>) => plan(tool({ home: home(more) })).actions
  t.strictSame(doing({ home: 'mend' }), [{ do: 'home', how: 'mend' }])
  for (const kubeconfig of ['missing', 'stale', 'broken'] as const)
    t.strictSame(doing({ kubeconfig }), [{ do: 'kubeconfig' }])
  t.strictSame(
    doing({ home: 'missing', certificate: { problem: 'x' }, kubeconfig: 'missing' }).map(action => action.do),
    ['home', 'certificate', 'marker'],
  )
  t.match(doing({ home: 'missing' })[0], { how: 'make' })
})

t.test('homes that are gone with many others are not made again', async t => {
  const gone = tool({ home: home({ home: 'missing', certificate: { problem: 'missing' } }) })
  const waiting = plan(gone, { mayMakeHomesAgain: false })
  t.strictSame([waiting.actions, waiting.isServed, waiting.isAwaited], [[], false, false])
  t.match(waiting.remarks, [/is not made again before that is cleared up/])
  t.equal(plan(gone).actions.length, 3)
  const isNew = { ...gone, objects: { ...gone.objects, notes: {} } }
  t.equal(plan(isNew, { mayMakeHomesAgain: false }).actions.length, 3)
  const unreadable = plan(tool({ home: { unreadable: 'it hangs' } }))
  t.strictSame([unreadable.actions, unreadable.isServed], [[], false])
})

t.test('D10: a marker that is deleted means one new certificate, whatever stood in it', async t => {
  const facts = tool({ objects: { marker: false } })
  t.equal(whyOf(facts), 'its marker was deleted')
  const done = afterAll(worldOf(facts), plan(facts).actions, start)
  t.strictSame([done.issued, plan(done.facts).actions], [1, []])
  const soon = tool({ objects: { marker: false, ...issued(terms.reissue - 1) } })
  t.strictSame(plan(soon).actions, [{ do: 'marker' }])
  t.equal(whyOf(tool({ objects: { marker: false, ...issued(terms.reissue) } })), 'its marker was deleted')
  t.equal(whyOf(tool({ objects: { marker: false, ...issued(-day) } })), 'its marker was deleted', 'a moment to come')
  t.equal(whyOf(tool({ objects: { marker: false, notes: {} } })), 'its marker was deleted')
})

t.test('D10: what a tool breaks itself just after a certificate is mended a little later', async t => {
  const broken = (ago: number, more: Partial<HomeFacts> = { certificate: { problem: 'missing' } }) =>
    tool({ home: home(more), objects: issued(ago) })
  const soon = plan(broken(terms.reissue - 1))
  t.strictSame([soon.actions, soon.isServed], [[], false])
  t.match(whyOf(broken(terms.reissue)), /^its certificate: missing/)
  t.match(whyOf(broken(0, { certificate: certificate({ notAfter: start }) })), /expired/, 'time is not the tool')
  t.match(whyOf(broken(0, { certificate: certificate({ isOurs: false }) })), /authority/)
  t.match(whyOf(broken(-day)), /missing/, 'a note of a moment to come does not hold anybody up')
})

t.test('D10: no loop of deletions is a loop of certificates', async () => {
  const step = fc.record({
    pause: fc.integer({ min: 0, max: 90 }),
    marker: fc.boolean(),
    broken: fc.constantFrom<(Partial<HomeFacts> | undefined)[]>(
      undefined,
      { certificate: { problem: 'missing' } },
      { key: { problem: 'missing' } },
      { key: { publicKey: 'of somebody' } },
    ),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), deeds => {
      let world = worldOf(tool())
      let now = start
      const moments: number[] = []
      for (const { pause, marker, broken } of deeds) {
        now += pause * 1000
        const { facts } = world
        const home = 'unreadable' in facts.home ? facts.home : { ...facts.home, ...broken }
        const found = { ...world, facts: { ...facts, home, objects: { ...facts.objects, marker } } }
        world = afterAll(found, planTool(found.facts, circumstances({ now })).actions, now)
        if (world.issued > found.issued) moments.push(now)
        assert.equal(world.facts.objects.marker, true)
      }
      moments.reduce((last, moment) => {
        assert.ok(moment - last >= terms.reissue)
        return moment
      }, start - minute)
    }),
    { numRuns: 500 },
  )
})

t.test('over the years each certificate is renewed in time, and none twice', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 50, maxLength: 80 }), pauses => {
      let world = worldOf(tool({ home: home({ certificate: certificate({ notBefore: start }) }) }))
      let now = start
      for (const days of pauses) {
        now += days * day
        const { home } = world.facts
        assert.ok(!('unreadable' in home) && 'notAfter' in home.certificate && now < home.certificate.notAfter)
        world = afterAll(world, planTool(world.facts, circumstances({ now })).actions, now)
      }
      assert.ok(world.issued <= (now - start) / (60 * day) + 1)
      assert.ok(world.issued >= Math.floor((now - start) / (90 * day)))
    }),
    { numRuns: 500 },
  )
})
