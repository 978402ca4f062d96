import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'

const firstRetry = 1000
const longestRetry = 60_000
/** The longest time a timer can be set to; after that the work is looked at again for nothing. */
const longestWait = 2 ** 31 - 1

export interface WorkQueue {
  /** Has the key's work done soon; many calls until then are one. */
  add(key: string): void
  /** Has the key's work done after so many milliseconds, instead of when it would have been next; sooner if something calls for it. */
  addAfter(key: string, wait: number): void
  stop(): void
}

/** What the work of a key says at its end: to be done again after this time, or at once retried later and later. */
export interface Outcome {
  /** Milliseconds; infinite for: not until something calls for it. */
  wait: number
  failed: boolean
}

/** All is done until something calls for it. */
export const idle: Outcome = { wait: Number.POSITIVE_INFINITY, failed: false }

/** Does each key's work when something has changed, and again after the time that the work itself asked for. */
export function createWorkQueue(
  work: (key: string) => Outcome,
  { clock, log }: { clock: Clock; log: Logger },
): WorkQueue {
  const dirty = new Set<string>()
  const timers = new Map<string, AbortController>()
  const failures = new Map<string, number>()
  let planned = false
  let stopped = false

  const later = (key: string, wait: number): void => {
    const timer = new AbortController()
    timers.set(key, timer)
    clock.sleep(Math.min(wait, longestWait), timer.signal).then(
      () => {
        timers.delete(key)
        add(key)
      },
      () => {
        // Something else came first, or everything stops.
      },
    )
  }

  const retryAfter = (key: string, failed: boolean): number => {
    if (!failed) {
      failures.delete(key)
      return Number.POSITIVE_INFINITY
    }
    const before = failures.get(key) ?? 0
    failures.set(key, before + 1)
    return Math.min(longestRetry, firstRetry * 2 ** before)
  }

  const attempt = (key: string): Outcome => {
    try {
      return work(key)
    } catch (error) {
      log.error({ err: error, key }, 'a controller failed; it tries again')
      return { ...idle, failed: true }
    }
  }

  const run = (key: string): void => {
    timers.get(key)?.abort()
    timers.delete(key)
    const { wait, failed } = attempt(key)
    const next = Math.min(wait, retryAfter(key, failed))
    if (Number.isFinite(next)) later(key, next)
  }

  const flush = (): void => {
    planned = false
    const keys = [...dirty]
    dirty.clear()
    for (const key of keys) if (!stopped) run(key)
  }

  const add = (key: string): void => {
    if (stopped) return
    dirty.add(key)
    if (planned) return
    planned = true
    setImmediate(flush)
  }

  return {
    add,
    addAfter: (key, wait) => {
      if (stopped) return
      timers.get(key)?.abort()
      later(key, wait)
    },
    stop: () => {
      stopped = true
      for (const timer of timers.values()) timer.abort()
      timers.clear()
    },
  }
}
