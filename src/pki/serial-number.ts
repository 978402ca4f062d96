import { randomBytes } from 'node:crypto'

/**
 * A new serial number for a certificate. RFC 5280 wants a positive number of at most 20 bytes; the first byte's highest bits are
 * 01, so that the number keeps its form in DER whatever the others are.
 */
export function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes
}
