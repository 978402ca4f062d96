import { generalizedTime, parseGeneralizedTime } from './generalized-time.ts'
import type { LdapEntry } from './ldap-connection.ts'
import { changed } from './ldap-plan.ts'

/**
 * Milliseconds before the newest change that are looked at again: several may come in one second, and what one server
 * has, another one gets a little later with the older time.
 */
const overlap = 10_000

/** Tells changed entries from those that were seen. Times are those that the servers write. */
export interface ChangeDetector {
  /** The moment from which on entries are to be asked for; undefined: all of them. */
  since(now: number): string | undefined
  /** Takes all entries since that moment, and says whether there is news among them; the first time there is none. */
  look(entries: readonly LdapEntry[]): boolean
  /** False when entries do not tell when they were changed, so that changes go unseen. */
  readonly sees: boolean
}

const contentOf = ({ dn, values }: LdapEntry): string =>
  JSON.stringify([dn, [...values].map(([name, all]) => [name, [...all].sort()]).sort()])

export function createChangeDetector(): ChangeDetector {
  let newest: number | undefined
  let seen: ReadonlySet<string> | undefined
  let sees = true
  return {
    since(now) {
      // A server whose clock was once ahead wrote times that are to come: waiting for newer ones would take until then.
      return newest === undefined ? undefined : generalizedTime(Math.min(newest, now) - overlap)
    },
    look(entries) {
      const contents = new Set(entries.map(contentOf))
      const times = entries.flatMap(({ values }) => values.get(changed.toLowerCase()) ?? []).map(parseGeneralizedTime)
      for (const time of times) if (time !== undefined && time > (newest ?? 0)) newest = time
      if (seen === undefined) sees = entries.length === 0 || newest !== undefined
      const isNews = seen !== undefined && [...contents].some(content => !seen?.has(content))
      seen = contents
      return isNews
    },
    get sees() {
      return sees
    },
  }
}
