import { childrenOf, contentOf, type Element, elementsOf, MalformedDer, tags } from './der.ts'

/** One attribute of a distinguished name, nothing of it lost: RDNs of several attributes are laid flat. */
export interface NameAttribute {
  /** The object identifier's bytes in hexadecimal: `550403` is a common name. */
  type: string
  /** The text, or undefined where the value is not text in an encoding that everybody reads the same way. */
  text: string | undefined
}

export interface Extension {
  /** Object identifier, bytes in hexadecimal. */
  type: string
  critical: boolean
  value: Buffer
}

/** What node:crypto does not tell, or not without loss. */
export interface CertificateFields {
  subject: NameAttribute[]
  /** Key usage (RFC 5280 §4.2.1.3): the key may sign, as TLS asks of a client. True where the extension is absent: that allows all. */
  maySign: boolean
  /** An extension says "refuse me unless you know me" (§4.2), and we do not. */
  hasUnknownCritical: boolean
  /** Object identifier of the signature's algorithm, bytes in hexadecimal. */
  signatureAlgorithm: string
}

export const oids = {
  commonName: '550403',
  organisation: '55040a',
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  authorityKeyIdentifier: '551d23',
  extendedKeyUsage: '551d25',
} as const

const versionTag = 0xa0
const extensionsTag = 0xa3
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true })

const decoders: Record<number, (bytes: Buffer) => string> = {
  [tags.utf8String]: bytes => utf8.decode(bytes),
  [tags.printableString]: bytes => bytes.toString('latin1'),
  [tags.ia5String]: bytes => bytes.toString('latin1'),
  [tags.bmpString]: bytes => utf16.decode(bytes),
}

function textOf({ tag, content }: Element): string | undefined {
  try {
    return decoders[tag]?.(content)
  } catch {
    return undefined
  }
}

const oidOf = (element: Element | undefined): string => contentOf(element, tags.oid).toString('hex')

function attribute(element: Element): NameAttribute {
  const [type, value, more] = childrenOf(element, tags.sequence)
  if (value === undefined || more !== undefined) throw new MalformedDer('an attribute is a type and a value')
  return { type: oidOf(type), text: textOf(value) }
}

/** The attributes of a distinguished name. @throws MalformedDer */
export const nameOf = (element: Element | undefined): NameAttribute[] =>
  childrenOf(element, tags.sequence).flatMap(rdn => childrenOf(rdn, tags.set).map(attribute))

function extension(element: Element): Extension {
  const [type, ...rest] = childrenOf(element, tags.sequence)
  const flag = rest[0]?.tag === tags.boolean ? rest.shift() : undefined
  return { type: oidOf(type), critical: (flag?.content[0] ?? 0) !== 0, value: contentOf(rest[0], tags.octetString) }
}

function extensionsOf(fields: Element[]): Extension[] {
  const wrapper = fields.find(field => field.tag === extensionsTag)
  return wrapper === undefined ? [] : extensionList(elementsOf(wrapper.content)[0])
}

/** The extensions of a certificate or of a request for one. @throws MalformedDer */
export function extensionList(list: Element | undefined): Extension[] {
  const extensions = childrenOf(list, tags.sequence).map(extension)
  if (new Set(extensions.map(({ type }) => type)).size !== extensions.length)
    throw new MalformedDer('the same extension twice')
  return extensions
}

const understood = new Set<string>([oids.keyUsage, oids.basicConstraints, oids.extendedKeyUsage, oids.subjectAltName])

function maySign(extensions: Extension[]): boolean {
  const usage = extensions.find(({ type }) => type === oids.keyUsage)
  if (usage === undefined) return true
  // The first byte counts the bits that are not used; digitalSignature is the highest bit of the next.
  const [, bits = 0] = contentOf(elementsOf(usage.value)[0], tags.bitString)
  return bits >= 0x80
}

interface CertificateParts {
  subject: Element | undefined
  extensions: Extension[]
  algorithm: Element | undefined
}

/**
 * The parts of a certificate (DER) as RFC 5280 §4.1 lays it out.
 * @throws MalformedDer
 */
export function certificateParts(der: Buffer): CertificateParts {
  const [certificate] = elementsOf(der)
  const [body, algorithm] = childrenOf(certificate, tags.sequence)
  const fields = childrenOf(body, tags.sequence)
  const versioned = fields[0]?.tag === versionTag ? fields.slice(1) : fields
  // serial number, signature, issuer, validity, subject, key, …
  return { subject: versioned[4], extensions: extensionsOf(versioned), algorithm }
}

/**
 * Reads a certificate (DER).
 * @throws MalformedDer
 */
export function certificateFields(der: Buffer): CertificateFields {
  const { subject, extensions, algorithm } = certificateParts(der)
  return {
    subject: nameOf(subject),
    maySign: maySign(extensions),
    hasUnknownCritical: extensions.some(({ critical, type }) => critical && !understood.has(type)),
    signatureAlgorithm: oidOf(childrenOf(algorithm, tags.sequence)[0]),
  }
}
