import { X509Certificate } from 'node:crypto'
import t, { type Test } from 'tap'
import { createAuthority } from '../../../../src/pki/authority.ts'
import { createSigner } from '../../../../src/pki/signer.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createCertificateSigner, lifeOf } from '../../../../src/sandbox/controllers/certificate-signer.ts'
import { certificateSigningRequests } from '../../../../src/sandbox/kinds/certificate-signing-request.ts'
import { newSigningRequest } from '../../../support/signing-request.ts'
import { createTestStore, found, newOf } from '../../../support/store.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const begin = Date.UTC(2026, 10, 22, 10)
const kind = certificateSigningRequests
const authority = await createAuthority({ commonName: 'ca', notBefore: begin - day, notAfter: begin + 400 * day })
const { request: pem } = await newSigningRequest({
  subject: [{ O: ['toolforge'] }, { CN: ['a'] }],
  hosts: ['h.example'],
})
const condition = (type: string) => ({ type, status: 'True' })

function setup(t: Test) {
  const { store, clock } = createTestStore()
  const signer = createSigner(authority)
  const controller = createCertificateSigner({ store, certificateSigningRequests, signer, clock, log: quietLog })
  controller.start()
  t.teardown(controller.stop)
  const spec = { request: Buffer.from(pem).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client' }
  const request = async (fields: object, types: string[]) => {
    store.create(kind, newOf(kind, 'a', { spec: { ...spec, usages: ['client auth'], ...fields } }))
    const object = { ...found(store, kind, 'a'), status: { conditions: types.map(condition) } }
    if (types.length > 0) store.update(kind, object, { subresource: 'approval' })
    await clock.advance(0)
    return found(store, kind, 'a').status
  }
  return { store, clock, controller, request }
}

t.test('what is approved is signed', async t => {
  const { certificate = '' } = await setup(t).request({ expirationSeconds: 3600 }, ['Approved'])
  const leaf = new X509Certificate(Buffer.from(certificate, 'base64'))
  t.ok(leaf.verify(new X509Certificate(authority.certificate).publicKey))
  t.strictSame({ ...leaf.toLegacyObject().subject }, { O: 'toolforge', CN: 'a' })
  t.equal(leaf.subjectAltName, 'DNS:h.example')
  t.equal(leaf.validFromDate.getTime(), begin - 5 * minute)
  t.equal(leaf.validToDate.getTime(), begin + hour)
})

t.test('nothing else is', async t => {
  t.equal((await setup(t).request({}, [])).certificate, undefined)
  t.equal((await setup(t).request({}, ['Denied'])).certificate, undefined)
  t.equal((await setup(t).request({}, ['Approved', 'Failed'])).certificate, undefined)
  t.equal((await setup(t).request({ signerName: 'example.com/x' }, ['Approved'])).certificate, undefined)
})

t.test('usages of others than clients fail, for good', async t => {
  const failed = async (usages: string[]) => {
    const { certificate, conditions = [] } = await setup(t).request({ usages }, ['Approved'])
    t.equal(certificate, undefined)
    t.match(conditions.at(-1), { type: 'Failed', status: 'True', reason: 'SignerValidationFailure' })
    return conditions.at(-1)?.message
  }
  t.equal(await failed(['client auth', 'server auth']), 'invalid usage for client certificate: server auth')
  t.equal(await failed(['digital signature']), 'missing required usage for client certificate: client auth')
  const usages = ['digital signature', 'key encipherment', 'client auth']
  t.ok((await setup(t).request({ usages }, ['Approved'])).certificate)
})

t.test('once stopped it signs nothing', async t => {
  const { controller, request } = setup(t)
  controller.stop()
  t.equal((await request({}, ['Approved'])).certificate, undefined)
})

t.test('lives are as long as asked for, within limits', async t => {
  const end = begin + 1000 * day
  const life = (seconds: number | undefined, until = end) => {
    const { notBefore, notAfter } = lifeOf(begin, { seconds, end: until })
    t.equal(notBefore, begin - 5 * minute)
    return notAfter - begin
  }
  t.equal(life(600), 10 * minute)
  t.equal(life(8 * 3600 - 1), 8 * hour - 1000, 'a short one ends as late as was asked for')
  t.equal(life(8 * 3600), 8 * hour - 5 * minute, 'a long one is as long as was asked for')
  t.equal(life(undefined), 365 * day - 5 * minute)
  t.equal(life(366 * 86_400), 365 * day - 5 * minute)
  t.equal(life(86_400, begin + hour), hour, 'nothing outlives its authority')
  t.throws(() => life(600, begin), /refusing to sign a certificate that expired in the past/)
})
