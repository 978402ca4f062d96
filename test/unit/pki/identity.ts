import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { createAuthority, type KeyPair } from '../../../src/pki/authority.ts'
import { parseBundle } from '../../../src/pki/bundle.ts'
import { nobodyDenied, parseDenyList } from '../../../src/pki/deny-list.ts'
import { type IdentityTrust, identify, type Refused, type Verdict } from '../../../src/pki/identity.ts'
import { rfc3339 } from '../../../src/platform/clock.ts'
import { type Forgery, forge, forgeRoot } from '../../support/forge.ts'
import { hostileCertificates, pretended } from '../../support/hostile-certificates.ts'

const rootName = 'Test CA'
const now = Math.floor(Date.now() / 1000) * 1000
const hour = 3_600_000
const subject = [{ O: ['toolforge'] }, { CN: [pretended] }]
const root = await forgeRoot(rootName)

const derOf = ({ certificate }: KeyPair): Buffer => new X509Certificate(certificate).raw
const trusting = (...roots: KeyPair[]): IdentityTrust => ({
  authorities: parseBundle(roots.map(({ certificate }) => certificate).join('')),
  denied: nobodyDenied,
})
const trust = trusting(root)
const denying = (list: object[]): IdentityTrust => ({ ...trust, denied: parseDenyList(JSON.stringify(list)) })
const statusOf = (verdict: Verdict) => (verdict.allow ? 200 : verdict.code === 'not_verified' ? 401 : 403)
const leafOf = (issuer: KeyPair, forgery: Partial<Forgery> = {}) => forge({ issuer, subject, ...forgery })
const refusal = (verdict: Verdict): Refused => {
  if (verdict.allow) throw new Error(`allowed: ${verdict.tool}`)
  return verdict
}

t.test('every hostile certificate gets its verdict and its reason', async t => {
  for (const { name, pair, answer, reason } of await hostileCertificates(root, rootName, now)) {
    const verdict = identify(pair && derOf(pair), trust, now)
    t.equal(statusOf(verdict), answer === 'ends' ? 200 : answer, `${name}: ${verdict.allow ? '' : verdict.reason}`)
    if (verdict.allow) t.equal(verdict.tool, pretended, name)
    else t.match(verdict.reason, reason, name)
    if (!verdict.allow) t.match(verdict.reason, /^[\x20-\x7e]+$/, `${name}: safe to print`)
  }
})

t.test('a verdict tells the tool, the life and the fingerprint of the certificate', async t => {
  const pair = await leafOf(root, { notBefore: now - 5000, notAfter: now + 7000 })
  t.same(identify(derOf(pair), trust, now), {
    allow: true,
    tool: pretended,
    notBefore: now - 5000,
    notAfter: now + 7000,
    validUntil: now + 7000,
    fingerprint: new X509Certificate(pair.certificate).fingerprint256,
  })
})

t.test('both ends of the life belong to it, and not a millisecond more', async t => {
  const begin = now - hour
  const end = now + hour
  const long = await forge({ subject: [{ CN: ['Long'] }], ca: true, notBefore: begin - hour, notAfter: end + hour })
  const leaf = derOf(await leafOf(long, { notBefore: begin, notAfter: end }))
  const at = (moment: number) => identify(leaf, trusting(long), moment)
  t.equal(at(begin).allow, true)
  t.equal(at(end).allow, true)
  t.match(refusal(at(begin - 1)).reason, `The client certificate is not valid before ${rfc3339(begin)}. `)
  t.match(refusal(at(end + 1)).reason, `The client certificate expired on ${rfc3339(end)}. Use the renewed one`)
})

t.test('an authority must be valid itself, and ends what it signed', async t => {
  const begin = now - hour
  const end = now + hour
  const short = await forge({ subject: [{ CN: ['Short'] }], ca: true, notBefore: begin, notAfter: end })
  const leaf = derOf(await leafOf(short, { notBefore: begin - hour, notAfter: end + hour }))
  const at = (moment: number) => identify(leaf, trusting(short), moment)
  t.match(at(begin), { allow: true, notAfter: end + hour, validUntil: end })
  t.equal(at(end).allow, true)
  t.match(at(begin - 1), {
    code: 'not_verified',
    reason: `The certificate authority of the client certificate is not valid before ${rfc3339(begin)}.`,
  })
  t.match(at(end + 1), {
    code: 'not_verified',
    reason: `The certificate authority of the client certificate expired on ${rfc3339(end)}.`,
  })
})

t.test('during a rotation every authority of the bundle is believed, and none that was taken out', async t => {
  const other = await createAuthority({ commonName: 'Other', notBefore: now, notAfter: now + hour })
  const namesake = await forgeRoot(rootName)
  for (const issuer of [root, other, namesake]) {
    const der = derOf(await leafOf(issuer))
    t.equal(identify(der, trusting(root, other, namesake), now).allow, true)
    t.equal(identify(der, trusting(issuer), now).allow, true)
    t.equal(identify(der, trusting(...[root, other, namesake].filter(one => one !== issuer)), now).allow, false)
  }
  t.equal(identify(derOf(await leafOf(root)), { authorities: [], denied: nobodyDenied }, now).allow, false)
})

t.test('an authority renewed with the same key counts with its longest life', async t => {
  const old = await forge({ subject: [{ CN: ['Renewed'] }], ca: true, notAfter: now - 1000 })
  const leaf = derOf(await leafOf(old))
  const renewed = (notAfter: number) =>
    forge({ subject: [{ CN: ['Renewed'] }], ca: true, key: createPrivateKey(old.key), notAfter })
  const again = await renewed(now + 2000)
  const longer = await renewed(now + 9000)
  t.match(identify(leaf, trusting(old), now), { code: 'not_verified' })
  t.match(identify(leaf, trusting(old, again), now), { allow: true, validUntil: now + 2000 })
  t.match(identify(leaf, trusting(old, again, longer), now), { allow: true, validUntil: now + 9000 })
  t.match(identify(leaf, trusting(longer, again, old), now), { allow: true, validUntil: now + 9000 })
})

t.test('an authority renewed ahead of its time does not hide the one that is valid now', async t => {
  const valid = await forge({ subject: [{ CN: ['Ahead'] }], ca: true, notAfter: now + hour })
  const key = createPrivateKey(valid.key)
  const life = { notBefore: now + hour / 2, notAfter: now + 2 * hour }
  const ahead = await forge({ subject: [{ CN: ['Ahead'] }], ca: true, key, ...life })
  const leaf = derOf(await leafOf(valid))
  t.match(identify(leaf, trusting(valid, ahead), now), { allow: true })
  t.match(identify(leaf, trusting(ahead), now), { code: 'not_verified', reason: /not valid before/ })
})

t.test('every safe way to sign is believed', async t => {
  for (const hash of ['SHA-256', 'SHA-384', 'SHA-512'])
    for (const keys of ['ec', 'rsa'] as const) {
      const issuer = await forge({ subject: [{ CN: ['Signer'] }], ca: true, keys })
      const verdict = identify(derOf(await leafOf(issuer, { hash })), trusting(issuer), now)
      t.equal(verdict.allow, true, `${keys} ${hash}`)
    }
  const key = generateKeyPairSync('ed25519').privateKey
  const edwards = await forge({ subject: [{ CN: ['Signer'] }], ca: true, key })
  t.equal(identify(derOf(await leafOf(edwards)), trusting(edwards), now).allow, true, 'Ed25519')
})

t.test('what is no authority is not believed, even where it got into the list', async t => {
  const noAuthority = await forge({ subject: [{ CN: ['No CA'] }] })
  const believed = { authorities: [new X509Certificate(noAuthority.certificate)], denied: nobodyDenied }
  t.match(identify(derOf(await leafOf(noAuthority)), believed, now), { code: 'not_verified' })
})

t.test('a certificate changed after it was signed, cut off or made of rubbish is not verified', async t => {
  const der = derOf(await leafOf(root))
  const changed = Buffer.from(der)
  changed.write('tf-tesu', changed.indexOf(pretended))
  t.match(identify(changed, trust, now), { code: 'not_verified', reason: /not signed directly/ })
  for (const bytes of [Buffer.alloc(0), Buffer.from('rubbish'), der.subarray(0, -1)])
    t.match(identify(bytes, trust, now), { code: 'not_verified', reason: /cannot be read/ })
  const dateless = Buffer.from(der)
  dateless.write('zz', dateless.indexOf(Buffer.from([0x17, 0x0d])) + 2)
  t.match(identify(dateless, trust, now), { code: 'not_verified', reason: /cannot be read/ })
})

t.test('a tool on the deny list is refused with the reason, and no other one is', async t => {
  const der = derOf(await leafOf(root, { notBefore: now - 1000 }))
  t.match(identify(der, denying([{ tool: pretended, reason: 'crypto mining' }]), now), {
    code: 'not_allowed',
    reason: `The tool ${pretended} is shut out: crypto mining`,
  })
  t.equal(identify(der, denying([{ tool: 'tf-other', reason: 'x' }]), now).allow, true)
  const before = (moment: number) => denying([{ tool: pretended, issuedBefore: rfc3339(moment), reason: 'lost key' }])
  t.equal(identify(der, before(now), now).allow, false, 'issued before')
  t.equal(identify(der, before(now - 1000), now).allow, true, 'issued at that very moment')
  t.equal(identify(der, before(now - 2000), now).allow, true, 'issued after')
})

t.test('who cannot be verified does not learn what is on the deny list', async t => {
  const stranger = derOf(await leafOf(await forgeRoot('Unknown')))
  t.match(identify(stranger, denying([{ tool: pretended, reason: 'secret' }]), now), { code: 'not_verified' })
})
