import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { certificateFields } from '../pki/certificate-fields.ts'
import { isWithin, type Life, lifeOf, outOfDate } from '../pki/life.ts'
import { toolOf } from '../pki/subject.ts'
import { clientAuth } from '../pki/usage.ts'
import { quickKindOf } from './key-kind.ts'
import { HomeProblem, quoted } from './problem.ts'

/** A tool's certificate and key, checked to be its own and valid now. */
export interface Credentials {
  /** The certificate alone, PEM. */
  certificate: string
  /** PKCS #8, PEM. */
  key: string
  /** Milliseconds since 1970. */
  notAfter: number
  /** SHA-256 of the certificate, hex in pairs with colons between. */
  fingerprint: string
}

/**
 * Takes a certificate and key for `tool` at the time `now` (milliseconds) or says what is wrong with them: another's name or
 * organisation, not valid now, not for clients, a key of another certificate or of a kind that is slow to sign with. Who signed
 * the certificate is for the cluster to judge. @throws HomeProblem
 */
export function checkCredentials(pem: { certificate: string; key: string }, tool: string, now: number): Credentials {
  const { certificate, subject, life } = parseCertificate(pem.certificate)
  if ('reason' in subject) throw new HomeProblem('wrong', `the certificate in it is not a tool's: ${subject.reason}`)
  if (subject.tool !== tool) throw wrong(`belongs to ${quoted(subject.tool)}`)
  checkLife(life, now)
  if (certificate.keyUsage?.includes(clientAuth) !== true) throw wrong('is not one for clients (clientAuth)')
  const held = publicKey(certificate)
  if (held === undefined || quickKindOf(held) === undefined)
    throw wrong('must have a key of the curve P-256, P-384, P-521 or Ed25519, or RSA with 2048 to 4096 bits')
  const key = parseKey(pem.key)
  if (!certificate.checkPrivateKey(key))
    // Both are replaced one after the other when they are renewed.
    throw new HomeProblem('unsettled', 'the key in it does not belong to the certificate')
  return {
    certificate: certificate.toString(),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notAfter: life.end,
    fingerprint: certificate.fingerprint256,
  }
}

const wrong = (message: string) => new HomeProblem('wrong', `the certificate in it ${message}`)

interface ReadCertificate {
  certificate: X509Certificate
  subject: ReturnType<typeof toolOf>
  life: Life
}

function parseCertificate(pem: string): ReadCertificate {
  try {
    const certificate = new X509Certificate(pem)
    return { certificate, subject: toolOf(certificateFields(certificate.raw).subject), life: lifeOf(certificate) }
  } catch {
    throw wrong('cannot be read; it must be PEM')
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new HomeProblem('wrong', 'the key in it cannot be read; it must be PEM without a passphrase')
  }
}

function publicKey(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey
  } catch {
    return undefined
  }
}

function checkLife(life: Life, now: number): void {
  if (isWithin(life, now)) return
  // A clock that is behind, here or there, says nothing against an older certificate.
  throw new HomeProblem(now < life.begin ? 'unsettled' : 'wrong', outOfDate('the certificate in it', life, now))
}
