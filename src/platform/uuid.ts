import { randomUUID } from 'node:crypto'

/** A UUID of version 7 (RFC 9562): its first 48 bits are `milliseconds` since 1970, so identifiers sort by time. */
export function uuidv7(milliseconds: number): string {
  const time = Math.trunc(milliseconds).toString(16).padStart(12, '0')
  // The random part with its variant bits is that of a version 4.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
