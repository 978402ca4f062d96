import t from 'tap'
import { parseBundle } from '../../../src/pki/bundle.ts'
import { Extension, forge, forgeRoot, KeyUsageFlags, usages } from '../../support/forge.ts'

const one = await forgeRoot('One')
const two = await forgeRoot('Two')
const authority = (forgery: object) => forge({ subject: [{ CN: ['Odd'] }, { O: ['CA'] }], ca: true, ...forgery })
const subjects = (pem: string) => parseBundle(pem).map(({ subject }) => subject)

t.test('all authorities of a bundle are found, in their order, whatever lies around them', async t => {
  t.strictSame(subjects(one.certificate), ['CN=One'])
  t.strictSame(subjects(`# the new one\n${two.certificate}\n\nthe old one:\n${one.certificate}`), ['CN=Two', 'CN=One'])
  t.strictSame(subjects((one.certificate + two.certificate).replaceAll('\n', '\r\n')), ['CN=One', 'CN=Two'])
})

t.test('a bundle without a certificate, or with one cut off or changed, is refused', async t => {
  for (const empty of ['', 'rubbish', one.key])
    t.throws(() => parseBundle(empty), /There is no certificate in the bundle/)
  t.throws(() => parseBundle(two.certificate + one.certificate.slice(0, -20)), /A certificate of the bundle is cut off/)
  t.throws(() => parseBundle(one.certificate.slice(0, -20) + two.certificate), /A certificate of the bundle is cut off/)
  t.throws(() => parseBundle(`${one.certificate.slice(0, 80)}\n-----END CERTIFICATE-----\n`))
})

t.test('an authority whose dates cannot be read is refused', async t => {
  const notAfter = Date.UTC(2030, 0, 1)
  const dateless = await authority({ notAfter, overwrite: { from: '300101000000Z', to: Buffer.from('zz') } })
  t.throws(() => parseBundle(dateless.certificate), /A date of the certificate cannot be read/)
})

t.test('what may not sign certificates is refused by name', async t => {
  const leaf = await authority({ ca: false })
  t.throws(
    () => parseBundle(one.certificate + leaf.certificate),
    /CN=Odd, O=CA is not a certificate authority's certificate/,
  )
  const crlOnly = await authority({ keyUsage: KeyUsageFlags.cRLSign })
  t.throws(() => parseBundle(crlOnly.certificate), /CN=Odd, O=CA is not a certificate authority's certificate/)
  t.equal(parseBundle((await authority({ keyUsage: 'absent' })).certificate).length, 1)
})

t.test('an authority for other purposes only is refused by name', async t => {
  const servers = await authority({ extendedUsages: [usages.server] })
  t.throws(() => parseBundle(servers.certificate), /CN=Odd, O=CA may not sign clients' certificates/)
  t.equal(parseBundle((await authority({ extendedUsages: [usages.client] })).certificate).length, 1)
})

t.test('an authority with constraints that are not looked at is refused by name', async t => {
  const constraints = new Extension('2.5.29.30', true, Buffer.from('3000', 'hex'))
  const constrained = await authority({ extensions: [constraints] })
  t.throws(() => parseBundle(constrained.certificate), /CN=Odd, O=CA has a critical extension that is not supported/)
})
