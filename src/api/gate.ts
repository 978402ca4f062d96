import { DomainError } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'

export interface GateConfig {
  /** How many may be inside at once under one key. */
  readonly most: number
  /** How long the others wait in milliseconds before they are sent away. */
  readonly wait: number
  /** What there is too much of, for the text of the refusal. */
  readonly what: string
}

/** Bounds how much goes on at once under one key; who comes too many waits in line for a while. */
export interface Gate {
  /**
   * Resolves with the function that leaves again, to be called once.
   * @throws DomainError unavailable when it stays full for too long, or when `signal` fires.
   */
  enter(key: string, signal: AbortSignal): Promise<() => void>
}

interface Lane {
  inside: number
  readonly line: (() => void)[]
}

export function createGate({ most, wait, what }: GateConfig, clock: Clock): Gate {
  const lanes = new Map<string, Lane>()

  function leave(key: string, lane: Lane): void {
    const next = lane.line.shift()
    if (next === undefined) lane.inside -= 1
    else next()
    if (lane.inside === 0) lanes.delete(key)
  }

  async function turn({ line }: Lane, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = new AbortController()
    const giveUp = () => {
      const place = line.indexOf(resolve)
      // Not in line any more: it was let in at the same moment.
      if (place === -1) return
      line.splice(place, 1)
      reject(
        new DomainError('unavailable', `this tool has too many ${what} open at once; try again`, { retryAfter: 1 }),
      )
    }
    line.push(resolve)
    const timer = clock.sleep(wait, AbortSignal.any([signal, waiting.signal])).then(giveUp, giveUp)
    try {
      await promise
    } finally {
      waiting.abort()
      await timer
    }
  }

  return {
    async enter(key, signal) {
      const lane = lanes.get(key) ?? { inside: 0, line: [] }
      lanes.set(key, lane)
      if (lane.inside < most) lane.inside += 1
      else await turn(lane, signal)
      return () => leave(key, lane)
    },
  }
}
