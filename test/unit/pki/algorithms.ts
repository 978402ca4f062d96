import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import t from 'tap'
import { isStrong, signatureAlgorithm, signingOf } from '../../../src/pki/algorithms.ts'

const curve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const edwards = generateKeyPairSync('ed25519').privateKey

t.test('a key signs by a strong algorithm that its reader knows by the number', async t => {
  const keys = [rsa, curve('P-256'), curve('P-384'), curve('P-521'), edwards]
  for (const key of keys) {
    const { oid = '', keyType, hash } = signingOf(key) ?? {}
    t.equal(key.asymmetricKeyType, keyType)
    t.hasStrict(signatureAlgorithm(oid), { keyType, hash })
    t.ok(isStrong(oid), oid)
    const text = Buffer.from('text')
    t.ok(verify(hash, text, createPublicKey(key), sign(hash, text, key)), oid)
  }
  t.equal(new Set(keys.map(key => signingOf(key)?.oid)).size, keys.length)
})

t.test('WebCrypto knows the algorithm of a key by its words', async t => {
  for (const key of [rsa, curve('P-256'), curve('P-384'), curve('P-521')]) {
    const web = signingOf(key)?.web
    if (web === undefined) return t.fail('no words')
    const { hash, ...known } = web
    t.hasStrict(key.toCryptoKey(web, false, ['sign']).algorithm, known)
    t.equal(hash.replace('-', '').toLowerCase(), signingOf(key)?.hash)
  }
  t.equal(signingOf(edwards)?.web, undefined)
})

t.test('keys of other kinds sign nothing here', async t => {
  for (const key of [curve('secp256k1'), generateKeyPairSync('x25519').privateKey]) t.equal(signingOf(key), undefined)
})

t.test('SHA-1 is known, and not strong; what is not known is not strong either', async t => {
  for (const oid of ['2a864886f70d010105', '2a8648ce3d0401']) {
    t.equal(signatureAlgorithm(oid)?.hash, 'sha1')
    t.notOk(isStrong(oid))
  }
  // MD5 with RSA.
  t.equal(signatureAlgorithm('2a864886f70d010104'), undefined)
  t.notOk(isStrong('2a864886f70d010104'))
})
