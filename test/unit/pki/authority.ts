import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority, type KeyPair, loadAuthority } from '../../../src/pki/authority.ts'
import { forge, forgeRoot, rawName } from '../../support/forge.ts'

const now = Date.UTC(2026, 10, 22, 10)
const hour = 3_600_000
const life = { notBefore: now, notAfter: now + hour }
const subject = [{ O: ['toolforge'] }, { CN: ['tf-test'] }]
const text = (pair: KeyPair): X509Certificate => new X509Certificate(pair.certificate)
const hex = (pair: KeyPair): string => text(pair).raw.toString('hex')

t.test('a new authority is one, signs itself, and may not sign other authorities', async t => {
  for (const keyType of ['ec', 'rsa'] as const) {
    const pair = await createAuthority({ commonName: 'Test CA', keyType, ...life })
    const certificate = text(pair)
    t.equal(certificate.publicKey.asymmetricKeyType, keyType)
    t.equal(certificate.subject, 'CN=Test CA')
    t.equal(certificate.issuer, 'CN=Test CA')
    t.equal(certificate.ca, true)
    t.equal(certificate.verify(certificate.publicKey), true)
    t.equal(certificate.checkPrivateKey(createPrivateKey(pair.key)), true)
    t.strictSame([certificate.validFromDate.getTime(), certificate.validToDate.getTime()], [now, now + hour])
    // basicConstraints, critical: CA, path length 0; keyUsage, critical: keyCertSign, cRLSign, digitalSignature
    t.match(hex(pair), /0603551d130101ff040830060101ff020100/)
    t.match(hex(pair), /0603551d0f0101ff040403020186/)
    t.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/)
    t.match(pair.certificate, /-----END CERTIFICATE-----\n$/)
    t.match(pair.key, /^-----BEGIN PRIVATE KEY-----/)
  }
})

t.test('a leaf is signed by the authority and says what was asked for', async t => {
  const authority = await createAuthority({ commonName: 'Test CA', ...life })
  const hosts = ['localhost', '192.0.200.123', '::1', 'v1.2.3.4', '1.2.3.4.example']
  const pair = await authority.issue({ subject, usages: ['clientAuth', 'serverAuth'], hosts, ...life })
  const leaf = text(pair)
  const root = text(authority)
  t.equal(root.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  t.equal(leaf.subject, 'O=toolforge\nCN=tf-test')
  t.equal(leaf.issuer, 'CN=Test CA')
  t.equal(leaf.ca, false)
  t.equal(leaf.checkIssued(root) && leaf.verify(root.publicKey), true)
  t.equal(leaf.checkPrivateKey(createPrivateKey(pair.key)), true)
  t.strictSame(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'])
  t.equal(
    leaf.subjectAltName,
    'DNS:localhost, IP Address:192.0.200.123, IP Address:0:0:0:0:0:0:0:1, DNS:v1.2.3.4, DNS:1.2.3.4.example',
  )
  // basicConstraints, critical: no CA
  t.match(hex(pair), /0603551d130101ff04023000/)
  t.match(hex(pair), /0603551d0f0101ff0404030207?80/)
  t.not(leaf.serialNumber, root.serialNumber)
  t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
})

t.test('a leaf without usages or hosts has no such extensions; an RSA one may encipher keys', async t => {
  const authority = await createAuthority({ commonName: 'Test CA', ...life })
  const plain = text(await authority.issue({ subject, usages: [], hosts: [], ...life }))
  t.strictSame([plain.keyUsage, plain.subjectAltName], [undefined, undefined])
  const rsa = await authority.issue({ subject, usages: ['clientAuth'], keyType: 'rsa', ...life })
  t.equal(text(rsa).publicKey.asymmetricKeyDetails?.modulusLength, 2048)
  t.match(hex(rsa), /0603551d0f0101ff0404030205a0/)
})

t.test('a subject keeps the order of its parts, and several values of one kind', async t => {
  const authority = await createAuthority({ commonName: 'Test CA', ...life })
  const odd = [{ CN: ['a'] }, { O: ['one'] }, { O: ['two', 'three'] }]
  const leaf = text(await authority.issue({ subject: odd, usages: [], ...life }))
  t.equal(leaf.subject, 'CN=a\nO=one\nO=two + O=three'.replace('two + O=three', 'two+O=three').replace('+', ' + '))
})

t.test('times are whole seconds, and reach beyond 2050', async t => {
  const notAfter = Date.UTC(2126, 0, 1)
  const authority = await createAuthority({ commonName: 'Test CA', notBefore: now + 999, notAfter: notAfter + 1 })
  t.equal(text(authority).validFromDate.getTime(), now)
  t.equal(text(authority).validToDate.getTime(), notAfter)
})

t.test("an authority loaded from its files signs, with its own name's bytes as the issuer's", async t => {
  // The name as UTF8String: read and written anew it would become a PrintableString, and Go would find no issuer.
  const name = rawName([[['550403', 0x0c, 'Made by OpenSSL']]])
  for (const keys of ['ec', 'rsa'] as const) {
    const files = await forge({ subject: name, ca: true, keys })
    const authority = await loadAuthority(files)
    t.strictSame({ certificate: authority.certificate, key: authority.key }, files)
    const leaf = text(await authority.issue({ subject, usages: ['clientAuth'], ...life }))
    t.equal(leaf.raw.includes(name), true)
    t.equal(leaf.checkIssued(text(files)) && leaf.verify(text(files).publicKey), true)
  }
})

t.test('keys of every usual curve sign with their own hash; others are refused', async t => {
  const root = await forgeRoot('Root')
  for (const [namedCurve, oid] of [
    ['P-256', '2a8648ce3d040302'],
    ['P-384', '2a8648ce3d040303'],
    ['P-521', '2a8648ce3d040304'],
  ] as const) {
    const key = generateKeyPairSync('ec', { namedCurve }).privateKey
    const authority = await loadAuthority(await forge({ issuer: root, subject: [{ CN: ['X'] }], ca: true, key }))
    const pair = await authority.issue({ subject, usages: ['clientAuth'], ...life })
    t.equal(text(pair).verify(text(authority).publicKey), true, namedCurve)
    t.match(hex(pair), oid)
  }
  const key = generateKeyPairSync('ed25519').privateKey
  const edwards = await forge({ issuer: root, subject: [{ CN: ['X'] }], ca: true, key })
  await t.rejects(loadAuthority(edwards), /must be RSA, or of the curve P-256, P-384 or P-521/)
})

t.test('files that do not belong together, or are no authority, are refused', async t => {
  const one = await forgeRoot('One')
  const other = await forgeRoot('Other')
  await t.rejects(loadAuthority({ certificate: one.certificate, key: other.key }), /key does not belong/)
  await t.rejects(loadAuthority(await forge({ subject: [{ CN: ['X'] }] })), /not one of a certificate authority/)
  await t.rejects(loadAuthority({ certificate: 'rubbish', key: one.key }))
  await t.rejects(loadAuthority({ certificate: one.certificate, key: 'rubbish' }))
})
