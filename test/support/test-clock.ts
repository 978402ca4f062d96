import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/platform/clock.ts'

export interface TestClock extends Clock {
  /** Lets time pass: sleepers wake in the order of their times, each before those after it. */
  advance(milliseconds: number): Promise<void>
  /** How many sleep now. */
  sleepers(): number
}

interface Sleeper {
  at: number
  wake: () => void
}

/** What has been set going gets its turn: promises, and the callbacks of the event loop. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}

/** A clock that stands still until the test moves it. */
export function createTestClock(start = Date.UTC(2026, 10, 22, 10)): TestClock {
  let now = start
  let sleepers: Sleeper[] = []

  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = (): void => {
        sleepers = sleepers.filter(other => other !== sleeper)
        signal?.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        leave()
        reject(signal?.reason)
      }
      const wake = (): void => {
        leave()
        resolve()
      }
      const sleeper = { at: now + Math.max(0, milliseconds), wake }
      sleepers.push(sleeper)
      signal?.addEventListener('abort', abort)
    })

  const next = (end: number): Sleeper | undefined =>
    sleepers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]

  return {
    now: () => now,
    sleep,
    sleepers: () => sleepers.length,
    advance: async milliseconds => {
      const end = now + milliseconds
      await settle()
      for (let sleeper = next(end); sleeper !== undefined; sleeper = next(end)) {
        now = sleeper.at
        sleeper.wake()
        await settle()
      }
      now = end
      await settle()
    },
  }
}
