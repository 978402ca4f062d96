import type { KeyObject } from 'node:crypto'

/** How certificates, and requests for them, are signed. */
export interface SignatureAlgorithm {
  /** Object identifier, bytes in hexadecimal. */
  readonly oid: string
  /** Of the keys that sign so, in the words of node:crypto. */
  readonly keyType: 'rsa' | 'ec' | 'ed25519'
  /** Undefined where the algorithm has its own. */
  readonly hash: string | undefined
}

const rsa = (last: string, hash: string): SignatureAlgorithm => ({
  oid: `2a864886f70d0101${last}`,
  keyType: 'rsa',
  hash,
})
const ecdsa = (last: string, hash: string): SignatureAlgorithm => ({ oid: `2a8648ce3d04${last}`, keyType: 'ec', hash })

const rsaSha256 = rsa('0b', 'sha256')
const ecdsaSha256 = ecdsa('0302', 'sha256')
const ecdsaSha384 = ecdsa('0303', 'sha384')
const ecdsaSha512 = ecdsa('0304', 'sha512')
const ed25519: SignatureAlgorithm = { oid: '2b6570', keyType: 'ed25519', hash: undefined }

const all: readonly SignatureAlgorithm[] = [
  rsa('05', 'sha1'),
  rsaSha256,
  rsa('0c', 'sha384'),
  rsa('0d', 'sha512'),
  ecdsa('01', 'sha1'),
  ecdsaSha256,
  ecdsaSha384,
  ecdsaSha512,
  ed25519,
]

/** RSA (PKCS #1) and ECDSA with SHA, and Ed25519; undefined for any other. */
export const signatureAlgorithm = (oid: string): SignatureAlgorithm | undefined => all.find(one => one.oid === oid)

/** Whether nobody can make two texts with one signature of this algorithm; false for those that are not known. */
export function isStrong(oid: string): boolean {
  const found = signatureAlgorithm(oid)
  return found !== undefined && found.hash !== 'sha1'
}

/** How a key signs, in the words of WebCrypto. */
export interface WebAlgorithm {
  readonly name: string
  readonly hash: string
  readonly namedCurve?: string
}

/** What a key signs with: its hash is as strong as the key. */
export interface Signing extends SignatureAlgorithm {
  /** Undefined for keys that are never ours. */
  readonly web: WebAlgorithm | undefined
}

const curve = (namedCurve: string, hash: string): WebAlgorithm => ({ name: 'ECDSA', namedCurve, hash })

const signings: Readonly<Record<string, Signing>> = {
  rsa: { ...rsaSha256, web: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  prime256v1: { ...ecdsaSha256, web: curve('P-256', 'SHA-256') },
  secp384r1: { ...ecdsaSha384, web: curve('P-384', 'SHA-384') },
  secp521r1: { ...ecdsaSha512, web: curve('P-521', 'SHA-512') },
  ed25519: { ...ed25519, web: undefined },
}

/** How a key signs; undefined for one that is neither RSA, Ed25519, nor of the curve P-256, P-384 or P-521. */
export const signingOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Signing | undefined =>
  signings[asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType ?? '']
