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
  /** Why a tool's home is not to be tried now; undefined when it may be. */
  refusal(tool: string): Error | undefined
  /** `gone` settles when the killed process has ended: one that hangs in the kernel does when the disk answers again. */
  add(tool: string, busy: 'disk' | 'text', gone: Promise<void>): Error
  /** The number of homes that hang. */
  hanging(): number
}

export function createTrouble(config: { max_stuck: number; retry_s: number }, clock: Clock): Trouble {
  const entries = new Map<string, Entry>()

  const prune = (): void => {
    const now = clock.now()
    for (const [tool, entry] of entries) if (entry.gone && now >= entry.until) entries.delete(tool)
  }
  const hanging = (): number => {
    prune()
    return entries
      .values()
      .filter(entry => entry.busy === 'disk')
      .reduce(count => count + 1, 0)
  }
  const explain = (tool: string, busy: 'disk' | 'text'): Error =>
    unavailable(
      busy === 'disk'
        ? `The home of tool ${tool} on the shared disk does not answer`
        : `The kubeconfig, certificate or key in the home of tool ${tool} took too long to read`,
      config.retry_s,
    )

  return {
    hanging,
    refusal(tool) {
      const stuck = hanging()
      const entry = entries.get(tool)
      if (entry !== undefined) return explain(tool, entry.busy)
      if (stuck >= config.max_stuck)
        return unavailable('Too many homes on the shared disk do not answer', config.retry_s)
      return undefined
    },
    add(tool, busy, gone) {
      const entry = { busy, until: clock.now() + config.retry_s * 1000, gone: false }
      entries.set(tool, entry)
      void gone.then(() => {
        entry.gone = true
      })
      return explain(tool, busy)
    },
  }
}

/** A refusal with a time in seconds to come back after. */
export const unavailable = (reason: string, retryAfter: number): DomainError =>
  new DomainError('unavailable', `${reason}; try again in ${retryAfter} s`, { retryAfter })
