import type { KeyObject } from 'node:crypto'
import { type Signing, signingOf } from '../pki/algorithms.ts'

/** A key's kind, for one of those that are quick to sign with; undefined for any other. */
export type KeyKind = Signing['keyType']

/**
 * Signing happens in a service's only thread, on each connection: an RSA key of 16,384 bits would stop it for a second, and few
 * curves are known everywhere.
 */
export function quickKindOf(key: KeyObject): KeyKind | undefined {
  const kind = signingOf(key)?.keyType
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  return kind === 'rsa' && (modulusLength < 2048 || modulusLength > 4096) ? undefined : kind
}
