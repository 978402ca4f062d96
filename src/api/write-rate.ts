import { DomainError } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'

/** How many writes a tool may make: `perMinute` in the long run, `burst` at once. */
export interface WriteRateConfig {
  readonly perMinute: number
  readonly burst: number
}

export interface WriteRate {
  /** Counts one write of the tool. @throws DomainError too_many, with the seconds after which the next one may come. */
  take(tool: string): void
}

/** Tools that are remembered before the first look for those that may be forgotten. */
const firstSweep = 1024

/**
 * A token bucket for each tool, kept as one number: the moment at which the bucket is full again. A tool whose moment has
 * passed is the same as one never seen, and is forgotten.
 */
export function createWriteRate({ perMinute, burst }: WriteRateConfig, clock: Clock): WriteRate {
  const interval = 60_000 / perMinute
  const fullAt = new Map<string, number>()
  let sweepAt = firstSweep

  function sweep(now: number): void {
    for (const [tool, moment] of fullAt) if (moment <= now) fullAt.delete(tool)
    sweepAt = Math.max(firstSweep, fullAt.size * 2)
  }

  return {
    take(tool) {
      const now = clock.now()
      const full = Math.max(now, fullAt.get(tool) ?? 0)
      const wait = full + interval - now - burst * interval
      if (wait > 0) {
        const text = `too many changes at once: a tool may make ${perMinute} a minute, and ${burst} in one go`
        throw new DomainError('too_many', text, { retryAfter: wait / 1000 })
      }
      if (fullAt.size >= sweepAt) sweep(now)
      fullAt.set(tool, full + interval)
    },
  }
}
