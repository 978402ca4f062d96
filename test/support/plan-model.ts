import fc from 'fast-check'
import type { Action } from '../../src/kubeusers/plan/actions.ts'
import { admitting } from '../../src/kubeusers/plan/certificates.ts'
import {
  type Account,
  type HeldCertificate,
  type Home,
  type HomeFacts,
  nothing,
  type Part,
  type PartName,
  partNames,
  type ToolFacts,
  type ToolObjects,
} from '../../src/kubeusers/plan/facts.ts'
import type { Circumstances, Terms } from '../../src/kubeusers/plan/plan-tool.ts'
import type { SafetyTerms } from '../../src/kubeusers/plan/safety.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const start = Date.UTC(2026, 10, 22, 10)

export const terms: Terms = { absence: 10 * minute, grace: 40 * day, reissue: minute }
export const safety: SafetyTerms = {
  most: 3,
  share: 0.01,
  window: day,
  shrink: 0.1,
  mostDisabled: 10,
  disabledShare: 0.25,
  homesShare: 0.05,
  skew: 5 * minute,
  gap: day,
  steady: 10 * minute,
}

export const circumstances = (more: Partial<Circumstances> = {}): Circumstances => ({
  now: start,
  terms,
  mayTake: () => true,
  absenceCounts: true,
  mayMakeHomesAgain: true,
  ...more,
})

const rightParts = { quota: 'right', limits: 'right', policy: 'right', binding: 'right' } as const

export const certificate = (more: Partial<HeldCertificate> = {}): HeldCertificate => ({
  notBefore: start - 10 * day,
  notAfter: start + 80 * day,
  fingerprint: 'f',
  publicKey: 'k',
  isOurs: true,
  ...more,
})

export const rightHome: HomeFacts = {
  home: 'right',
  key: { publicKey: 'k' },
  certificate: certificate(),
  kubeconfig: 'right',
}

/** A tool of which all is as it should be, but for what is said otherwise. */
export function tool(
  more: Partial<Omit<ToolFacts, 'objects'>> & {
    objects?: Partial<ToolObjects>
    parts?: Partial<ToolObjects['parts']>
  } = {},
): ToolFacts {
  const { objects, parts, ...rest } = more
  return {
    tool: 'a',
    account: { state: 'active', uid: 1000 },
    home: rightHome,
    denial: undefined,
    ...rest,
    objects: {
      namespace: 'right',
      notes: { issued: start - 10 * day },
      marker: true,
      ...objects,
      parts: { ...rightParts, ...parts },
    },
  }
}

/** What takes something away from a tool. */
const taking: readonly Action['do'][] = [
  'shut-off',
  'deny',
  'unbind',
  'stop-quota',
  'stop-workloads',
  'disable-home',
  'delete',
]
export const isTaking = ({ do: name }: Action): boolean => taking.includes(name)

/** A tool, and what is not looked at but follows. */
export interface World {
  readonly facts: ToolFacts
  readonly workloads: 'running' | 'stopped'
  /** Certificates that were issued. */
  readonly issued: number
}

/** The signer dates back by so much. */
const backdated = 5 * minute
const life = 90 * day

interface Step {
  readonly world: World
  readonly now: number
}
type Steps = { readonly [Name in Action['do']]?: (step: Step, action: Extract<Action, { do: Name }>) => World }

const withObjects = (world: World, objects: Partial<ToolObjects>): World => ({
  ...world,
  facts: { ...world.facts, objects: { ...world.facts.objects, ...objects } },
})
const withPart = (world: World, name: PartName, part: Part): World =>
  withObjects(world, { parts: { ...world.facts.objects.parts, [name]: part } })
const withNotes = (world: World, notes: Partial<Record<keyof ToolObjects['notes'], unknown>>): World =>
  withObjects(world, { notes: strip({ ...world.facts.objects.notes, ...notes }) })
const withHome = (world: World, home: Partial<HomeFacts>): World =>
  'unreadable' in world.facts.home
    ? world
    : { ...world, facts: { ...world.facts, home: { ...world.facts.home, ...home } } }

const strip = (notes: object): ToolObjects['notes'] =>
  Object.fromEntries(Object.entries(notes).filter(([, value]) => value !== undefined))

const make =
  (name: PartName) =>
  ({ world }: Step): World =>
    withPart(world, name, 'right')

/** A home with a key; where there was none, a certificate of before has none. */
function prepare(world: World, newKey: boolean): World {
  const { home } = world.facts
  if ('unreadable' in home) throw new Error('a home that cannot be read is let be')
  const fresh = `key ${world.issued} of ${world.facts.tool}`
  const key = newKey || 'problem' in home.key ? { publicKey: fresh } : home.key
  return withHome(world, { home: 'right', key })
}

/** When the certificate of a home begins; now where there is none. */
function heldSince({ facts: { home } }: World, now: number): number {
  return 'unreadable' in home || 'problem' in home.certificate ? now : home.certificate.notBefore
}

function certify({ world, now }: Step, newKey: boolean): World {
  const ready = prepare(world, newKey)
  const { home, tool } = ready.facts
  if ('unreadable' in home || 'problem' in home.key) throw new Error('a prepared home has a key')
  const { publicKey } = home.key
  const held: HeldCertificate = {
    notBefore: now - backdated,
    notAfter: now - backdated + life,
    fingerprint: `certificate ${world.issued} of ${tool}`,
    publicKey,
    isOurs: true,
  }
  const written = withHome(ready, { certificate: held, kubeconfig: 'right' })
  return { ...withNotes(written, { issued: now, newKey: undefined }), issued: world.issued + 1 }
}

const steps: Steps = {
  namespace: ({ world }, { how }) =>
    withObjects(world, { namespace: 'right', ...(how === 'make' ? { notes: {} } : {}) }),
  quota: make('quota'),
  limits: make('limits'),
  policy: make('policy'),
  binding: make('binding'),
  home: ({ world }) => prepare(world, false),
  certificate: (step, { newKey }) => certify(step, newKey),
  kubeconfig: ({ world }) => withHome(world, { home: 'right', kubeconfig: 'right' }),
  marker: ({ world }) => withObjects(world, { marker: true }),
  missing: ({ world, now }, { is }) => withNotes(world, { missingSince: is ? now : undefined }),
  'shut-off': ({ world, now }, { because, reason }) =>
    withNotes(world, {
      shutOff: { since: now, because, reason, stopped: false },
      missingSince: undefined,
      ...(because === 'absent' ? { removed: now } : {}),
    }),
  deny: ({ world }) => ({ ...world, facts: { ...world.facts, denial: 'all' } }),
  unbind: ({ world }) => withPart(world, 'binding', 'missing'),
  'stop-quota': ({ world }) => withPart(world, 'quota', 'stopped'),
  'stop-workloads'({ world }) {
    const { shutOff } = world.facts.objects.notes
    return { ...withNotes(world, { shutOff: { ...shutOff, stopped: true } }), workloads: 'stopped' }
  },
  'disable-home': ({ world }) => withHome(world, { certificate: { problem: 'it serves no more' } }),
  allow: ({ world, now }) => ({
    ...world,
    facts: { ...world.facts, denial: admitting(world.facts.denial, heldSince(world, now)) },
  }),
  'resume-workloads': ({ world }) => ({ ...world, workloads: 'running' }),
  returned: ({ world }) => withNotes(world, { shutOff: undefined, missingSince: undefined }),
  delete: ({ world, now }) => ({
    ...world,
    facts: { ...world.facts, objects: nothing, denial: { issuedBefore: now } },
  }),
}

/** A world after one action. Each may be done again. */
export function after(world: World, action: Action, now: number): World {
  // The table has each action's own step; the compiler cannot see that both go by the same name.
  const step = steps[action.do] as ((step: Step, action: Action) => World) | undefined
  if (step === undefined) throw new Error(`no step for ${action.do}`)
  return step({ world, now }, action)
}

export const afterAll = (world: World, actions: readonly Action[], now: number): World =>
  actions.reduce((next, action) => after(next, action, now), world)

export const worldOf = (facts: ToolFacts): World => ({
  facts,
  workloads: facts.objects.notes.shutOff?.stopped === true ? 'stopped' : 'running',
  issued: 0,
})

// Random facts

const at = (from: number, to: number) => fc.integer({ min: from / 1000, max: to / 1000 }).map(seconds => seconds * 1000)
const lately = at(start - 60 * day, start)
const part = fc.constantFrom<Part[]>('right', 'wrong', 'missing', 'stopped')

export const accounts: fc.Arbitrary<Account> = fc.oneof(
  fc.constant<Account>({ state: 'active', uid: 1000 }),
  fc.constant<Account>({ state: 'disabled', uid: 1000, reason: 'locked' }),
  fc.constant<Account>({ state: 'absent' }),
  fc.constant<Account>({ state: 'unclear', reason: 'two entries' }),
)

const held: fc.Arbitrary<HeldCertificate> = fc
  .record({
    notBefore: at(start - 100 * day, start),
    life: at(10 * minute, 90 * day),
    fingerprint: fc.string(),
    publicKey: fc.constantFrom('k', 'another'),
    isOurs: fc.boolean(),
  })
  .map(({ life, ...rest }) => ({ ...rest, notAfter: rest.notBefore + life }))

const noHome: HomeFacts = {
  home: 'missing',
  key: { problem: 'missing' },
  certificate: { problem: 'missing' },
  kubeconfig: 'missing',
}

export const homes: fc.Arbitrary<Home> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Home>({ unreadable: 'the disk hangs' }) },
  { weight: 1, arbitrary: fc.constant<Home>(noHome) },
  { weight: 2, arbitrary: fc.constant<Home>(rightHome) },
  {
    weight: 4,
    arbitrary: fc.record<HomeFacts>({
      home: fc.constantFrom<('mend' | 'right')[]>('mend', 'right'),
      key: fc.oneof(fc.constant({ publicKey: 'k' }), fc.constant({ problem: 'unreadable' })),
      certificate: fc.oneof(held, fc.constant({ problem: 'foreign' })),
      kubeconfig: fc.constantFrom<HomeFacts['kubeconfig'][]>('missing', 'stale', 'right', 'broken'),
    }),
  },
)

const shutOff = fc.record({
  since: fc.option(lately, { nil: undefined }),
  because: fc.constantFrom<('disabled' | 'absent')[]>('disabled', 'absent'),
  reason: fc.constant('locked'),
  stopped: fc.boolean(),
})

const notes = fc
  .record({
    shutOff: fc.option(shutOff, { nil: undefined }),
    missingSince: fc.option(lately, { nil: undefined }),
    removed: fc.option(lately, { nil: undefined }),
    issued: fc.option(at(start - 3 * minute, start + 3 * minute), { nil: undefined }),
    newKey: fc.option(fc.constant(true), { nil: undefined, freq: 5 }),
  })
  .map(strip)

const objects: fc.Arbitrary<ToolObjects> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(nothing, { ...nothing, foreignBinding: 'ClusterRoleBinding x' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      namespace: fc.constantFrom<ToolObjects['namespace'][]>('right', 'right', 'right', 'wrong', 'leaving'),
      notes,
      parts: fc.record({ quota: part, limits: part, policy: part, binding: part }),
      marker: fc.boolean(),
    }),
  },
)

export const denials = fc.oneof(
  fc.constant<ToolFacts['denial']>(undefined),
  fc.constant<ToolFacts['denial']>('all'),
  at(start - 20 * day, start).map(issuedBefore => ({ issuedBefore })),
)

/** Whatever may be found of a tool. */
export const anyTool: fc.Arbitrary<ToolFacts> = fc.record({
  tool: fc.constant('a'),
  account: accounts,
  objects,
  home: homes,
  denial: denials,
})

export const isRight = ({ facts: { objects } }: World): boolean =>
  objects.namespace === 'right' && partNames.every(name => objects.parts[name] === 'right')
