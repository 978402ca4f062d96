import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, type webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { signingOf, type WebAlgorithm } from './algorithms.ts'
import { serialNumber } from './serial-number.ts'

/** A certificate and its private key, both PEM; the key is PKCS #8. */
export interface KeyPair {
  certificate: string
  key: string
}

/** A distinguished name, one object for each RDN: `[{ O: ['toolforge'] }, { CN: ['tf-test'] }]`. */
export type Subject = Record<string, string[]>[]

export type KeyType = 'ec' | 'rsa'
export type Usage = 'clientAuth' | 'serverAuth'

/** Both ends of a certificate's life, in milliseconds since 1970; a certificate keeps whole seconds only. */
export interface Validity {
  notBefore: number
  notAfter: number
}

export interface IssueRequest extends Validity {
  subject: Subject
  usages: Usage[]
  /** DNS names and IP addresses of a server. */
  hosts?: string[]
  keyType?: KeyType
}

export interface AuthorityRequest extends Validity {
  commonName: string
  keyType?: KeyType
}

/** A certificate authority that signs leaves directly. */
export interface Authority extends KeyPair {
  /** A new key (P-256, or RSA of 2048 bits) and its certificate, signed by this authority. */
  issue(request: IssueRequest): Promise<KeyPair>
}

const generate = promisify(generateKeyPair)

const newKeys = async (type: KeyType): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> =>
  type === 'ec' ? generate('ec', { namedCurve: 'P-256' }) : generate('rsa', { modulusLength: 2048 })

/** Ends with a newline, so that a bundle is made by putting several one after the other. */
const pemOf = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

function algorithmOf(key: KeyObject): WebAlgorithm {
  const algorithm = signingOf(key)?.web
  if (algorithm === undefined)
    throw new Error('The key of a certificate authority must be RSA, or of the curve P-256, P-384 or P-521')
  return algorithm
}

const isAddress = (host: string): boolean => host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)

const hostNames = (hosts: string[]): Extension =>
  new SubjectAlternativeNameExtension(hosts.map(value => ({ type: isAddress(value) ? 'ip' : 'dns', value })))

const wholeSeconds = (milliseconds: number): Date => new Date(Math.floor(milliseconds / 1000) * 1000)

const validity = ({ notBefore, notAfter }: Validity): { notBefore: Date; notAfter: Date } => ({
  notBefore: wholeSeconds(notBefore),
  notAfter: wholeSeconds(notAfter),
})

interface Issuer {
  subject: Name
  publicKey: Buffer
  signingKey: webcrypto.CryptoKey
  algorithm: WebAlgorithm
}

async function issue(issuer: Issuer, request: IssueRequest): Promise<KeyPair> {
  const type = request.keyType ?? 'ec'
  const keys = await newKeys(type)
  const agreement = type === 'rsa' ? KeyUsageFlags.keyEncipherment : 0
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | agreement, true),
    await SubjectKeyIdentifierExtension.create(spki(keys.publicKey)),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ]
  if (request.usages.length > 0)
    extensions.push(new ExtendedKeyUsageExtension(request.usages.map(usage => ExtendedKeyUsage[usage])))
  if (request.hosts !== undefined && request.hosts.length > 0) extensions.push(hostNames(request.hosts))
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber().toString('hex'),
    subject: request.subject,
    // The Name object keeps the authority's own bytes; a text or JSON would be encoded anew, and Go then finds no issuer.
    issuer: issuer.subject,
    ...validity(request),
    publicKey: spki(keys.publicKey),
    signingKey: issuer.signingKey,
    signingAlgorithm: issuer.algorithm,
    extensions,
  })
  return { certificate: pemOf(certificate), key: pem(keys.privateKey) }
}

/** An authority from its files; throws when they are not PEM, do not belong together, or the certificate is no CA's. */
export async function loadAuthority(pair: KeyPair): Promise<Authority> {
  const certificate = new X509Certificate(pair.certificate)
  const key = createPrivateKey(pair.key)
  const publicKey = spki(createPublicKey(key))
  if (!publicKey.equals(Buffer.from(certificate.publicKey.rawData)))
    throw new Error("The certificate authority's key does not belong to its certificate")
  if (certificate.getExtension(BasicConstraintsExtension)?.ca !== true)
    throw new Error('The certificate is not one of a certificate authority (basicConstraints says so)')
  const algorithm = algorithmOf(key)
  const issuer: Issuer = {
    subject: certificate.subjectName,
    publicKey,
    signingKey: key.toCryptoKey(algorithm, false, ['sign']),
    algorithm,
  }
  return { certificate: pair.certificate, key: pair.key, issue: request => issue(issuer, request) }
}

/** A new self-signed authority that may sign leaves but no other authority. */
export async function createAuthority(request: AuthorityRequest): Promise<Authority> {
  const keys = await newKeys(request.keyType ?? 'ec')
  const publicKey = spki(keys.publicKey)
  const algorithm = algorithmOf(keys.privateKey)
  const name = [{ CN: [request.commonName] }]
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber().toString('hex'),
    subject: name,
    issuer: name,
    ...validity(request),
    publicKey,
    signingKey: keys.privateKey.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return loadAuthority({ certificate: pemOf(certificate), key: pem(keys.privateKey) })
}
