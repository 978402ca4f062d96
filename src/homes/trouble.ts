import { DomainError } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'

interface Entry {
  /** What kept the helper busy when it had to be killed: the home's disk, or a text that takes too much work. */
  busy: 'disk' | 'text'
  /** When the home may be tried again, once the killed process is gone; milliseconds since 1970. */
  until: number
  gone: boolean
}

/** Remembers which homes cost a helper, so that they are refused for a while without another try. */
export interface Trouble {
  /** Why the home of `owner` ("tool a") is not to be tried now; undefined when it may be. */
  refusal(owner: string): Error | undefined
  /** `gone` settles when the killed process has ended: one that hangs in the kernel does when the disk answers again. */
  add(owner: string, busy: 'disk' | 'text', gone: Promise<void>): Error
  /**
   * A process hangs with several homes, and which of them it is will be seen when each is asked alone: it counts as a home that
   * hangs until it is gone, or the returned function is called because the home itself counts.
   */
  addUnknown(gone: Promise<void>): () => void
  /** The number of homes that hang. */
  hanging(): number
}

export function createTrouble(config: { max_stuck: number; retry_s: number }, clock: Clock): Trouble {
  const entries = new Map<string, Entry>()
  const unknown = new Set<Promise<void>>()

  const prune = (): void => {
    const now = clock.now()
    for (const [owner, entry] of entries) if (entry.gone && now >= entry.until) entries.delete(owner)
  }
  const hanging = (): number => {
    prune()
    return entries
      .values()
      .filter(entry => entry.busy === 'disk')
      .reduce(count => count + 1, unknown.size)
  }
  const explain = (owner: string, busy: 'disk' | 'text'): Error =>
    unavailable(
      busy === 'disk'
        ? `The home of ${owner} on the shared disk does not answer`
        : `The kubeconfig, certificate or key in the home of ${owner} took too long to read`,
      config.retry_s,
    )

  return {
    hanging,
    refusal(owner) {
      const stuck = hanging()
      const entry = entries.get(owner)
      if (entry !== undefined) return explain(owner, entry.busy)
      if (stuck >= config.max_stuck)
        return unavailable('Too many homes on the shared disk do not answer', config.retry_s)
      return undefined
    },
    add(owner, busy, gone) {
      const entry = { busy, until: clock.now() + config.retry_s * 1000, gone: false }
      entries.set(owner, entry)
      void gone.then(() => {
        entry.gone = true
      })
      return explain(owner, busy)
    },
    addUnknown(gone) {
      const end = () => void unknown.delete(gone)
      unknown.add(gone)
      void gone.then(end)
      return end
    },
  }
}

/** A refusal with a time in seconds to come back after. */
export const unavailable = (reason: string, retryAfter: number): DomainError =>
  new DomainError('unavailable', `${reason}; try again in ${retryAfter} s`, { retryAfter })
