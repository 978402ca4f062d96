import { createHash } from 'node:crypto'
import { rfc3339 } from '../../platform/clock.ts'
import type { Removal } from './actions.ts'

/** How much may go wrong before nothing is taken away any more; times in milliseconds, shares from 0 to 1. */
export interface SafetyTerms {
  /** Removals within the window that need nobody's word: so many, or this share of the tools that are served. */
  readonly most: number
  readonly share: number
  readonly window: number
  /** Tools that the directory may lack at once: `most`, or this share. */
  readonly shrink: number
  /** Tools that may be flagged as disabled at once: `mostDisabled`, or this share. */
  readonly mostDisabled: number
  readonly disabledShare: number
  /** Homes that may be unreadable or gone at once: `most`, or this share. */
  readonly homesShare: number
  /** By how much two clocks may differ, and the longest pause between passes. */
  readonly skew: number
  readonly gap: number
  /** How long passes must have come without a longer pause. */
  readonly steady: number
}

/** What is remembered from pass to pass. */
export interface Ledger {
  readonly lastPass: number | undefined
  /** Since when passes have come without a long pause. */
  readonly steadySince: number | undefined
  /** What was taken away for good lately; its traces in the cluster are gone. */
  readonly deletions: readonly { readonly tool: string; readonly at: number }[]
  /** The plan that an operator has agreed to. */
  readonly confirmed: { readonly hash: string; readonly at: number } | undefined
}

export const emptyLedger: Ledger = {
  lastPass: undefined,
  steadySince: undefined,
  deletions: [],
  confirmed: undefined,
}

/** What a pass has seen as a whole. */
export interface Evidence {
  readonly now: number
  /** The cluster's own time. */
  readonly clusterNow: number
  /** Entries of the directory that are tools, whatever their state. */
  readonly listed: number
  /** Tools with a namespace that are not shut off. */
  readonly served: number
  /** Of those: how many the directory lacks, how many it has newly disabled. */
  readonly missing: number
  readonly newlyDisabled: number
  /** Of those: homes that cannot be read now, and homes that are gone though there was one. */
  readonly unreadable: number
  readonly homeless: number
  /** Tools that were shut off for their absence, or deleted, within the window. */
  readonly removedLately: number
}

/** What may be done on the evidence. */
export interface Ruling {
  /** Why nothing may be taken away for absence; empty when it may. */
  readonly frozen: readonly string[]
  /** Why nothing may be taken away yet; nobody's word changes it. */
  readonly unsteady: readonly string[]
  /** Why only what an operator confirms may be taken away. */
  readonly doubts: readonly string[]
  /** Flags that are so many that they look like a mistake wait for an operator too. */
  readonly disabledWait: boolean
  readonly mayMakeHomesAgain: boolean
}

const atMost = (least: number, share: number, of: number): number => Math.max(least, Math.floor(share * of))

/** Removals within the window that need nobody's word. */
export const allowance = ({ most, share }: SafetyTerms, served: number): number => atMost(most, share, served)

function clockReasons({ now, clusterNow }: Evidence, ledger: Ledger, terms: SafetyTerms): string[] {
  const reasons: string[] = []
  const off = Math.abs(now - clusterNow)
  if (off > terms.skew)
    reasons.push(`the clocks differ: it is ${rfc3339(now)} here and ${rfc3339(clusterNow)} in the cluster`)
  if (ledger.lastPass !== undefined && now < ledger.lastPass - terms.skew)
    reasons.push(`the clock has gone back: it is ${rfc3339(now)}, and the last pass was at ${rfc3339(ledger.lastPass)}`)
  return reasons
}

/** After a long pause the clock, or the world, may be another one: what is absent must stay so for a while. */
function unsteady(now: number, ledger: Ledger, terms: SafetyTerms): string[] {
  const since = steadySince(ledger, now, terms)
  return now - since < terms.steady ? [`passes have come regularly only since ${rfc3339(since)}`] : []
}

/** Since when passes have come without a long pause, the present one included. */
export function steadySince({ lastPass, steadySince }: Ledger, now: number, { gap, skew }: SafetyTerms): number {
  if (lastPass === undefined || steadySince === undefined) return now
  const isGap = now - lastPass > gap || now < lastPass - skew
  return isGap ? now : Math.min(steadySince, now)
}

/** Judges a pass as a whole: what looks like somebody else's mistake must not become ours. */
export function rule(evidence: Evidence, ledger: Ledger, terms: SafetyTerms): Ruling {
  const { listed, served, missing, newlyDisabled, unreadable, homeless } = evidence
  const frozen = clockReasons(evidence, ledger, terms)
  if (listed === 0 && served > 0) frozen.push(`the directory is empty, and ${served} tools are served`)
  const homes = atMost(terms.most, terms.homesShare, served)
  if (unreadable > homes) frozen.push(`${unreadable} of ${served} homes cannot be read`)
  if (homeless > homes) frozen.push(`${homeless} of ${served} homes are gone: is the shared disk mounted?`)
  const doubts: string[] = []
  if (missing > atMost(terms.most, terms.shrink, served))
    doubts.push(`the directory lacks ${missing} of ${served} tools at once`)
  return {
    frozen,
    unsteady: unsteady(evidence.now, ledger, terms),
    doubts,
    disabledWait: newlyDisabled > atMost(terms.mostDisabled, terms.disabledShare, served),
    mayMakeHomesAgain: homeless <= homes,
  }
}

/** Names a set of removals: an operator who confirms it confirms these and no others. */
export function hashOf(removals: readonly Removal[]): string {
  const lines = removals.map(({ what, tool }) => `${what} ${tool}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16)
}

/** The ledger after a pass. */
export function ledgerAfter(ledger: Ledger, now: number, terms: SafetyTerms): Ledger {
  return {
    lastPass: now,
    steadySince: steadySince(ledger, now, terms),
    deletions: ledger.deletions.filter(({ at }) => now - at < terms.window),
    confirmed: isCurrent(ledger, now, terms) ? ledger.confirmed : undefined,
  }
}

/** The ledger once the set of this hash is carried out: whoever wants the same again needs another word. */
export const spent = (ledger: Ledger, hash: string | undefined): Ledger =>
  ledger.confirmed === undefined || ledger.confirmed.hash !== hash ? ledger : { ...ledger, confirmed: undefined }

/** A confirmation holds as long as the window. */
export const isCurrent = ({ confirmed }: Ledger, now: number, { window, skew }: SafetyTerms): boolean =>
  confirmed !== undefined && now - confirmed.at < window && confirmed.at - now < skew
