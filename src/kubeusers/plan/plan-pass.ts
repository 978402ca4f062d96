import type { Removal, ToolPlan } from './actions.ts'
import type { ToolFacts } from './facts.ts'
import { type Circumstances, planTool, type Terms } from './plan-tool.ts'
import {
  allowance,
  type Evidence,
  hashOf,
  isCurrent,
  type Ledger,
  type Ruling,
  rule,
  type SafetyTerms,
} from './safety.ts'

/** What a pass goes by. */
export interface PassInput {
  readonly facts: readonly ToolFacts[]
  readonly ledger: Ledger
  /** Milliseconds since 1970: ours, and the cluster's. */
  readonly now: number
  readonly clusterNow: number
  readonly terms: Terms
  readonly safety: SafetyTerms
}

/** What would be taken away, and waits for an operator's word. */
export interface Waiting {
  /** Names the set: `kubeusers confirm HASH` agrees to it. */
  readonly hash: string
  readonly removals: readonly Removal[]
  /** Why it waits. */
  readonly reasons: readonly string[]
}

/** All that a pass does, and what it does not dare to. */
export interface PassPlan {
  /** Of tools with something to do or to say only. */
  readonly tools: readonly ToolPlan[]
  readonly evidence: Evidence
  readonly frozen: readonly string[]
  readonly waiting: Waiting | undefined
  /** The hash of a confirmed set that is carried out: an operator's word holds once. */
  readonly spends: string | undefined
}

const isServed = ({ objects: { namespace, notes } }: ToolFacts): boolean =>
  namespace !== 'missing' && namespace !== 'leaving' && notes.shutOff === undefined

const count = (facts: readonly ToolFacts[], test: (facts: ToolFacts) => boolean): number => facts.filter(test).length

function isHomeless({ home, objects }: ToolFacts): boolean {
  return !('unreadable' in home) && home.home === 'missing' && objects.notes.issued !== undefined
}

const isLately = (at: number | undefined, { now, safety }: PassInput): boolean =>
  at !== undefined && now - at < safety.window

/**
 * The tools that were shut off for absence, or deleted, within the window: also those that have come back, or the directory
 * would need only be wrong often enough.
 */
function removedLately(input: PassInput): ReadonlySet<string> {
  const isOf = ({ objects: { notes } }: ToolFacts): boolean => isLately(notes.removed, input)
  const deleted = input.ledger.deletions.filter(({ at }) => isLately(at, input))
  return new Set([...input.facts.filter(isOf), ...deleted].map(({ tool }) => tool))
}

/** What the pass has seen as a whole. */
export function evidenceOf(input: PassInput): Evidence {
  const { facts, now, clusterNow } = input
  const served = facts.filter(isServed)
  return {
    now,
    clusterNow,
    listed: count(facts, ({ account }) => account.state !== 'absent'),
    served: served.length,
    missing: count(served, ({ account }) => account.state === 'absent'),
    newlyDisabled: count(served, ({ account }) => account.state === 'disabled'),
    unreadable: count(served, ({ home }) => 'unreadable' in home),
    homeless: count(served, isHomeless),
    removedLately: removedLately(input).size,
  }
}

/** What removals are decided by, all together. */
interface Decision {
  readonly frozen: readonly string[]
  readonly reasons: readonly string[]
  readonly allowed: boolean
  readonly isConfirmed: boolean
}

function decide(input: PassInput, wanted: readonly Removal[], { evidence, ruling }: Judged): Decision {
  const { ledger, now, safety } = input
  const { frozen, unsteady } = ruling
  if (wanted.length === 0 || frozen.length + unsteady.length > 0)
    return { frozen, reasons: unsteady, allowed: false, isConfirmed: false }
  const most = allowance(safety, evidence.served)
  const reasons = [...ruling.doubts]
  if (ruling.disabledWait && wanted.some(({ what }) => what === 'disable'))
    reasons.push(`${evidence.newlyDisabled} of ${evidence.served} tools were disabled at once`)
  const counted = wanted.filter(({ what }) => what !== 'disable').map(({ tool }) => tool)
  const lately = [...removedLately(input)].filter(tool => !counted.includes(tool)).length
  if (counted.length > 0 && lately + counted.length > most)
    reasons.push(`${counted.length} more, after ${lately} within a day; ${most} need nobody's word`)
  const isConfirmed = isCurrent(ledger, now, safety) && ledger.confirmed?.hash === hashOf(wanted)
  return { frozen: [], reasons, allowed: reasons.length === 0 || isConfirmed, isConfirmed }
}

interface Judged {
  readonly evidence: Evidence
  readonly ruling: Ruling
}

const isEmpty = ({ actions, remarks, wanted }: ToolPlan): boolean =>
  actions.length === 0 && remarks.length === 0 && wanted === undefined

/**
 * The plan of a whole pass. Pure. Whatever takes something away for absence, or for flags that look like a mistake, is decided
 * for all tools together: all of it, or nothing.
 */
export function planPass(input: PassInput): PassPlan {
  const evidence = evidenceOf(input)
  const ruling = rule(evidence, input.ledger, input.safety)
  const circumstances = (allowed: boolean): Circumstances => ({
    now: input.now,
    terms: input.terms,
    mayTake: ({ what }) => allowed || (what === 'disable' && !ruling.disabledWait),
    absenceCounts: ruling.frozen.length === 0,
    mayMakeHomesAgain: ruling.mayMakeHomesAgain,
  })
  const careful = input.facts.map(facts => planTool(facts, circumstances(false)))
  const wanted = careful.flatMap(({ wanted }) => {
    return wanted === undefined || (wanted.what === 'disable' && !ruling.disabledWait) ? [] : [wanted]
  })
  const { frozen, reasons, allowed, isConfirmed } = decide(input, wanted, { evidence, ruling })
  const tools = allowed ? input.facts.map(facts => planTool(facts, circumstances(true))) : careful
  return {
    tools: tools.filter(plan => !isEmpty(plan)),
    evidence,
    frozen,
    spends: isConfirmed ? hashOf(wanted) : undefined,
    waiting:
      allowed || wanted.length === 0
        ? undefined
        : { hash: hashOf(wanted), removals: wanted, reasons: frozen.length > 0 ? frozen : reasons },
  }
}
