import { createPrivateKey, sign, type X509Certificate } from 'node:crypto'
import { type Signing, signingOf } from './algorithms.ts'
import type { KeyPair, Validity } from './authority.ts'
import { parseBundle } from './bundle.ts'
import { certificateParts, oids } from './certificate-fields.ts'
import { contentOf, elementsOf, tags } from './der.ts'
import { bytesAsBits, encode, namedBits, oid, rawOf, sequence, time } from './der-writer.ts'
import { lifeOf } from './life.ts'
import { serialNumber } from './serial-number.ts'

/** A client's certificate to be: names and key are DER, copied byte for byte. */
export interface ClientRequest extends Validity {
  subject: Buffer
  /** SubjectPublicKeyInfo. */
  publicKey: Buffer
  digitalSignature: boolean
  keyEncipherment: boolean
  /** GeneralNames; absent, the certificate has none. */
  alternativeNames?: Buffer | undefined
}

/** An authority that signs what others ask for, at once and in well under a millisecond. */
export interface Signer {
  /** The end of the authority's own life, in milliseconds since 1970. */
  notAfter: number
  /** A certificate as PEM, ending in a newline. */
  sign(request: ClientRequest): string
}

/** AlgorithmIdentifier: that of RSA has parameters, which are none. */
const identifierOf = ({ oid: type, keyType }: Signing): Buffer =>
  sequence(oid(type), ...(keyType === 'rsa' ? [encode(tags.null)] : []))

/**
 * A signer by its key and its certificate, which may be one of a bundle.
 * @throws Error when no certificate of the bundle belongs to the key, or nothing is signed with keys of its kind.
 */
export function createSigner({ certificate: bundle, key: pem }: KeyPair): Signer {
  const key = createPrivateKey(pem)
  const certificate = parseBundle(bundle).find(one => one.checkPrivateKey(key))
  if (certificate === undefined) throw new Error('No certificate of the bundle belongs to the key of the signer')
  const signing = signingOf(key)
  if (signing === undefined)
    throw new Error('The key of a signer must be RSA, Ed25519, or of the curve P-256, P-384 or P-521')
  const algorithm = identifierOf(signing)
  const { issuer, authorityKey } = issuerOf(certificate)
  return {
    notAfter: lifeOf(certificate).end,
    sign: request => {
      const body = sequence(
        version3,
        encode(tags.integer, serialNumber()),
        algorithm,
        issuer,
        sequence(time(request.notBefore), time(request.notAfter)),
        request.subject,
        request.publicKey,
        encode(0xa3, sequence(...extensionsOf(request), ...authorityKey)),
      )
      return toPem(sequence(body, algorithm, bytesAsBits(sign(signing.hash, body, key))))
    },
  }
}

/** The authority's name as it stands in its certificate: written anew, Go would find no issuer. */
function issuerOf({ raw }: X509Certificate): { issuer: Buffer; authorityKey: Buffer[] } {
  const { subject, extensions } = certificateParts(raw)
  const identifier = extensions.find(({ type }) => type === oids.subjectKeyIdentifier)
  const authorityKey =
    identifier === undefined
      ? []
      : [
          extension(
            oids.authorityKeyIdentifier,
            sequence(encode(0x80, contentOf(elementsOf(identifier.value)[0], tags.octetString))),
          ),
        ]
  return { issuer: subject === undefined ? sequence() : rawOf(subject), authorityKey }
}

const version3 = encode(0xa0, encode(tags.integer, Uint8Array.of(2)))
const yes = encode(tags.boolean, Uint8Array.of(0xff))
const clientAuth = oid('2b06010505070302')

const extension = (type: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(type), ...(critical ? [yes] : []), encode(tags.octetString, value))

function extensionsOf({ digitalSignature, keyEncipherment, alternativeNames }: ClientRequest): Buffer[] {
  const usage = (digitalSignature ? 0x80 : 0) | (keyEncipherment ? 0x20 : 0)
  return [
    ...(usage === 0 ? [] : [extension(oids.keyUsage, namedBits(usage), true)]),
    extension(oids.extendedKeyUsage, sequence(clientAuth)),
    extension(oids.basicConstraints, sequence(), true),
    ...(alternativeNames === undefined ? [] : [extension(oids.subjectAltName, alternativeNames)]),
  ]
}

const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
