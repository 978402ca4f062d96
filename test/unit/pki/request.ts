import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { certificateFields } from '../../../src/pki/certificate-fields.ts'
import { attributesOf, createRequest, newKey, publicKeyHash, uselessCertificate } from '../../../src/pki/request.ts'
import { verifySigningRequest } from '../../../src/pki/signing-request.ts'
import { subjectOf } from '../../../src/pki/subject.ts'
import { havePrograms } from '../../support/programs.ts'

const now = Date.UTC(2026, 10, 22, 12)
const subject = subjectOf({ kind: 'tool', name: 'a' })
/** Who asks, and with which key; throws when it cannot be read, or its key did not sign it. */
function readRequest(pem: string) {
  const { attributes, publicKey } = verifySigningRequest(pem)
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' })
  return { subject: attributes, publicKey: publicKeyHash(key) }
}
const opensslText = (request: string): string =>
  execFileSync('openssl', ['req', '-verify', '-noout', '-subject', '-nameopt', 'RFC2253'], {
    input: request,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })

t.test('a new key is P-256, or RSA with 3072 bits, as PKCS #8', async t => {
  const ec = newKey('ec')
  t.match(ec, /^-----BEGIN PRIVATE KEY-----\n/)
  t.equal(createPrivateKey(ec).asymmetricKeyDetails?.namedCurve, 'prime256v1')
  t.equal(createPrivateKey(newKey('rsa')).asymmetricKeyDetails?.modulusLength, 3072)
  t.not(newKey('ec'), ec)
})

t.test('a request names its subject and its key, and both kinds of key sign it', async t => {
  for (const type of ['ec', 'rsa'] as const) {
    const key = newKey(type)
    const request = await createRequest({ key, subject })
    t.match(request, /^-----BEGIN CERTIFICATE REQUEST-----\n[\w+/=\n]+\n-----END CERTIFICATE REQUEST-----\n$/)
    t.same(readRequest(request), {
      subject: [
        { type: '55040a', text: 'toolforge' },
        { type: '550403', text: 'a' },
      ],
      publicKey: publicKeyHash(createPrivateKey(key)),
    })
  }
})

t.test('OpenSSL verifies a request, and reads the subject in its order', async t => {
  if (!havePrograms(t, 'openssl')) return
  for (const type of ['ec', 'rsa'] as const)
    t.match(opensslText(await createRequest({ key: newKey(type), subject })), /CN ?= ?a,O ?= ?toolforge/)
  const person = subjectOf({ kind: 'person', name: 'p' })
  t.match(
    opensslText(await createRequest({ key: newKey('ec'), subject: person })),
    /CN ?= ?person:p,O ?= ?toolforge-admins/,
  )
})

t.test('a request that another key signed, or that cannot be read, is refused', async t => {
  const request = await createRequest({ key: newKey('ec'), subject })
  const der = Buffer.from(request.replaceAll(/-----[^-]+-----/g, ''), 'base64')
  const changed = Buffer.from(der)
  changed.write('b', der.indexOf(Buffer.from('0603550403', 'hex')) + 7, 'latin1')
  const pem = (bytes: Buffer) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  t.ok(readRequest(pem(der)))
  t.throws(() => readRequest(pem(changed)), { message: /verification failure/ })
  t.throws(() => readRequest(pem(der.subarray(0, -1))))
  t.throws(() => readRequest(''))
  t.throws(() => readRequest('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'))
})

t.test('a key of a kind that no signer here takes makes no request', async t => {
  await t.rejects(createRequest({ key: 'nothing', subject }))
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await t.rejects(createRequest({ key, subject }), { message: /RSA, P-256, P-384 or P-521/ })
})

t.test("a name's attributes compare with those of a certificate", async t => {
  const authority = await createAuthority({ commonName: 'test', notBefore: now, notAfter: now + 1000 })
  const pair = await authority.issue({ subject, usages: ['clientAuth'], notBefore: now, notAfter: now + 1000 })
  t.same(certificateFields(new X509Certificate(pair.certificate).raw).subject, attributesOf(subject))
  t.throws(() => attributesOf([{ OU: ['x'] }]), RangeError)
})

t.test('a useless certificate belongs to key and subject, and serves for nothing', async t => {
  for (const type of ['ec', 'rsa'] as const) {
    const key = newKey(type)
    const certificate = new X509Certificate(await uselessCertificate({ key, subject, now }))
    t.ok(certificate.checkPrivateKey(createPrivateKey(key)))
    t.same(certificateFields(certificate.raw).subject, attributesOf(subject))
    t.ok(certificate.verify(certificate.publicKey), 'nobody else signed it')
    t.ok(certificate.validToDate.getTime() < now)
    t.ok(certificate.validFromDate < certificate.validToDate)
    t.equal(certificate.keyUsage, undefined)
    t.equal(certificate.ca, false)
  }
})
