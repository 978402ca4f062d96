import type { Clock } from '../platform/clock.ts'
import { type Backoff, backoffDelay } from '../platform/retry.ts'

/** Something to do for a tool; rejects when it could not be done, and is then done again. */
export type Job = (signal: AbortSignal) => Promise<void>

export interface WorkOptions {
  /** Tools that are worked on at once. */
  readonly concurrency: number
  readonly backoff: Backoff
  readonly clock: Clock
  /** Called at each failure; a tool that fails is left alone for a while, and nobody waits for it. */
  readonly onFailure: (tool: string, error: unknown, failure: { attempts: number; wait: number }) => void
}

/** The last try for a tool failed. */
export interface Failure {
  readonly error: unknown
  readonly attempts: number
  /** Until when it is left alone, in milliseconds since 1970. */
  readonly until: number
}

/** Work on tools, each by itself: one job at a time for one tool, the newest one where there are several. */
export interface Work {
  /** Resolves when the job has been tried once, or another one has taken its place, or the tool is being left alone. */
  add(tool: string, job: Job): Promise<void>
  /** The tools that failed when they were last worked on. */
  readonly failed: ReadonlyMap<string, Failure>
  /** Forgets that a tool failed: it is not left alone any more. */
  forgive(tool: string): void
}

interface Waiting {
  readonly tool: string
  readonly job: Job
  readonly done: () => void
}

export function createWork(options: WorkOptions, signal: AbortSignal): Work {
  const { concurrency, backoff, clock, onFailure } = options
  const waiting = new Map<string, Waiting>()
  const running = new Set<string>()
  const failures = new Map<string, Failure>()

  function next(): Waiting | undefined {
    for (const entry of waiting.values()) if (!running.has(entry.tool)) return entry
    return undefined
  }

  function pump(): void {
    while (running.size < concurrency && !signal.aborted) {
      const entry = next()
      if (entry === undefined) return
      waiting.delete(entry.tool)
      running.add(entry.tool)
      void work(entry)
    }
  }

  async function work({ tool, job, done }: Waiting): Promise<void> {
    try {
      await job(signal)
      failures.delete(tool)
    } catch (error) {
      if (!signal.aborted) fail(tool, error)
    } finally {
      running.delete(tool)
      done()
      pump()
    }
  }

  function fail(tool: string, error: unknown): void {
    const attempts = (failures.get(tool)?.attempts ?? 0) + 1
    const wait = backoffDelay(backoff, attempts)
    failures.set(tool, { error, attempts, until: clock.now() + wait })
    onFailure(tool, error, { attempts, wait })
  }

  signal.addEventListener('abort', () => {
    for (const { done } of waiting.values()) done()
    waiting.clear()
  })

  return {
    add(tool, job) {
      if (signal.aborted || (failures.get(tool)?.until ?? 0) > clock.now()) return Promise.resolve()
      return new Promise(resolve => {
        waiting.get(tool)?.done()
        waiting.set(tool, { tool, job, done: resolve })
        pump()
      })
    },
    failed: failures,
    forgive: tool => void failures.delete(tool),
  }
}
