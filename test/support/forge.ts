import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonNameParams,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { KeyPair } from '../../src/pki/authority.ts'
import { childrenOf, elementsOf, tags } from '../../src/pki/der.ts'

export { Extension, KeyUsageFlags } from '@peculiar/x509'

type KeyKind = 'ec' | 'rsa' | 'rsa1024'

/** What a certificate is to be: right in everything that is not said otherwise. */
export interface Forgery {
  /** Who signs; absent: its own key. */
  issuer?: KeyPair
  /** Whose name and key it names as its issuer's, where that is not the one who signs. */
  claimedIssuer?: { name?: JsonNameParams; key?: string }
  /** A name, or the DER of one. */
  subject: JsonNameParams | Buffer
  notBefore?: number
  notAfter?: number
  /** Object identifiers; an empty list leaves the extension out. */
  extendedUsages?: string[]
  /** 'absent' leaves the extension out. */
  keyUsage?: number | 'absent'
  ca?: boolean
  /** Besides the usual ones. */
  extensions?: Extension[]
  /** The kind of its new key. */
  keys?: KeyKind
  /** A private key rather than a new one; one that cannot sign needs an issuer. */
  key?: KeyObject
  hash?: string
  /** Bytes that are put in the place of others of the same length before it is signed: what no library would write. */
  overwrite?: { from: string; to: Buffer }
}

export const usages = {
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
  any: '2.5.29.37.0',
}

const hour = 3_600_000

function newKey(kind: KeyKind): KeyObject {
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  return generateKeyPairSync('rsa', { modulusLength: kind === 'rsa' ? 2048 : 1024 }).privateKey
}

const spki = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' })

function algorithmOf(key: KeyObject, hash: string) {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash }
  return key.asymmetricKeyType === 'ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash }
}

function usageExtensions({ keyUsage, extendedUsages = [usages.client], ca = false }: Forgery): Extension[] {
  const usual = ca ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature
  const extensions: Extension[] = []
  if (keyUsage !== 'absent') extensions.push(new KeyUsagesExtension(keyUsage ?? usual, true))
  if (extendedUsages.length > 0) extensions.push(new ExtendedKeyUsageExtension(extendedUsages))
  return extensions
}

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const

function issuerName({ issuer, claimedIssuer }: Forgery, own: Name): Name {
  if (claimedIssuer?.name !== undefined) return new Name(claimedIssuer.name)
  return issuer === undefined ? own : new X509Certificate(issuer.certificate).subjectName
}

/** Makes any certificate that can be written down, signed by whom it says. */
export async function forge(forgery: Forgery): Promise<KeyPair> {
  const { issuer, claimedIssuer, subject, ca = false, hash = 'SHA-256', extensions = [] } = forgery
  const now = Date.now()
  const key = forgery.key ?? newKey(forgery.keys ?? 'ec')
  const signer = issuer === undefined ? key : createPrivateKey(issuer.key)
  const claimed = claimedIssuer?.key === undefined ? signer : createPrivateKey(claimedIssuer.key)
  const algorithm = algorithmOf(signer, hash)
  const name = new Name(subject)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `40${randomBytes(15).toString('hex')}`,
    subject: name,
    issuer: issuerName(forgery, name),
    notBefore: new Date(forgery.notBefore ?? now - hour),
    notAfter: new Date(forgery.notAfter ?? now + hour),
    publicKey: spki(key),
    signingKey: signer.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      ...usageExtensions(ca ? { extendedUsages: [], ...forgery } : forgery),
      await SubjectKeyIdentifierExtension.create(spki(key)),
      await AuthorityKeyIdentifierExtension.create(spki(claimed)),
      ...extensions,
    ],
  })
  const { overwrite } = forgery
  return {
    certificate:
      overwrite === undefined
        ? `${certificate.toString('pem')}\n`
        : overwritten(Buffer.from(certificate.rawData), overwrite, signer),
    key: key.export(pkcs8).toString(),
  }
}

/** The certificate (DER) with other bytes in it, signed again; as PEM. */
function overwritten(raw: Buffer, { from, to }: { from: string; to: Buffer }, signer: KeyObject): string {
  const [body, algorithm] = childrenOf(elementsOf(raw)[0], tags.sequence)
  if (body === undefined || algorithm === undefined) throw new Error('not a certificate')
  to.copy(body.content, body.content.indexOf(from))
  const signed = der(0x30, body.content)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, signer))
  const whole = der(0x30, signed, der(0x30, algorithm.content), signature)
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`
}

/** A root that may sign other authorities as well, so that nothing but the service's own rule refuses these. */
export const forgeRoot = (commonName: string): Promise<KeyPair> => forge({ subject: [{ CN: [commonName] }], ca: true })

/** One element of DER. */
export function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const size = body.length > 0xffff ? 3 : body.length > 0xff ? 2 : 1
  const length = Buffer.alloc(size)
  length.writeUIntBE(body.length, 0, size)
  return Buffer.concat([Buffer.from([tag, 0x80 + size]), length, body])
}

/** A name of raw attribute values, one RDN for each inner list: `[[['550403', 0x0c, 'tf-test']]]`. */
export const rawName = (rdns: (readonly [type: string, tag: number, value: string | Buffer])[][]): Buffer =>
  der(
    0x30,
    ...rdns.map(rdn =>
      der(
        0x31,
        ...rdn.map(([type, tag, value]) =>
          der(0x30, der(0x06, Buffer.from(type, 'hex')), der(tag, Buffer.isBuffer(value) ? value : Buffer.from(value))),
        ),
      ),
    ),
  )
