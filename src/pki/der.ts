/** One element of a DER text: its tag byte and its content. */
export interface Element {
  tag: number
  content: Buffer
}

/** The bytes are not DER, or not of the form that was asked for. */
export class MalformedDer extends Error {
  constructor(what: string) {
    super(`malformed DER: ${what}`)
    this.name = 'MalformedDer'
  }
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** Bytes before the content, and bytes of the content; a length has one form only in DER. */
function lengths(der: Buffer, at: number): { header: number; content: number } {
  const first = der[at + 1]
  if (first === undefined) throw new MalformedDer('cut off in a header')
  if (first < 0x80) return { header: 2, content: first }
  const size = first & 0x7f
  // Four bytes of length would be 16 MiB and more; a size of nought is the indefinite form of BER.
  if (size === 0 || size > 3 || at + 2 + size > der.length) throw new MalformedDer('a length of a wrong form')
  const content = der.readUIntBE(at + 2, size)
  if (content < 0x80 || content < 2 ** (8 * (size - 1))) throw new MalformedDer('a length longer than it need be')
  return { header: 2 + size, content }
}

/**
 * The elements that lie one after the other in `der`, up to its very end.
 * @throws MalformedDer on anything else.
 */
export function elementsOf(der: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < der.length; ) {
    const tag = der.readUInt8(at)
    if ((tag & 0x1f) === 0x1f) throw new MalformedDer('a tag of several bytes')
    const { header, content } = lengths(der, at)
    const end = at + header + content
    if (end > der.length) throw new MalformedDer('cut off in a content')
    found.push({ tag, content: der.subarray(at + header, end) })
    at = end
  }
  return found
}

/** The content of an element that must be there and have this tag. */
export function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag)
    throw new MalformedDer(`tag ${tag.toString(16)} expected, ${element?.tag.toString(16) ?? 'nothing'} found`)
  return element.content
}

/** The elements within a sequence or a set that must be there. */
export const childrenOf = (element: Element | undefined, tag: number): Element[] => elementsOf(contentOf(element, tag))
