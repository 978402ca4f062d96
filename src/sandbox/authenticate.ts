import type { X509Certificate } from 'node:crypto'
import { isSignedBy } from '../pki/signed-by.ts'
import { clientAuth } from '../pki/usage.ts'
import { StatusError, unauthorized } from './status.ts'

export interface User {
  name: string
  groups: readonly string[]
  /** Of a service account. */
  uid?: string
  /** What else is known of it, such as which certificate or token it showed. */
  extra?: Readonly<Record<string, readonly string[]>>
}

/** Where `extra` says by which certificate or token somebody is known. */
export const credentialId = 'authentication.kubernetes.io/credential-id'

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

/** What TLS says of a certificate that is right but for its dates: it goes by the machine's clock, and we by the cluster's. */
const untimely: readonly unknown[] = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']

/**
 * Whether a certificate that TLS has refused for its dates is right otherwise. TLS names its last complaint only, so a CA of the
 * bundle must have signed it directly, for clients; who is authorized at which time is looked at on each request.
 */
export function isOnlyUntimely(
  certificate: X509Certificate,
  complaint: unknown,
  authorities: readonly X509Certificate[],
): boolean {
  if (!untimely.includes(complaint)) return false
  const isForClients = certificate.keyUsage?.includes(clientAuth) === true && !certificate.ca
  return isForClients && authorities.some(authority => isSignedBy(certificate, authority))
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
    extra: { [credentialId]: [`X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`] },
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}

/** A name that occurs once is a string, else a list. */
function texts(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.filter(text => typeof text === 'string')
}

export interface Credentials {
  /** Of the connection; throws where its certificate is not believed. */
  identity(): Identity | undefined
  /** The header. */
  authorization: string | undefined
}

export interface Authentication {
  /** Milliseconds since 1970. */
  now: number
  /** Whose a bearer token is; undefined: nobody's. */
  userOf(token: string): User | undefined
}

/**
 * Who asks, looked at on each request: a connection outlives its certificate. A certificate that is believed goes before
 * a token, a token before one that is not. @throws StatusError 401.
 */
export function currentUser({ identity, authorization }: Credentials, { now, userOf }: Authentication): User {
  const token = /^bearer ([^ ]+)/i.exec(authorization?.trim() ?? '')?.[1]
  const shown = token === undefined ? valid(identity(), now) : ifValid(identity, now)
  if (shown !== undefined) return shown
  if (token === undefined) return anonymous
  const user = userOf(token)
  if (user === undefined) throw unauthorized()
  return user
}

function valid(identity: Identity | undefined, now: number): User | undefined {
  if (identity !== undefined && (now < identity.notBefore || now > identity.notAfter)) throw unauthorized()
  return identity
}

function ifValid(identity: () => Identity | undefined, now: number): User | undefined {
  try {
    return valid(identity(), now)
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}
