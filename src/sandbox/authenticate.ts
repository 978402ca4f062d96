import type { X509Certificate } from 'node:crypto'
import { unauthorized } from './status.ts'

export interface User {
  name: string
  groups: readonly string[]
}

/** Whom a connection speaks for, and until when. */
export interface Identity extends User {
  notBefore: number
  notAfter: number
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** What a TLS connection shows of its client. */
export interface Presented {
  certificate: X509Certificate | undefined
  /** Whether the certificate led to a CA of the bundle when the connection was made. */
  authorized: boolean
}

/**
 * The identity of a connection: the CN is the user, every O a group; undefined for one without a certificate.
 * @throws StatusError 401 for a certificate that is not from the CA, not for clients, or without a CN.
 */
export function identify({ certificate, authorized }: Presented): Identity | undefined {
  if (certificate === undefined) return undefined
  if (!authorized) throw unauthorized()
  const subject: Record<string, unknown> = { ...certificate.toLegacyObject().subject }
  const name = texts(subject['CN']).at(-1)
  if (!name) throw unauthorized()
  return {
    name,
    groups: [...texts(subject['O']), 'system:authenticated'],
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}

/** A name that occurs once is a string, else a list. */
function texts(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.filter(text => typeof text === 'string')
}

/** Looked at on each request: a connection outlives its certificate. @throws StatusError 401. */
export function currentUser(identity: Identity | undefined, authorization: string | undefined, now: number): User {
  if (identity === undefined) {
    // Nobody is known by a token here.
    if (/^bearer\s+\S/i.test(authorization ?? '')) throw unauthorized()
    return anonymous
  }
  if (now < identity.notBefore || now > identity.notAfter) throw unauthorized()
  return identity
}
