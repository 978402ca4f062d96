import type { X509Certificate } from 'node:crypto'
import { type DenyList, denialOf } from './deny-list.ts'
import { toolOf } from './subject.ts'
import { type ReadCertificate, readCertificate, verify } from './verify.ts'

/** Whom to believe: the authorities of the bundle, and the tools that are shut out. */
export interface IdentityTrust {
  authorities: readonly X509Certificate[]
  denied: DenyList
}

export interface Allowed {
  allow: true
  tool: string
  /** The certificate's own life, in milliseconds since 1970. */
  notBefore: number
  notAfter: number
  /** When this verdict ends by itself: with the certificate or its authority, whichever ends first. */
  validUntil: number
  /** SHA-256 of the certificate, as `AB:CD:…`. */
  fingerprint: string
}

export interface Refused {
  allow: false
  /** Not verified: we do not know who it is (401). Not allowed: we do, and it is nobody who may (403). */
  code: 'not_verified' | 'not_allowed'
  /** For the caller to read: what is wrong, the date where one matters, what to do. */
  reason: string
}

export type Verdict = Allowed | Refused

const notVerified = (reason: string): Refused => ({ allow: false, code: 'not_verified', reason })
const notAllowed = (reason: string): Refused => ({ allow: false, code: 'not_allowed', reason })

function read(der: Buffer): ReadCertificate | undefined {
  try {
    return readCertificate(der)
  } catch {
    return undefined
  }
}

/**
 * Decides which tool presents this certificate (DER; undefined where none was presented) at `now` (milliseconds), or why
 * it is none. The one place where that is decided. The holder's proof that the key is his is TLS's, not looked at here.
 */
export function identify(der: Buffer | undefined, trust: IdentityTrust, now: number): Verdict {
  if (der === undefined)
    return notVerified("No client certificate was presented. Present the tool's own certificate and key.")
  const certificate = read(der)
  if (certificate === undefined) return notVerified('The client certificate cannot be read.')
  const verified = verify(certificate, trust.authorities, now)
  if ('reason' in verified) return notVerified(verified.reason)
  const subject = toolOf(certificate.fields.subject)
  if ('reason' in subject) return notAllowed(subject.reason)
  const { tool } = subject
  const { begin: notBefore, end: notAfter } = certificate.life
  const denial = denialOf(trust.denied, tool, notBefore)
  if (denial !== undefined) return notAllowed(`The tool ${tool} is shut out: ${denial.reason}`)
  return {
    allow: true,
    tool,
    notBefore,
    notAfter,
    validUntil: verified.validUntil,
    fingerprint: certificate.leaf.fingerprint256,
  }
}
