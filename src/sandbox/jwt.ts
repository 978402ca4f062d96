import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { isObject } from './json.ts'

/** Signs JSON Web Tokens (RFC 7519) by a key that nobody else has. */
export interface TokenKey {
  sign(claims: object): string
  /** What a token says, if this key has signed it. */
  read(token: string): Record<string, unknown> | undefined
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The longest that a token may be, in characters: those signed here are a fraction of it. */
const longest = 16 * 1024

/** A new key of P-256, which signs by ES256. */
export function createTokenKey(): TokenKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  const header = encode({ alg: 'ES256', kid })
  const dsaEncoding = 'ieee-p1363'
  return {
    sign: claims => {
      const signed = `${header}.${encode(claims)}`
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding })
      return `${signed}.${signature.toString('base64url')}`
    },
    read: token => {
      const [head, claims = '', signature = '', ...more] = token.length > longest ? [] : token.split('.')
      // The header is this key's own, to the letter: no other algorithm is ever looked at.
      if (head !== header || more.length > 0) return undefined
      const data = Buffer.from(`${head}.${claims}`)
      const genuine = verify('sha256', data, { key: publicKey, dsaEncoding }, Buffer.from(signature, 'base64url'))
      return genuine ? decode(claims) : undefined
    },
  }
}
