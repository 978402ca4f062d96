import type { Pod } from '../kinds/types.ts'
import { finishedAt } from './job-pods.ts'

const first = 10_000
const longest = 10 * 60_000

/** How a job's pods have failed since one last succeeded. */
export interface Backoff {
  failures: number
  /** Milliseconds since 1970. */
  lastFailure: number
}

export const noBackoff: Backoff = { failures: 0, lastFailure: 0 }

/** The record with the pods that have ended since. */
export function nextBackoff(before: Backoff, succeeded: readonly Pod[], failed: readonly Pod[]): Backoff {
  const lastSuccess = Math.max(...succeeded.map(finishedAt), Number.NEGATIVE_INFINITY)
  const start = succeeded.length > 0 ? noBackoff : before
  const times = failed.map(finishedAt).filter(time => time > lastSuccess)
  if (times.length === 0) return start
  return { failures: start.failures + times.length, lastFailure: Math.max(...times) }
}

/** Milliseconds until the next pod may be made: 10 s after one failure, doubled for each more, at most 10 minutes. */
export function backoffLeft({ failures, lastFailure }: Backoff, now: number): number {
  if (failures === 0) return 0
  const delay = Math.min(longest, first * 2 ** (failures - 1))
  return Math.max(0, lastFailure + delay - now)
}
