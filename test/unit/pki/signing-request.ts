import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { alternativeNamesOf, verifySigningRequest } from '../../../src/pki/signing-request.ts'
import { newSigningRequest } from '../../support/signing-request.ts'

const subject = [{ O: ['toolforge'] }, { CN: ['a'] }]
const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const pemOf = (der: Buffer, type = 'CERTIFICATE REQUEST'): string =>
  `-----BEGIN ${type}-----\n${der.toString('base64')}\n-----END ${type}-----\n`

t.test('a request tells for which name and key a certificate is wanted', async t => {
  for (const keys of ['ec', 'rsa', 'ed25519'] as const) {
    const { request } = await newSigningRequest({ subject, keys })
    const read = verifySigningRequest(`Some words\n${request}`)
    t.strictSame(
      read.attributes.map(({ text }) => text),
      ['toolforge', 'a'],
      keys,
    )
    const der = derOf(request)
    t.ok(der.includes(read.subject) && der.includes(read.publicKey))
    t.equal(alternativeNamesOf(read), undefined)
  }
})

t.test('alternative names are read', async t => {
  const { request } = await newSigningRequest({ subject, hosts: ['a.example', 'b.example'] })
  t.match(alternativeNamesOf(verifySigningRequest(request))?.toString('latin1'), /a\.example.*b\.example/)
})

t.test('who has not the key has no request', async t => {
  for (const keys of ['ec', 'rsa', 'ed25519'] as const) {
    const der = derOf((await newSigningRequest({ subject, keys })).request)
    const other = derOf((await newSigningRequest({ subject: [{ O: ['toolforge'] }, { CN: ['b'] }], keys })).request)
    const name = Buffer.from('toolforge', 'latin1')
    const forged = Buffer.from(der)
    forged.write('toolforgX', der.indexOf(name), 'latin1')
    t.throws(() => verifySigningRequest(pemOf(forged)), /verification (failure|error)/, keys)
    t.doesNotThrow(() => verifySigningRequest(pemOf(other)))
  }
})

t.test('what is no request is refused, and nothing breaks', async t => {
  const { request } = await newSigningRequest({ subject })
  const wrong = 'PEM block type must be CERTIFICATE REQUEST'
  for (const text of ['', 'x', pemOf(derOf(request), 'NEW CERTIFICATE REQUEST'), pemOf(derOf(request), 'CERTIFICATE')])
    t.throws(() => verifySigningRequest(text), { message: wrong }, text.slice(0, 40))
  const der = derOf(request)
  for (const bad of [Buffer.alloc(0), der.subarray(1), der.subarray(0, -1), Buffer.concat([der, Buffer.alloc(1)])])
    t.throws(() => verifySigningRequest(pemOf(bad)))
  for (let at = 0; at < der.length; at++) {
    const bent = Buffer.from(der)
    bent.writeUInt8(bent.readUInt8(at) ^ 0x55, at)
    t.throws(() => verifySigningRequest(pemOf(bent)), `byte ${at}`)
  }
  t.throws(() => new X509Certificate(request))
})
