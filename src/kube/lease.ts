import { isRefusal } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'

/** The cluster's word, not older than some seconds, that a tool may still see what is kept of it in memory. */
export interface Lease {
  /** Milliseconds since it was last given; infinite when it never was. */
  age(): number
  isHeld(): boolean
  /** The cluster has shown at that time that the tool may. */
  grant(at: number): void
  /**
   * Asks the cluster, once for all that wait; false when the answer is no.
   * @throws DomainError `unavailable` when there is no answer
   */
  renew(): Promise<boolean>
}

export interface LeaseDeps {
  ask(): Promise<boolean>
  clock: Clock
  /** Milliseconds. */
  life: number
  /** Called before each question. */
  asked(): void
}

export function createLease({ ask, clock, life, asked }: LeaseDeps): Lease {
  let grantedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<boolean> | undefined

  function askOnce(): Promise<boolean> {
    asked()
    return ask()
  }

  async function askNow(): Promise<boolean> {
    const at = clock.now()
    const deadline = at + life
    const isAllowed = await askOnce().catch(error => {
      // The question changes nothing, so after a lost connection it may be asked again; after a silence it was enough.
      if (isRefusal(error, 'unavailable') && clock.now() < deadline) return askOnce()
      throw error
    })
    grantedAt = isAllowed ? Math.max(grantedAt, at) : Number.NEGATIVE_INFINITY
    return isAllowed
  }

  return {
    age: () => clock.now() - grantedAt,
    isHeld: () => clock.now() - grantedAt < life,
    grant(at) {
      grantedAt = Math.max(grantedAt, at)
    },
    renew() {
      asking ??= askNow().finally(() => {
        asking = undefined
      })
      return asking
    },
  }
}
