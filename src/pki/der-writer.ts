import { type Element, tags } from './der.ts'

/** The one form that DER has for an element of this tag and content. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content])
  const size = Math.ceil((32 - Math.clz32(length)) / 8)
  const header = Buffer.alloc(2 + size)
  header.writeUInt8(tag, 0)
  header.writeUInt8(0x80 | size, 1)
  header.writeUIntBE(length, 2, size)
  return Buffer.concat([header, content])
}

/** The bytes that an element was read from: DER has only one form for each. */
export const rawOf = ({ tag, content }: Element): Buffer => encode(tag, content)

export const sequence = (...parts: readonly Uint8Array[]): Buffer => encode(tags.sequence, ...parts)

/** An object identifier of which the bytes are given in hexadecimal. */
export const oid = (hex: string): Buffer => encode(tags.oid, Buffer.from(hex, 'hex'))

/** A bit string of whole bytes. */
export const bytesAsBits = (bytes: Uint8Array): Buffer => encode(tags.bitString, Uint8Array.of(0), bytes)

/** A bit string of up to eight named bits, the first one the highest; bits that are 0 at its end are left out. */
export function namedBits(bits: number): Buffer {
  const unused = bits === 0 ? 0 : Math.clz32(bits & -bits) ^ 31
  return encode(tags.bitString, bits === 0 ? Uint8Array.of(0) : Uint8Array.of(unused, bits))
}

/** A moment in whole seconds, as RFC 5280 §4.1.2.5 wants it: with two digits of the year up to 2049. */
export function time(milliseconds: number): Buffer {
  const text = `${new Date(milliseconds).toISOString().replace(/\.\d+|[-:T]/g, '')}`
  const short = text.startsWith('19') || Number(text.slice(0, 4)) < 2050
  return short
    ? encode(tags.utcTime, Buffer.from(text.slice(2), 'latin1'))
    : encode(tags.generalizedTime, Buffer.from(text, 'latin1'))
}
