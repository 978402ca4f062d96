import { createHash } from 'node:crypto'
import type { HeldCertificate } from './facts.ts'

/** A number of [0, 1) that is always the same for a certificate. */
const spreadOf = (fingerprint: string): number =>
  createHash('sha256').update(fingerprint).digest().readUInt32BE(0) / 2 ** 32

/** Parts of a certificate's life: it is renewed at two thirds, up to a fifteenth later so that not all come at once. */
const renewalAt = 2 / 3
const renewalSpread = 1 / 15

/** When a certificate is to be renewed, in milliseconds since 1970. */
export function renewalOf({ notBefore, notAfter, fingerprint }: HeldCertificate): number {
  const life = notAfter - notBefore
  return notBefore + life * (renewalAt + renewalSpread * spreadOf(fingerprint))
}
