import type { Directory, Listing } from '../directory/directory.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { mapBounded } from '../platform/map-bounded.ts'
import { messageOf } from '../platform/message-of.ts'
import type { Metrics } from './metrics.ts'
import { performForPeople } from './people.ts'
import type { Action, ToolPlan } from './plan/actions.ts'
import type { ToolFacts } from './plan/facts.ts'
import { type PassPlan, planPass } from './plan/plan-pass.ts'
import { planTool, type Terms } from './plan/plan-tool.ts'
import { ledgerAfter, type Ruling, rule, type SafetyTerms, spent } from './plan/safety.ts'
import { type Listed, listedOf, type Reading, type ReadingDeps, readAll, readTool } from './reading.ts'
import { createPerformer, type Performer, type StepDeps } from './steps/perform.ts'
import { createWork, type Work } from './work.ts'

/** What one pass came to. */
export interface PassReport {
  readonly plan: PassPlan
  readonly reading: Reading
  /** Tools for which all was done, and those for which something failed. */
  readonly done: number
  readonly failed: readonly { readonly tool: string; readonly reason: string }[]
  /** Seconds. */
  readonly seconds: number
}

/** Told while a pass goes on. */
export interface Progress {
  readonly done: number
  readonly of: number
  readonly failed: number
}

export interface EngineDeps extends ReadingDeps, Omit<StepDeps, 'template'> {
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly terms: Terms
  readonly safety: SafetyTerms
  /** Tools that are worked on at once. */
  readonly concurrency: number
}

/** Keeps all tools as they should be, for as long as one signal lasts. */
export interface Engine {
  /** Reads all, and says what would be done. Changes nothing. @throws Error when something cannot be read */
  plan(): Promise<{ reading: Reading; plan: PassPlan }>
  /** One whole pass. @throws Error when something cannot be read: then nothing was done */
  pass(progress?: (progress: Progress) => void): Promise<PassReport>
  /** Looks at one tool soon: something of it may have changed. */
  touch(tool: string): void
  /**
   * Looks at the tools that another listing has otherwise than the last one. `pass`: there are so many, or administrators
   * among them, that a pass should come soon.
   */
  listed(listing: Listing): 'touched' | 'pass' | 'first'
  readonly failing: number
}

const backoff = { first: 1000, most: 5 * 60_000 }
/** Changed accounts that are looked at one by one; for more a pass is cheaper, and sees whether they look like a mistake. */
const mostTouched = 10

/** What went wrong for a tool, and at which step. */
class StepError extends Error {
  readonly action: Action

  constructor(action: Action, cause: unknown) {
    super(`${action.do}: ${messageOf(cause)}`, { cause })
    this.name = 'StepError'
    this.action = action
  }
}

export function createEngine(deps: EngineDeps, signal: AbortSignal): Engine {
  const { clock, log, metrics, terms, safety } = deps
  let newest: Listed | undefined
  /** By the last pass: what looks wrong as a whole cannot be seen from a single tool. */
  let ruling: Pick<Ruling, 'mayMakeHomesAgain' | 'disabledWait'> = { mayMakeHomesAgain: false, disabledWait: true }

  const work: Work = createWork(
    {
      concurrency: deps.concurrency,
      backoff,
      clock,
      onFailure(tool, error, { attempts, wait }) {
        metrics.failed(error instanceof StepError ? error.action.do : 'look')
        log.warn({ tool, attempts, retry_ms: Math.round(wait), err: error }, 'a step failed; it is tried again')
        clock.sleep(wait + 1, signal).then(
          () => touch(tool),
          () => {},
        )
      },
    },
    signal,
  )

  /** One step; why it failed, if it did. */
  async function step(tool: string, performer: Performer, action: Action): Promise<StepError | undefined> {
    try {
      await performer.perform(action)
    } catch (error) {
      return new StepError(action, error)
    }
    metrics.acted(action.do)
    if (isTold(action)) log.info({ tool, ...action }, 'done')
    return undefined
  }

  async function carryOut({ tool, actions }: ToolPlan, facts: ToolFacts, uid: number): Promise<void> {
    const performer = createPerformer({ facts, uid }, { ...deps, template: deps.template() })
    let failure: StepError | undefined
    for (const action of actions) {
      signal.throwIfAborted()
      if (isTaking(action) && isBack(tool)) return
      // Each lock holds by itself: one that cannot be closed must not keep the others open.
      if (failure !== undefined && !isLock(action)) break
      const failed = await step(tool, performer, action)
      failure ??= failed
    }
    if (failure !== undefined) throw failure
  }

  /** Whether the newest listing has the tool at work: a plan may be minutes old by the time it is carried out. */
  function isBack(tool: string): boolean {
    return newest?.accounts.get(tool)?.state === 'active'
  }

  async function read(): Promise<{ reading: Reading; plan: PassPlan }> {
    const reading = await readAll(deps, signal)
    const { facts, ledger, clusterNow } = reading
    const plan = planPass({ facts, ledger, clusterNow, now: clock.now(), terms, safety })
    return { reading, plan }
  }

  async function pass(progress: (progress: Progress) => void = () => {}): Promise<PassReport> {
    const began = clock.now()
    const { reading, plan } = await read()
    const now = clock.now()
    newest = reading.listed
    ruling = rule(plan.evidence, reading.ledger, safety)
    await deps.ledger.change(ledger => ledgerAfter(spent(ledger, plan.spends), now, safety), { now: plan.waiting })
    const facts = new Map(reading.facts.map(one => [one.tool, one]))
    const busy = plan.tools.filter(({ actions }) => actions.length > 0)
    let done = 0
    await forPeople(reading)
    await mapBounded(busy, Number.POSITIVE_INFINITY, async toolPlan => {
      const { tool } = toolPlan
      const known = facts.get(tool)
      if (known === undefined) return
      await work.add(tool, () => carryOut(toolPlan, known, uidFor(known, reading.uids)))
      done++
      progress({ done, of: busy.length, failed: work.failed.size })
    })
    for (const tool of [...work.failed.keys()]) if (!facts.has(tool)) work.forgive(tool)
    const failed = [...work.failed].map(([tool, { error }]) => ({ tool, reason: messageOf(error) }))
    const report = { plan, reading, done: busy.length - failed.length, failed, seconds: (clock.now() - began) / 1000 }
    metrics.passed(report, clock.now())
    return report
  }

  /** A step that fails is tried again by the next pass, and keeps no tool waiting. */
  async function forPeople({ people }: Reading): Promise<void> {
    for (const action of people.actions) {
      try {
        await performForPeople(action, deps.people)
        metrics.acted(`people-${action.do}`)
        log.info({ ...action }, 'done for the administrators')
      } catch (error) {
        metrics.failed(`people-${action.do}`)
        log.warn({ ...action, err: error }, 'a step for the administrators failed; the next pass tries again')
      }
    }
  }

  async function look(tool: string): Promise<void> {
    if (newest === undefined) return
    const { facts, uid } = await readTool(tool, { ...deps, accounts: newest.accounts }, signal)
    const plan = planTool(facts, {
      now: clock.now(),
      terms,
      // What is absent is judged by a pass only; a flag acts at once.
      mayTake: ({ what }) => what === 'disable' && !ruling.disabledWait,
      absenceCounts: false,
      mayMakeHomesAgain: ruling.mayMakeHomesAgain,
    })
    if (plan.actions.length > 0 && uid !== undefined) await carryOut(plan, facts, uid)
  }

  function touch(tool: string): void {
    if (!signal.aborted) void work.add(tool, () => look(tool))
  }

  return {
    plan: read,
    pass,
    touch,
    listed(listing) {
      const before = newest
      const next = listedOf(listing)
      newest = next
      if (before === undefined) return 'first'
      const changed = changedTools(before, next)
      if (changed.length > Math.min(mostTouched, safety.mostDisabled)) return 'pass'
      for (const tool of changed) {
        work.forgive(tool)
        touch(tool)
      }
      return isSame(before.administrators, next.administrators) ? 'touched' : 'pass'
    },
    get failing() {
      return work.failed.size
    },
  }
}

/** What takes something away; the rest only gives. */
const isTaking = ({ do: name }: Action): boolean =>
  ['shut-off', 'deny', 'unbind', 'stop-quota', 'stop-workloads', 'disable-home', 'delete'].includes(name)

/** One of several ways in which a tool is shut off, each good without the others. */
const isLock = ({ do: name }: Action): boolean =>
  ['deny', 'unbind', 'stop-quota', 'stop-workloads', 'disable-home'].includes(name)

/** What people want to find in the log; the making of a tool's parts is not. */
const isTold = (action: Action): boolean =>
  isTaking(action) || ['certificate', 'returned'].includes(action.do) || ('how' in action && action.how === 'repair')

const uidFor = ({ tool, account }: ToolFacts, uids: ReadonlyMap<string, number>): number =>
  'uid' in account ? account.uid : (uids.get(tool) ?? 0)

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The names of tools whose accounts differ; what has gone is left to a pass. */
const changedTools = (before: Listed, next: Listed): string[] =>
  [...next.accounts].filter(([tool, account]) => !isSame(before.accounts.get(tool), account)).map(([tool]) => tool)
