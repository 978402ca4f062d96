import { X509Certificate } from 'node:crypto'
import { isStrong } from './algorithms.ts'
import { type CertificateFields, certificateFields } from './certificate-fields.ts'
import { isWithin, type Life, lifeOf, outOfDate } from './life.ts'
import { isSignedBy } from './signed-by.ts'
import { clientAuth } from './usage.ts'

/** A certificate with all that is looked at in it. */
export interface ReadCertificate {
  leaf: X509Certificate
  fields: CertificateFields
  life: Life
  /** Length of an RSA key; undefined for the other kinds. */
  rsaBits: number | undefined
}

/** @throws Error when something of it cannot be read. */
export function readCertificate(der: Buffer): ReadCertificate {
  const leaf = new X509Certificate(der)
  return {
    leaf,
    fields: certificateFields(der),
    life: lifeOf(leaf),
    rsaBits: leaf.publicKey.asymmetricKeyDetails?.modulusLength,
  }
}

const shortestRsa = 2048

const flaws: { reason: string; in(certificate: ReadCertificate): boolean }[] = [
  {
    reason: "The client certificate is a certificate authority's own, not a client's.",
    in: ({ leaf }) => leaf.ca,
  },
  {
    reason: 'The client certificate may not be used by a client: its extended key usage lacks clientAuth.',
    in: ({ leaf }) => !leaf.keyUsage?.includes(clientAuth),
  },
  {
    reason: 'The client certificate may not be used by a client: its key usage lacks digitalSignature.',
    in: ({ fields }) => !fields.maySign,
  },
  {
    reason: 'The client certificate has a critical extension that this service does not know.',
    in: ({ fields }) => fields.hasUnknownCritical,
  },
  {
    reason:
      'The client certificate is signed in a way that is not safe; SHA-256 or better with ECDSA, RSA or Ed25519 is.',
    in: ({ fields }) => !isStrong(fields.signatureAlgorithm),
  },
  {
    reason: `The client certificate's RSA key is too short; ${shortestRsa} bits are the least.`,
    in: ({ rsaBits }) => rsaBits !== undefined && rsaBits < shortestRsa,
  },
]

/**
 * Verifies a client's certificate at `now` (milliseconds): signed directly by an authority of the bundle, both valid,
 * made for a client. Issuer first: of a stranger's certificate nothing else is worth a word.
 */
export function verify(
  certificate: ReadCertificate,
  authorities: readonly X509Certificate[],
  now: number,
): { validUntil: number } | { reason: string } {
  const { leaf, life } = certificate
  // One key may have several certificates while an authority is renewed: the one that lives longest counts.
  const signer = authorities
    .filter(authority => isSignedBy(leaf, authority))
    .map(lifeOf)
    .sort((one, other) => other.end - one.end)
  const valid = signer.find(one => isWithin(one, now)) ?? signer[0]
  if (valid === undefined)
    return {
      reason: 'The client certificate was not signed directly by a certificate authority that this service trusts.',
    }
  if (!isWithin(valid, now))
    return { reason: outOfDate('The certificate authority of the client certificate', valid, now) }
  if (!isWithin(life, now))
    return { reason: `${outOfDate('The client certificate', life, now)} Use the renewed one of the tool's home.` }
  const flaw = flaws.find(one => one.in(certificate))
  return flaw === undefined ? { validUntil: Math.min(life.end, valid.end) } : { reason: flaw.reason }
}
