import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'

/** The longest time that a timer of Node's can be set to. */
const longestTimer = 2 ** 31 - 1
/** So many turns of the event loop in which nothing happens mean that all has been done. */
const quietTurns = 3
/** Something that never comes to rest must not keep time from passing. */
const mostTurns = 1000

export interface ClockState {
  /** Milliseconds since 1970. */
  now: number
  stopped: boolean
  /** Milliseconds that it is ahead of the machine's clock. */
  offset: number
  /** How many sleep now. */
  sleepers: number
}

/** A clock that goes with the machine's until somebody stops, sets or advances it. */
export interface SteerableClock extends Clock {
  state(): ClockState
  /** It stands still until it is advanced or goes on. */
  stop(): void
  /** It goes on from where it is, at the machine's pace. */
  go(): void
  /**
   * Lets time pass: who sleeps wakes in the order of time, and does what there is to do before the next one wakes. One
   * call after the other. @throws the signal's reason; time then stays where it has come to
   */
  advance(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** Puts it so far ahead of the machine's clock. Forward is as `advance`; when it is set back, nobody sleeps for longer. */
  setOffset(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export interface SteerableClockOptions {
  /** A number that changes whenever something happens. */
  activity?: (() => number) | undefined
  /** Resolves when what happens outside of the event loop has come to rest, such as a process that is about to end. */
  rest?: (() => Promise<void>) | undefined
}

interface Sleeper {
  at: number
  wake(): void
  timer: AbortController | undefined
}

/** Time of its own beside the machine's. */
export function createSteerableClock(machine: Clock, options: SteerableClockOptions = {}): SteerableClock {
  const { activity = () => 0, rest } = options
  const sleepers = new Set<Sleeper>()
  let offset = 0
  let frozen: number | undefined
  let moves = 0
  let last: Promise<unknown> = Promise.resolve()

  const now = (): number => frozen ?? machine.now() + offset

  const arm = (sleeper: Sleeper): void => {
    if (frozen !== undefined) return
    const timer = new AbortController()
    sleeper.timer = timer
    machine.sleep(Math.min(longestTimer, Math.max(0, sleeper.at - now())), timer.signal).then(
      () => (sleeper.at <= now() ? sleeper.wake() : arm(sleeper)),
      () => {
        // It woke otherwise, or the clock was stopped.
      },
    )
  }

  const stop = (): void => {
    frozen = now()
    for (const { timer } of sleepers) timer?.abort()
  }

  const go = (): void => {
    if (frozen === undefined) return
    offset = frozen - machine.now()
    frozen = undefined
    for (const sleeper of sleepers) arm(sleeper)
  }

  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = (): void => {
        moves += 1
        sleepers.delete(sleeper)
        sleeper.timer?.abort()
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
      const sleeper: Sleeper = { at: now() + Math.max(0, milliseconds), wake, timer: undefined }
      moves += 1
      sleepers.add(sleeper)
      signal?.addEventListener('abort', abort)
      arm(sleeper)
    })

  /** The next to wake until `end`; of several at one time the one that has slept longest. */
  const next = (end: number): Sleeper | undefined => {
    let first: Sleeper | undefined
    for (const sleeper of sleepers) if (sleeper.at <= end && sleeper.at < (first?.at ?? Infinity)) first = sleeper
    return first
  }

  /** Gives what has been set going its turns: promises, callbacks of the event loop, and what they set going. */
  const quiet = async (): Promise<void> => {
    let seen = moves + activity()
    for (let turns = 0, calm = 0; calm < quietTurns && turns < mostTurns; turns++) {
      await setImmediate()
      const here = moves + activity()
      calm = here === seen ? calm + 1 : 0
      seen = here
    }
  }

  const settle = async (): Promise<void> => {
    await quiet()
    if (rest === undefined) return
    await rest()
    await quiet()
  }

  const pass = async (milliseconds: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted()
    const wasStopped = frozen !== undefined
    stop()
    const end = now() + milliseconds
    try {
      await settle()
      for (let sleeper = next(end); sleeper !== undefined; sleeper = next(end)) {
        signal?.throwIfAborted()
        frozen = Math.max(now(), sleeper.at)
        sleeper.wake()
        await settle()
      }
      frozen = end
      await settle()
    } finally {
      if (!wasStopped) go()
    }
  }

  /** One after the other, whatever became of the one before. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }

  const setBack = (milliseconds: number): void => {
    const wasStopped = frozen !== undefined
    stop()
    frozen = now() - milliseconds
    for (const sleeper of sleepers) sleeper.at -= milliseconds
    if (!wasStopped) go()
  }

  return {
    now,
    sleep,
    state: () => ({
      now: now(),
      stopped: frozen !== undefined,
      offset: now() - machine.now(),
      sleepers: sleepers.size,
    }),
    stop,
    go,
    advance: (milliseconds, signal) => inTurn(() => pass(milliseconds, signal)),
    setOffset: (milliseconds, signal) =>
      inTurn(async () => {
        const step = machine.now() + milliseconds - now()
        if (step < 0) setBack(-step)
        else await pass(step, signal)
        // What passing took is made up for.
        if (frozen === undefined) offset = milliseconds
      }),
  }
}
