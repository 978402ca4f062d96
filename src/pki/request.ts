import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { signingOf } from './algorithms.ts'
import type { KeyType, Subject } from './authority.ts'
import { type NameAttribute, oids } from './certificate-fields.ts'
import { serialNumber } from './serial-number.ts'

/** Two hundred milliseconds, which a process that only reads homes need not spend. */
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** A new private key, PKCS #8 as PEM: P-256, or RSA of 3072 bits (that takes a good part of a second). */
export function newKey(type: KeyType): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 3072 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** SHA-256 of a key's public half (SPKI), hexadecimal. */
export function publicKeyHash(key: KeyObject): string {
  const half = key.type === 'public' ? key : createPublicKey(key)
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** A distinguished name as the certificate fields of one with that name have it. @throws RangeError on an unknown attribute */
export const attributesOf = (subject: Subject): NameAttribute[] =>
  subject.flatMap(rdn =>
    Object.entries(rdn).flatMap(([name, values]) => values.map(text => ({ type: attributeType(name), text }))),
  )

function attributeType(name: string): string {
  if (name === 'CN') return oids.commonName
  if (name === 'O') return oids.organisation
  throw new RangeError(`${name} is no attribute of a name that the platform gives`)
}

function signer(pem: string) {
  const key = createPrivateKey(pem)
  const algorithm = signingOf(key)?.web
  if (algorithm === undefined) throw new Error('A request can be signed by a key that is RSA, P-256, P-384 or P-521')
  const publicKey = createPublicKey(key).toCryptoKey(algorithm, true, ['verify'])
  return { algorithm, keys: { privateKey: key.toCryptoKey(algorithm, false, ['sign']), publicKey } }
}

/** A request (PKCS #10, PEM) for a certificate of that name, signed by `key` (PEM); the order of the RDNs stays. */
export async function createRequest({ key, subject }: { key: string; subject: Subject }): Promise<string> {
  const { algorithm, keys } = signer(key)
  const { Pkcs10CertificateRequestGenerator } = await library()
  const request = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: algorithm })
  return `${request.toString('pem')}\n`
}

const day = 86_400_000

/**
 * A certificate (PEM) that serves for nothing, for the holder of `key` (PEM): signed by itself, for no usage, and ended
 * a day before `now` (milliseconds).
 */
export async function uselessCertificate(wanted: { key: string; subject: Subject; now: number }): Promise<string> {
  const { algorithm, keys } = signer(wanted.key)
  const { BasicConstraintsExtension, X509CertificateGenerator } = await library()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber().toString('hex'),
    name: wanted.subject,
    notBefore: new Date(wanted.now - 2 * day),
    notAfter: new Date(wanted.now - day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(false, undefined, true)],
  })
  return `${certificate.toString('pem')}\n`
}
