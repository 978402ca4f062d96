import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { backoffDelay } from '../platform/retry.ts'
import { afterDeadline } from './deadline.ts'
import { type Answer, type HelperProcess, type Outcome, startHelper } from './helper-process.ts'
import { homeLimits } from './limits.ts'
import type { Task } from './tasks.ts'
import { createTrouble, unavailable } from './trouble.ts'

export interface PoolConfig {
  helpers: number
  max_stuck: number
  deadline_ms: number
  retry_s: number
}

/** The helper processes, a bounded number of them, and the tasks that wait for one. */
export interface Pool {
  /** Starts the helpers; resolves when all that should run have tried to. */
  start(): Promise<void>
  /**
   * The answer of a helper, within two deadlines: one to wait, one to run. At once where the home cost a helper lately or
   * too many hang. @throws DomainError unavailable
   */
  run(task: Task): Promise<Answer>
  /** Ends all helpers, waiting for none; what still runs is refused. */
  stop(): void
  /** The pids of the helpers that can take tasks or have one. */
  pids(): number[]
}

interface Job {
  task: Task
  resolve(answer: Answer): void
  reject(error: Error): void
  /** Ends the deadline of the waiting. */
  cancel(): void
}

const restart = { first: 100, most: 5000 }

export function createPool(config: PoolConfig, { clock, log }: { clock: Clock; log: Logger }): Pool {
  const trouble = createTrouble(config, clock)
  const helpers = new Set<HelperProcess>()
  const idle: HelperProcess[] = []
  const waiting: Job[] = []
  /** A home takes one helper at most, however many ask for it. */
  const served = new Set<string>()
  const stopping = new AbortController()
  /** Helpers that run, start, or will start again after a pause. */
  let slots = 0
  let failedStarts = 0

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

  function next(): Job | undefined {
    const at = idle.length === 0 ? -1 : waiting.findIndex(job => !served.has(job.task.place.tool))
    const job = at === -1 ? undefined : waiting.splice(at, 1)[0]
    job?.cancel()
    return job
  }

  function pump(): void {
    for (let job = next(); job !== undefined; job = next()) {
      const refusal = trouble.refusal(job.task.place.tool)
      const helper = refusal === undefined ? idle.pop() : undefined
      if (helper === undefined) job.reject(refusal ?? unavailable('Too many homes are being read', 1))
      else void serve(helper, job)
    }
  }

  async function serve(helper: HelperProcess, job: Job): Promise<void> {
    const { tool } = job.task.place
    served.add(tool)
    const outcome = await helper.run(job.task, config.deadline_ms)
    served.delete(tool)
    if (outcome.end === 'answer') {
      idle.push(helper)
      job.resolve(outcome.answer)
    } else job.reject(failure(helper, tool, outcome))
    pump()
  }

  function failure(helper: HelperProcess, tool: string, outcome: Exclude<Outcome, { end: 'answer' }>): Error {
    if (stopping.signal.aborted) return unavailable('The service is stopping', 1)
    if (outcome.end === 'crash') return new Error(`A helper process for the homes failed: ${outcome.reason}`)
    log.warn({ tool, ...outcome, hanging: trouble.hanging() }, 'a home cost a helper process')
    if (outcome.end === 'died' && outcome.busy === 'disk') return unavailable('The reading of a home was cut off', 1)
    return trouble.add(tool, outcome.busy, helper.gone)
  }

  return {
    start,
    run(task) {
      const refusal = stopping.signal.aborted
        ? unavailable('The service is stopping', 1)
        : trouble.refusal(task.place.tool)
      if (refusal !== undefined) return Promise.reject(refusal)
      if (waiting.length >= homeLimits.waiting) return Promise.reject(unavailable('Too many homes are being read', 1))
      void start()
      return new Promise((resolve, reject) => {
        const job: Job = { task, resolve, reject, cancel: () => {} }
        job.cancel = afterDeadline(config.deadline_ms, () => {
          waiting.splice(waiting.indexOf(job), 1)
          reject(unavailable('Too many homes are being read', 1))
        })
        waiting.push(job)
        pump()
      })
    },
    stop() {
      stopping.abort()
      for (const job of waiting.splice(0)) {
        job.cancel()
        job.reject(unavailable('The service is stopping', 1))
      }
      for (const helper of helpers) helper.kill()
    },
    pids: () => [...helpers].flatMap(helper => helper.pid ?? []),
  }
}
