import type { X509Certificate } from 'node:crypto'
import { rfc3339 } from '../platform/clock.ts'

/** Both ends of a certificate's life, in milliseconds since 1970; both belong to it. */
export interface Life {
  begin: number
  end: number
}

type Dates = Pick<X509Certificate, 'validFrom' | 'validTo' | 'validFromDate' | 'validToDate'>

/**
 * The texts tell whether there are dates at all: of one that it cannot read, Node (24.21) makes a Date from whatever is in
 * memory. The Dates tell which: a text's year below 100 would be taken for one of our time.
 * @throws Error when a date of the certificate is none.
 */
export function lifeOf({ validFrom, validTo, validFromDate, validToDate }: Dates): Life {
  const life = { begin: validFromDate.getTime(), end: validToDate.getTime() }
  const all = [Date.parse(validFrom), Date.parse(validTo), life.begin, life.end]
  if (all.some(Number.isNaN)) throw new Error('A date of the certificate cannot be read')
  return life
}

export const isWithin = ({ begin, end }: Life, now: number): boolean => begin <= now && now <= end

/** Why `what` is not valid at a moment outside of its life, with the date. */
export const outOfDate = (what: string, { begin, end }: Life, now: number): string =>
  now < begin ? `${what} is not valid before ${rfc3339(begin)}.` : `${what} expired on ${rfc3339(end)}.`
