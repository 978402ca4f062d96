import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { signatureAlgorithm } from './algorithms.ts'
import { type Extension, extensionList, type NameAttribute, nameOf, oids } from './certificate-fields.ts'
import { childrenOf, contentOf, type Element, elementsOf, MalformedDer, tags } from './der.ts'
import { rawOf, sequence } from './der-writer.ts'

/** What a certificate is asked for. */
export interface SigningRequest {
  /** The name as it came, in DER. */
  subject: Buffer
  attributes: NameAttribute[]
  /** SubjectPublicKeyInfo in DER. */
  publicKey: Buffer
  extensions: Extension[]
}

const block = /-----BEGIN ([^-\n]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/
const requestedExtensions = '2a864886f70d01090e'
const attributesTag = 0xa0

interface Parts {
  info: Element
  subject: Element
  publicKey: Element
  attributes: Element[]
  algorithm: Element | undefined
  signature: Element | undefined
}

function partsOf(pem: string): Parts {
  const [, type, base64 = ''] = block.exec(pem) ?? []
  if (type !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST')
  const [request, after] = elementsOf(Buffer.from(base64, 'base64'))
  if (after !== undefined) throw new Error('asn1: syntax error: trailing data')
  const [info, algorithm, signature] = childrenOf(request, tags.sequence)
  const [version, subject, publicKey, ...attributes] = childrenOf(info, tags.sequence)
  if (info === undefined || subject === undefined || publicKey === undefined)
    throw new MalformedDer('parts are missing')
  contentOf(version, tags.integer)
  return { info, subject, publicKey, attributes, algorithm, signature }
}

/**
 * Reads a request (PKCS #10, RFC 2986) of which somebody has checked the signature. Text around the first PEM block is let be.
 * @throws Error, in the words of Go's crypto/x509 where they are always the same.
 */
export const readSigningRequest = (pem: string): SigningRequest => requestOf(partsOf(pem))

const requestOf = ({ subject, publicKey, attributes }: Parts): SigningRequest => ({
  subject: rawOf(subject),
  attributes: nameOf(subject),
  publicKey: rawOf(publicKey),
  extensions: attributes.flatMap(extensionsIn),
})

/**
 * Reads a request and checks that who made it has the key.
 * @throws Error as `readSigningRequest`, and where the signature is not the key's.
 */
export function verifySigningRequest(pem: string): SigningRequest {
  const parts = partsOf(pem)
  const request = requestOf(parts)
  const { info, publicKey, algorithm, signature } = parts
  checkSignature(keyOf(publicKey), { signed: rawOf(info), algorithm, signature: bitsOf(signature) })
  return request
}

function keyOf(publicKey: Element): KeyObject {
  try {
    return createPublicKey({ key: rawOf(publicKey), format: 'der', type: 'spki' })
  } catch {
    throw new Error('x509: the public key cannot be read')
  }
}

/** The bytes of a bit string that consists of whole ones. */
function bitsOf(element: Element | undefined): Buffer {
  const content = contentOf(element, tags.bitString)
  if (content[0] !== 0) throw new MalformedDer('a signature is made of whole bytes')
  return content.subarray(1)
}

interface Signed {
  signed: Buffer
  algorithm: Element | undefined
  signature: Buffer
}

const failures = {
  rsa: 'crypto/rsa: verification error',
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
}

function checkSignature(key: KeyObject, { signed, algorithm, signature }: Signed): void {
  const [identifier] = childrenOf(algorithm, tags.sequence)
  const known = signatureAlgorithm(contentOf(identifier, tags.oid).toString('hex'))
  if (known === undefined) throw new Error('x509: cannot verify signature: algorithm unimplemented')
  if (key.asymmetricKeyType !== known.keyType) {
    throw new Error('x509: the signature is of another kind than the public key')
  }
  if (!verify(known.hash, signed, key, signature)) throw new Error(failures[known.keyType])
}

/** The extensions that the attributes of a request ask for. */
function extensionsIn(attributes: Element): Extension[] {
  if (attributes.tag !== attributesTag) throw new MalformedDer('attributes of another tag')
  return elementsOf(attributes.content).flatMap(attribute => {
    const [type, values] = childrenOf(attribute, tags.sequence)
    if (contentOf(type, tags.oid).toString('hex') !== requestedExtensions) return []
    return extensionList(childrenOf(values, tags.set)[0])
  })
}

/** DNS names, addresses for mail, IP addresses and URIs, in the order in which Go writes them. */
const forwarded = [0x82, 0x81, 0x87, 0x86]

/** The alternative names (GeneralNames in DER) that Kubernetes' signers take over from a request, if there are any. */
export function alternativeNamesOf({ extensions }: SigningRequest): Buffer | undefined {
  const found = extensions.find(({ type }) => type === oids.subjectAltName)
  if (found === undefined) return undefined
  const names = childrenOf(elementsOf(found.value)[0], tags.sequence)
  const kept = forwarded.flatMap(tag => names.filter(name => name.tag === tag))
  return kept.length === 0 ? undefined : sequence(...kept.map(rawOf))
}
