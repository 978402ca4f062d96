import type { Clock } from '../../src/platform/clock.ts'
import { createSteerableClock } from '../../src/sandbox/control/clock.ts'

export interface TestClock extends Clock {
  /** Lets time pass: sleepers wake in the order of their times, each before those after it. */
  advance(milliseconds: number): Promise<void>
  /** How many sleep now. */
  sleepers(): number
}

/** A clock that stands still until the test moves it. */
export function createTestClock(start = Date.UTC(2026, 10, 22, 10)): TestClock {
  const clock = createSteerableClock({ now: () => start, sleep: () => new Promise(() => {}) })
  clock.stop()
  return { now: clock.now, sleep: clock.sleep, advance: clock.advance, sleepers: () => clock.state().sleepers }
}
