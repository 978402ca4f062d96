import { setTimeout as delay } from 'node:timers/promises'

/** Time as an argument: the only place that asks the machine for it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Resolves after `milliseconds`; rejects with the signal's reason when `signal` is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal })
  },
}

/** A moment as RFC 3339 in UTC with whole seconds, as Kubernetes writes it: `2026-11-22T10:00:00Z`. */
export const rfc3339 = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
