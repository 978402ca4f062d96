import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { quickKindOf } from '../../../src/homes/key-kind.ts'

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey

t.test('keys that sign quickly and that everybody knows have a kind, both halves the same', async t => {
  for (const name of ['P-256', 'P-384', 'P-521']) t.equal(quickKindOf(curve(name)), 'ec', name)
  for (const bits of [2048, 4096]) t.equal(quickKindOf(rsa(bits)), 'rsa', `${bits} bits`)
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  t.same([publicKey, privateKey].map(quickKindOf), ['ed25519', 'ed25519'])
})

t.test('others have none', async t => {
  for (const name of ['secp256k1', 'brainpoolP256r1']) t.equal(quickKindOf(curve(name)), undefined, name)
  for (const bits of [2040, 4104]) t.equal(quickKindOf(rsa(bits)), undefined, `${bits} bits`)
  t.equal(quickKindOf(generateKeyPairSync('x25519').privateKey), undefined)
  t.equal(quickKindOf(generateKeyPairSync('ed448').privateKey), undefined)
  t.equal(quickKindOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey), undefined)
})
