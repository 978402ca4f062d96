import type { Clock } from './clock.ts'

/** How long to wait between attempts: doubling from `first` to `most`, both in milliseconds, with jitter. */
export interface Backoff {
  readonly first: number
  readonly most: number
}

/**
 * The wait before attempt `attempt` (1 is the first retry), in milliseconds: between half and all of the doubled time,
 * so that many clients of one failed server do not come back at once.
 */
export function backoffDelay({ first, most }: Backoff, attempt: number, random: () => number = Math.random): number {
  const full = Math.min(most, first * 2 ** Math.max(0, attempt - 1))
  return full / 2 + (random() * full) / 2
}

/** Calls `work` until it resolves, waiting between attempts; rejects only when `signal` is aborted. */
export async function untilDone<T>(
  work: () => Promise<T>,
  {
    clock,
    backoff,
    signal,
    onError,
  }: { clock: Clock; backoff: Backoff; signal: AbortSignal; onError: (error: unknown) => void },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      onError(error)
      await clock.sleep(backoffDelay(backoff, attempt), signal)
    }
  }
}
