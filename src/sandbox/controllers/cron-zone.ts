import { rfc3339 } from '../../platform/clock.ts'

/** The names in the case that they have, by the same in lower case. */
const known = new Map(Intl.supportedValuesOf('timeZone').map(name => [name.toLowerCase(), name]))

/**
 * Whether a name is one of the IANA's time zones. Here, unlike in Kubernetes, of names that only stand for another one
 * (as `US/Eastern`) not every letter need be in the right case.
 */
export function isTimeZone(name: string): boolean {
  const cased = known.get(name.toLowerCase())
  if (cased !== undefined) return cased === name
  // Offsets, as in `+0100`, are zones for JavaScript only; and no zone's name is without a capital.
  if (!/^[A-Z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** A moment with whole seconds as a clock in the zone shows it, with its distance from UTC, as in `2026-11-22T11:00:00+01:00`; `Z` for none. */
export function rfc3339In(milliseconds: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return rfc3339(milliseconds)
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(milliseconds)
  const offset = /[+-]\d\d:\d\d/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '')?.[0]
  if (offset === undefined || offset === '+00:00') return rfc3339(milliseconds)
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number)
  const distance = (hours * 60 + minutes) * 60_000 * (offset.startsWith('-') ? -1 : 1)
  return rfc3339(milliseconds + distance).replace('Z', offset)
}
