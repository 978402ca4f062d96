import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createTokenKey } from '../../../src/sandbox/jwt.ts'

const key = createTokenKey()

t.test('a key reads what it has signed', async t => {
  const token = key.sign({ a: 1, b: ['c'] })
  t.match(token, /^[\w-]+\.[\w-]+\.[\w-]{86}$/)
  t.strictSame(key.read(token), { a: 1, b: ['c'] })
  t.match(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()), {
    alg: 'ES256',
    kid: /^[\w-]{43}$/,
  })
})

t.test('and nothing else', async t => {
  const [head = '', claims = '', signature = ''] = key.sign({ a: 1 }).split('.')
  const [otherHead, otherClaims, otherSignature] = createTokenKey().sign({ a: 1 }).split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const hs256 = Buffer.from('{"alg":"HS256"}').toString('base64url')
  const bad = [
    '',
    'x',
    `${head}.${claims}`,
    `${head}.${claims}.`,
    `${head}.${claims}.${signature}.`,
    `${none}.${claims}.`,
    `${hs256}.${claims}.${signature}`,
    `${head}.${otherClaims}.${otherSignature}`,
    `${otherHead}.${otherClaims}.${otherSignature}`,
    `${head}.${Buffer.from('{"a":2}').toString('base64url')}.${signature}`,
    `${head}.${claims}.${signature}`.padEnd(20_000, 'x'),
  ]
  for (const token of bad) t.equal(key.read(token), undefined, token.slice(0, 40))
  fc.assert(fc.property(fc.string(), text => key.read(text) === undefined))
  t.equal(key.read(`${head}.${Buffer.from('[]').toString('base64url')}.${signature}`), undefined)
})

t.test('its signatures are those of ES256', async t => {
  // RFC 7515 appendix A.3: the public key and the signature of an example.
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  }
  const signed =
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
  const signature = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const }
  t.ok(verify('sha256', Buffer.from(signed), publicKey, Buffer.from(signature, 'base64url')))
})
