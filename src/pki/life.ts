import type { X509Certificate } from 'node:crypto'
import { rfc3339 } from '../platform/clock.ts'

/** Both ends of a certificate's life, in milliseconds since 1970; both belong to it. */
export interface Life {
  begin: number
  end: number
}

/** @throws Error when a date of the certificate is none. */
export function lifeOf(certificate: X509Certificate): Life {
  const life = { begin: certificate.validFromDate.getTime(), end: certificate.validToDate.getTime() }
  if (Number.isNaN(life.begin + life.end)) throw new Error('A date of the certificate cannot be read')
  return life
}

export const isWithin = ({ begin, end }: Life, now: number): boolean => begin <= now && now <= end

/** Why `what` is not valid at a moment outside of its life, with the date. */
export const outOfDate = (what: string, { begin, end }: Life, now: number): string =>
  now < begin ? `${what} is not valid before ${rfc3339(begin)}.` : `${what} expired on ${rfc3339(end)}.`
