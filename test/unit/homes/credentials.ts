import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import t, { type Test } from 'tap'
import { checkCredentials } from '../../../src/homes/credentials.ts'
import { type Authority, createAuthority, type IssueRequest, type KeyPair } from '../../../src/pki/authority.ts'
import { forge } from '../../support/forge.ts'

const now = Date.UTC(2026, 10, 22, 12)
const hour = 3_600_000
const life = { notBefore: now - hour, notAfter: now + hour }
const subject = [{ O: ['toolforge'] }, { CN: ['tf-a'] }]
const authority: Authority = await createAuthority({ commonName: 'test', ...life })
const issue = (request: Partial<IssueRequest> = {}): Promise<KeyPair> =>
  authority.issue({ subject, usages: ['clientAuth'], ...life, ...request })
const good = await issue()

interface Expected {
  kind?: string
  message: RegExp
}
const refused = (t: Test, pair: KeyPair, { kind = 'wrong', message }: Expected) =>
  t.throws(() => checkCredentials(pair, 'tf-a', now), { name: 'HomeProblem', kind, message })

t.test("a tool's own certificate and key are taken", async t => {
  const checked = checkCredentials(good, 'tf-a', now)
  t.equal(checked.certificate.trim(), good.certificate.trim())
  t.equal(checked.key.trim(), good.key.trim())
  t.equal(checked.notAfter, life.notAfter)
  t.match(checked.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

t.test('RSA keys are taken as well, and keys in the older forms', async t => {
  t.ok(checkCredentials(await issue({ keyType: 'rsa' }), 'tf-a', now))
})

t.test('only the first certificate is given on, and nothing around it', async t => {
  const other = await issue()
  const certificate = `some text\n${good.certificate}${other.certificate}`
  t.equal(checkCredentials({ ...good, certificate }, 'tf-a', now).certificate.trim(), good.certificate.trim())
})

t.test("another's name is refused", async t => {
  for (const CN of ['tf-b', 'TF-A', 'tf-a ', 'tf-a.', 'person:tf-a', 'system:admin'])
    refused(t, await issue({ subject: [{ O: ['toolforge'] }, { CN: [CN] }] }), { message: /certificate in it/ })
  refused(t, await issue({ subject: [{ O: ['toolforge'] }, { CN: ['tf-b'] }] }), { message: /belongs to "tf-b"/ })
})

t.test('two names, no name, no organisation or another one are refused', async t => {
  for (const subject of [
    [{ O: ['toolforge'] }],
    [{ O: ['toolforge'] }, { CN: ['tf-a'] }, { CN: ['tf-b'] }],
    [{ O: ['toolforge'] }, { CN: ['tf-a', 'tf-a'] }],
    [{ CN: ['tf-a'] }],
    [{ O: ['system:masters'] }, { CN: ['tf-a'] }],
    [{ O: ['toolforge'] }, { O: ['system:masters'] }, { CN: ['tf-a'] }],
  ])
    refused(t, await issue({ subject }), { message: /certificate in it is not a tool's: / })
})

t.test('what has expired is refused; what is not yet valid is so only now', async t => {
  const expired = await issue({ notAfter: now - 1000 })
  refused(t, expired, { message: /certificate in it expired on 2026-11-22T11:59:59Z/ })
  const future = await issue({ notBefore: now + 1000 })
  refused(t, future, { kind: 'unsettled', message: /certificate in it is not valid before 2026-11-22T12:00:01Z/ })
  t.ok(checkCredentials(await issue({ notBefore: now, notAfter: now }), 'tf-a', now))
})

t.test('a certificate for servers only, or for nothing in particular, is refused', async t => {
  refused(t, await issue({ usages: ['serverAuth'] }), { message: /clientAuth/ })
  refused(t, await issue({ usages: [] }), { message: /clientAuth/ })
  t.ok(checkCredentials(await issue({ usages: ['serverAuth', 'clientAuth'] }), 'tf-a', now))
})

t.test('a key of another certificate is refused, but may be one half of a renewal', async t => {
  refused(t, { ...good, key: (await issue()).key }, { kind: 'unsettled', message: /key in it does not belong/ })
  refused(t, { ...good, key: (await issue({ keyType: 'rsa' })).key }, { kind: 'unsettled', message: /does not belong/ })
})

t.test('what is no certificate or key is refused', async t => {
  for (const certificate of [
    '',
    'x',
    good.key,
    good.certificate.replace('M', '!'),
    `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  ])
    refused(t, { ...good, certificate }, { message: /certificate in it cannot be read/ })
  for (const key of ['', 'x', good.certificate]) refused(t, { ...good, key }, { message: /key in it cannot be read/ })
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  })
  refused(t, { ...good, key: privateKey }, { message: /without a passphrase/ })
})

t.test('only keys that sign quickly and well are taken', async t => {
  const withKey = (key: KeyObject) => forge({ issuer: authority, subject, key, ...life })
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey
  const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
  for (const key of [rsa(2048), rsa(4096), curve('P-384'), curve('P-521'), generateKeyPairSync('ed25519').privateKey])
    t.ok(checkCredentials(await withKey(key), 'tf-a', now))
  for (const key of [
    rsa(2040),
    rsa(4104),
    curve('secp256k1'),
    generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey,
    generateKeyPairSync('x25519').privateKey,
  ])
    refused(t, await withKey(key), { message: /certificate in it must have a key of the curve/ })
})
