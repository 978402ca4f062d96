import { setImmediate } from 'node:timers/promises'
import { type Clock, systemClock } from '../../src/platform/clock.ts'

/** From here on a sleep is one of the simulated time, in milliseconds; shorter ones are the machine's. */
const long = 60_000

interface Sleeper {
  at: number
  wake(): void
}

/** A clock for a service beside a sandbox whose time goes on in steps. */
export interface StepClock extends Clock {
  /** Wakes who has slept long enough. */
  wake(): void
  /** Resolves when so many wait for the simulated time to go on. */
  rest(sleepers: number): Promise<void>
}

/** Time is what `now` says; who sleeps for long wakes by `wake` only. */
export function createStepClock(now: () => number): StepClock {
  const sleepers = new Set<Sleeper>()
  let changed = Promise.withResolvers<void>()
  const tell = () => changed.resolve()
  const sleepLong = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        at: now() + milliseconds,
        wake() {
          leave()
          resolve()
        },
      }
      const abort = () => {
        leave()
        reject(signal?.reason)
      }
      const leave = () => {
        sleepers.delete(sleeper)
        tell()
        signal?.removeEventListener('abort', abort)
      }
      if (signal?.aborted) return reject(signal.reason)
      sleepers.add(sleeper)
      tell()
      signal?.addEventListener('abort', abort)
    })
  return {
    now,
    sleep: (milliseconds, signal) => (milliseconds < long ? systemClock.sleep : sleepLong)(milliseconds, signal),
    wake() {
      for (const sleeper of [...sleepers]) if (sleeper.at <= now()) sleeper.wake()
    },
    async rest(count) {
      while (sleepers.size !== count) {
        changed = Promise.withResolvers()
        await changed.promise
        // What goes on at once is no rest.
        await setImmediate()
      }
    },
  }
}
