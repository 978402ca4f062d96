import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { backoffDelay } from '../platform/retry.ts'
import { afterDeadline } from './deadline.ts'
import { type HelperAnswer, type HelperProcess, type Outcome, startHelper } from './helper-process.ts'
import type { Looked } from './inspect-homes.ts'
import { homeLimits } from './limits.ts'
import { type Order, takeNext, taskOf, type Waiting } from './orders.ts'
import { ownerName } from './paths.ts'
import { createTrouble, unavailable } from './trouble.ts'

export interface PoolConfig {
  helpers: number
  max_stuck: number
  deadline_ms: number
  retry_s: number
}

/** What a helper answers for one home. */
export type Answer = Exclude<HelperAnswer, { looks: unknown }> | Looked

/** The helper processes, a bounded number of them, and the orders that wait for one. */
export interface Pool {
  /** Starts the helpers; resolves when all that should run have tried to. */
  start(): Promise<void>
  /**
   * The answer of a helper, within two deadlines: one to wait, one to run. A patient pool lets wait as many as come, for as long
   * as helpers take orders. At once where the home cost a helper lately or too many hang. @throws DomainError unavailable
   */
  run(order: Order): Promise<Answer>
  /** Ends all helpers, waiting for none; what still runs is refused. */
  stop(): void
  /** The pids of the helpers that can take tasks or have one. */
  pids(): number[]
}

interface Job extends Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
  /** Ends the deadline of the waiting. */
  cancel(): void
  /** Called when the home itself is seen to hang. */
  found(): void
}

const busy = 'Too many homes are being read'
const restart = { first: 100, most: 5000 }

type Failed = Exclude<Outcome, { end: 'answer' }>

/** Milliseconds without any order taken, after which a patient pool gives up; more than helpers take to start. */
const patience = 10_000

export interface PoolDeps {
  clock: Clock
  log: Logger
  isPatient?: boolean
}

export function createPool(config: PoolConfig, { clock, log, isPatient = false }: PoolDeps): Pool {
  const trouble = createTrouble(config, clock)
  const helpers = new Set<HelperProcess>()
  const idle: HelperProcess[] = []
  let waiting: Job[] = []
  /** A home takes one helper at most, however many ask for it. */
  const served = new Set<string>()
  /** Homes that cost a helper the last time that they were asked for: such a one is not sent with others. */
  const suspects = new Set<string>()
  const stopping = new AbortController()
  /** Helpers that run, start, or will start again after a pause. */
  let slots = 0
  let failedStarts = 0
  let isWatching = false
  let cancelWatch = (): void => {}

  async function launch(): Promise<void> {
    const helper = startHelper()
    helpers.add(helper)
    const ready = await helper.ready
    failedStarts = ready ? 0 : failedStarts + 1
    void helper.ended.then(() => replace(helper, ready))
    if (!ready) return
    idle.push(helper)
    pump()
  }

  async function replace(helper: HelperProcess, wasReady: boolean): Promise<void> {
    helpers.delete(helper)
    const at = idle.indexOf(helper)
    if (at !== -1) idle.splice(at, 1)
    if (stopping.signal.aborted) return
    if (!wasReady) {
      log.error({ failedStarts }, 'a helper process for the homes did not start')
      await clock.sleep(backoffDelay(restart, failedStarts), stopping.signal).catch(() => {})
    }
    if (!stopping.signal.aborted) await launch()
  }

  async function start(): Promise<void> {
    const missing = config.helpers - slots
    slots = config.helpers
    await Promise.all(Array.from({ length: missing }, launch))
  }

  function pump(): void {
    for (let jobs = next(); jobs.length > 0; jobs = next()) {
      cancelWatch()
      const able = jobs.filter(isTaken)
      const helper = able.length === 0 ? undefined : idle.pop()
      if (helper !== undefined) void serve(helper, able)
    }
    watch()
  }

  /** Helpers that are free share what waits. */
  const next = (): Job[] =>
    idle.length === 0
      ? []
      : takeNext(waiting, served, Math.min(homeLimits.together, Math.ceil(waiting.length / idle.length)))

  function isTaken(job: Job): boolean {
    job.cancel()
    const refusal = trouble.refusal(job.owner)
    if (refusal !== undefined) job.reject(refusal)
    return refusal === undefined
  }

  async function serve(helper: HelperProcess, jobs: Job[]): Promise<void> {
    for (const { owner } of jobs) served.add(owner)
    const orders = jobs.map(({ order }) => order)
    const outcome = await helper.run(taskOf(orders, config.deadline_ms), config.deadline_ms)
    for (const { owner } of jobs) served.delete(owner)
    if (outcome.end !== 'answer') fail(helper, jobs, outcome)
    else {
      idle.push(helper)
      settle(jobs, outcome.answer)
    }
    pump()
  }

  /** Looks for which there was no time wait again, before all others. */
  function settle(jobs: Job[], answer: HelperAnswer): void {
    const answers: readonly Answer[] = 'looks' in answer ? answer.looks : [answer]
    for (const [at, job] of jobs.entries()) {
      const own = answers[at]
      if (own === undefined) continue
      suspects.delete(job.owner)
      job.resolve(own)
    }
    waiting = [...jobs.slice(answers.length), ...waiting]
  }

  function fail(helper: HelperProcess, jobs: Job[], outcome: Failed): void {
    const [only] = jobs
    if (stopping.signal.aborted) for (const job of jobs) job.reject(unavailable('The service is stopping', 1))
    else if (only !== undefined && jobs.length === 1) only.reject(failure(helper, only, outcome))
    else askAlone(helper, jobs, outcome)
  }

  /** One home must not cost the others their answer, and nobody knows which it was: each is asked for again by itself. */
  function askAlone(helper: HelperProcess, jobs: Job[], outcome: Failed): void {
    log.warn({ homes: jobs.length, ...outcome }, 'one of several homes cost a helper process; each is asked for alone')
    const found = outcome.end === 'deadline' ? trouble.addUnknown(helper.gone) : () => {}
    for (const job of jobs) Object.assign(job, { isAlone: true, found })
    waiting = [...jobs, ...waiting]
  }

  function failure(helper: HelperProcess, { order, owner, found }: Job, outcome: Failed): Error {
    suspects.add(owner)
    if (outcome.end === 'crash') return new Error(`A helper process for the homes failed: ${outcome.reason}`)
    log.warn({ tool: order.place.tool, ...outcome, hanging: trouble.hanging() }, 'a home cost a helper process')
    if (outcome.end === 'died' && outcome.busy === 'disk') return unavailable('The reading of a home was cut off', 1)
    if (outcome.busy === 'disk') found()
    return trouble.add(owner, outcome.busy, helper.gone)
  }

  function refuseAll(reason: string): void {
    for (const job of waiting.splice(0)) {
      job.cancel()
      job.reject(unavailable(reason, 1))
    }
  }

  /** Whoever waits patiently waits for helpers that work, not for some that cannot be started. */
  function watch(): void {
    if (!isPatient || isWatching || waiting.length === 0) return
    isWatching = true
    const cancel = afterDeadline(Math.max(patience, 2 * config.deadline_ms), () => {
      isWatching = false
      refuseAll(busy)
    })
    cancelWatch = () => {
      isWatching = false
      cancel()
    }
  }

  let isPumping = false
  /** Looks that are asked for one after the other, in one turn of this process, go together. */
  function pumpSoon(): void {
    if (isPumping) return
    isPumping = true
    setImmediate(() => {
      isPumping = false
      pump()
    })
  }

  function enqueue(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const nothing = (): void => {}
      const owner = ownerName(order.place)
      const job: Job = { order, owner, isAlone: suspects.has(owner), resolve, reject, cancel: nothing, found: nothing }
      if (!isPatient)
        job.cancel = afterDeadline(config.deadline_ms, () => {
          waiting.splice(waiting.indexOf(job), 1)
          reject(unavailable(busy, 1))
        })
      waiting.push(job)
      if (order.kind === 'inspect') pumpSoon()
      else pump()
    })
  }

  return {
    start,
    async run(order) {
      const refusal = stopping.signal.aborted
        ? unavailable('The service is stopping', 1)
        : trouble.refusal(ownerName(order.place))
      if (refusal !== undefined) throw refusal
      if (!isPatient && waiting.length >= homeLimits.waiting) throw unavailable(busy, 1)
      void start()
      return enqueue(order)
    },
    stop() {
      stopping.abort()
      refuseAll('The service is stopping')
      cancelWatch()
      for (const helper of helpers) helper.kill()
    },
    pids: () => [...helpers].flatMap(helper => helper.pid ?? []),
  }
}
