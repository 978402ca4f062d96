import { createPublicKey, X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { createSigner } from '../../../src/pki/signer.ts'
import { alternativeNamesOf, readSigningRequest } from '../../../src/pki/signing-request.ts'
import { readCertificate, verify } from '../../../src/pki/verify.ts'
import { forge } from '../../support/forge.ts'
import { newSigningRequest } from '../../support/signing-request.ts'

const life = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2060, 0, 1) }
const leafLife = { notBefore: Date.UTC(2026, 1, 1, 0, 0, 0, 999), notAfter: Date.UTC(2051, 1, 1) }
const usual = { ...leafLife, digitalSignature: true, keyEncipherment: false }

t.test('what it signs is believed by whoever believes the authority', async t => {
  for (const keyType of ['ec', 'rsa'] as const) {
    const authority = await createAuthority({ commonName: 'ca', keyType, ...life })
    const signer = createSigner(authority)
    t.equal(signer.notAfter, life.notAfter)
    const { request, key } = await newSigningRequest({ subject: [{ O: ['toolforge'] }, { CN: ['a'] }] })
    const pem = signer.sign({ ...usual, ...readSigningRequest(request) })
    const leaf = new X509Certificate(pem)
    const ca = new X509Certificate(authority.certificate)
    t.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey), keyType)
    t.ok(leaf.publicKey.equals(createPublicKey(key)))
    t.strictSame({ ...leaf.toLegacyObject().subject }, { O: 'toolforge', CN: 'a' })
    t.equal(leaf.validFromDate.getTime(), Date.UTC(2026, 1, 1))
    t.equal(leaf.validToDate.getTime(), leafLife.notAfter)
    t.strictSame(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    t.notOk(leaf.ca)
    t.match(leaf.raw.toString('hex'), '0603551d130101ff04023000', 'it says that it is no authority')
    t.equal(leaf.subjectAltName, undefined)
    t.hasStrict(verify(readCertificate(leaf.raw), [ca], Date.UTC(2026, 5, 1)), { validUntil: leafLife.notAfter })
    t.equal(leaf.toString(), pem)
  }
})

t.test(
  'names are copied to the last byte: those of the authority, which Go compares, and those that are asked for',
  async t => {
    const ca = await forge({ subject: [{ CN: ['ä ca'] }], ca: true, ...life })
    const { request } = await newSigningRequest({
      subject: [{ CN: ['b'] }, { O: ['x'], OU: ['y'] }],
      hosts: ['h.example'],
    })
    const wanted = readSigningRequest(request)
    const leaf = new X509Certificate(
      createSigner(ca).sign({ ...usual, ...wanted, alternativeNames: alternativeNamesOf(wanted) }),
    )
    t.ok(leaf.raw.includes(wanted.subject))
    t.equal(leaf.subjectAltName, 'DNS:h.example')
    t.ok(leaf.checkIssued(new X509Certificate(ca.certificate)))
  },
)

t.test('usages are those that are asked for; without any there is no such extension', async t => {
  const signer = createSigner(await createAuthority({ commonName: 'ca', ...life }))
  const wanted = readSigningRequest((await newSigningRequest({ subject: [{ CN: ['a'] }] })).request)
  const bits = (digitalSignature: boolean, keyEncipherment: boolean) => {
    const { raw } = new X509Certificate(signer.sign({ ...usual, ...wanted, digitalSignature, keyEncipherment }))
    const found = /0603551d0f(?:0101ff)?0404(\w{8})/.exec(raw.toString('hex'))
    return found?.[1]
  }
  t.equal(bits(true, true), '030205a0')
  t.equal(bits(true, false), '03020780')
  t.equal(bits(false, true), '03020520')
  t.equal(bits(false, false), undefined)
})

t.test('of a bundle it is the certificate that belongs to the key', async t => {
  const [one, other] = [
    await createAuthority({ commonName: 'one', ...life }),
    await createAuthority({ commonName: 'other', ...life }),
  ]
  const signer = createSigner({ certificate: one.certificate + other.certificate, key: other.key })
  const wanted = readSigningRequest((await newSigningRequest({ subject: [{ CN: ['a'] }] })).request)
  t.equal(new X509Certificate(signer.sign({ ...usual, ...wanted })).issuer, 'CN=other')
  t.throws(() => createSigner({ certificate: one.certificate, key: other.key }), /belongs to the key/)
})

t.test('a key that it cannot sign with is refused', async t => {
  const { key } = await newSigningRequest({ subject: [{ CN: ['a'] }], keys: 'ed25519' })
  const ca = await createAuthority({ commonName: 'ca', ...life })
  t.throws(() => createSigner({ certificate: ca.certificate, key }), /belongs to the key/)
})
