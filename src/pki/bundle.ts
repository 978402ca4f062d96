import { X509Certificate } from 'node:crypto'
import { certificateFields } from './certificate-fields.ts'
import { lifeOf } from './life.ts'
import { clientAuth } from './usage.ts'

const begin = '-----BEGIN CERTIFICATE-----'
const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function authority(pem: string): X509Certificate {
  const certificate = new X509Certificate(pem)
  const name = certificate.subject.replaceAll('\n', ', ')
  if (!certificate.ca) throw new Error(`${name} is not a certificate authority's certificate`)
  if (certificate.keyUsage !== undefined && !certificate.keyUsage.includes(clientAuth))
    throw new Error(`${name} may not sign clients' certificates (extended key usage)`)
  // Name constraints, for one, are not looked at by us: better no service than a constraint that is not kept.
  if (certificateFields(certificate.raw).hasUnknownCritical)
    throw new Error(`${name} has a critical extension that is not supported`)
  lifeOf(certificate)
  return certificate
}

/**
 * The certificate authorities of a PEM bundle; text around the blocks is let be.
 * @throws Error when there is none, or one cannot be read or is none.
 */
export function parseBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(block) ?? []
  if (blocks.length === 0) throw new Error('There is no certificate in the bundle')
  if (blocks.length !== pem.split(begin).length - 1) throw new Error('A certificate of the bundle is cut off')
  return blocks.map(authority)
}
