import type { Clock } from './clock.ts'

/** Timers hold no more than 24.8 days. */
const longestSleep = 86_400_000

/** Resolves at a moment in milliseconds since 1970, however far away; rejects with the signal's reason when that comes first. */
export async function sleepUntil(clock: Clock, moment: number, signal?: AbortSignal): Promise<void> {
  for (let left = moment - clock.now(); left > 0; left = moment - clock.now())
    await clock.sleep(Math.min(left, longestSleep), signal)
}
