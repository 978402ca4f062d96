import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { certificateFields, oids } from '../../../src/pki/certificate-fields.ts'
import { MalformedDer } from '../../../src/pki/der.ts'
import { der, Extension, type Forgery, forge, KeyUsageFlags, rawName } from '../../support/forge.ts'

const subject = [{ CN: ['x'] }]
const fieldsOf = async (forgery: Partial<Forgery>) =>
  certificateFields(new X509Certificate((await forge({ subject, ...forgery })).certificate).raw)
const subjectOf = async (name: Forgery['subject']) => (await fieldsOf({ subject: name })).subject
const CN = oids.commonName
const O = oids.organisation

t.test('a subject is read in its order, with every attribute of every RDN', async t => {
  t.strictSame(
    await subjectOf([{ O: ['a'] }, { CN: ['b', 'c'], OU: ['d'] }, { CN: ['e'] }]),
    [
      { type: O, text: 'a' },
      { type: '55040b', text: 'd' },
      { type: CN, text: 'b' },
      { type: CN, text: 'c' },
      { type: CN, text: 'e' },
    ].sort((one, other) => (one.text ?? '').localeCompare(other.text ?? '')),
  )
  t.strictSame(await subjectOf([]), [])
})

t.test('a key may sign where the key usage says so, or says nothing', async t => {
  t.equal((await fieldsOf({ keyUsage: 'absent' })).maySign, true)
  const { digitalSignature, keyEncipherment, keyAgreement, nonRepudiation, decipherOnly } = KeyUsageFlags
  t.equal((await fieldsOf({ keyUsage: digitalSignature })).maySign, true)
  t.equal((await fieldsOf({ keyUsage: digitalSignature | keyAgreement })).maySign, true)
  for (const usage of [keyEncipherment, keyAgreement, nonRepudiation | keyEncipherment, decipherOnly])
    t.equal((await fieldsOf({ keyUsage: usage })).maySign, false, String(usage))
  const empty = new Extension('2.5.29.15', true, Buffer.from('030100', 'hex'))
  t.equal((await fieldsOf({ keyUsage: 'absent', extensions: [empty] })).maySign, false, 'no bit at all')
})

t.test('critical extensions are known or not; others do not matter', async t => {
  const extension = (oid: string, critical: boolean) => new Extension(oid, critical, Buffer.from('3000', 'hex'))
  t.equal((await fieldsOf({})).hasUnknownCritical, false)
  for (const known of ['2.5.29.17'])
    t.equal((await fieldsOf({ extensions: [extension(known, true)] })).hasUnknownCritical, false)
  const critical37 = new Extension('2.5.29.37', true, Buffer.from('300a06082b06010505070302', 'hex'))
  t.equal((await fieldsOf({ extendedUsages: [], extensions: [critical37] })).hasUnknownCritical, false)
  for (const unknown of ['2.5.29.30', '1.2.3.4']) {
    t.equal((await fieldsOf({ extensions: [extension(unknown, true)] })).hasUnknownCritical, true, unknown)
    t.equal((await fieldsOf({ extensions: [extension(unknown, false)] })).hasUnknownCritical, false, unknown)
  }
})

t.test('the algorithm of the signature is told', async t => {
  t.equal((await fieldsOf({})).signatureAlgorithm, '2a8648ce3d040302')
  t.equal((await fieldsOf({ keys: 'rsa', hash: 'SHA-512' })).signatureAlgorithm, '2a864886f70d01010d')
})

const oid = der(0x06, Buffer.from('550403', 'hex'))
const octets = der(0x04, Buffer.from('3000', 'hex'))
/** A certificate as far as it is looked at, of these parts. */
function certificate(parts: { version?: Buffer; subject?: Buffer; extensions?: Buffer[]; more?: Buffer[] }): Buffer {
  const { version = der(0xa0, der(2, Buffer.from([2]))), subject: name = der(0x30), extensions, more = [] } = parts
  const lists = extensions === undefined ? [] : [der(0xa3, der(0x30, ...extensions))]
  const algorithm = der(0x30, oid)
  const body = [version, der(2, Buffer.from([1])), algorithm, der(0x30), der(0x30), name, der(0x30), ...more, ...lists]
  return der(0x30, der(0x30, ...body), algorithm, der(3, Buffer.from([0])))
}

t.test('text is read in the encodings that everybody reads alike, and in no other', async t => {
  const bmp = (text: string) => Buffer.from(text, 'utf16le').swap16()
  for (const [tag, value, text] of [
    [0x0c, 'tf-\u0435', 'tf-\u0435'],
    [0x0c, '\ufefftf', '\ufefftf'],
    [0x0c, 'a\0b\n', 'a\0b\n'],
    [0x0c, '', ''],
    [0x0c, Buffer.from('74ff', 'hex'), undefined],
    [0x13, 'tf', 'tf'],
    [0x13, Buffer.from('74e9', 'hex'), 't\u00e9'],
    [0x16, 'tf@x', 'tf@x'],
    [0x16, Buffer.from('74e9', 'hex'), 't\u00e9'],
    [0x1e, bmp('tf-\u0435'), 'tf-\u0435'],
    [0x1e, bmp('\ufefftf'), '\ufefftf'],
    [0x1e, Buffer.from('0074d8', 'hex'), undefined],
    [0x1e, Buffer.from('d800', 'hex'), undefined],
    [0x14, 'tf', undefined],
    [0x1c, Buffer.from('00000074', 'hex'), undefined],
    [0x04, 'tf', undefined],
    [0x30, der(0x0c, Buffer.from('tf')), undefined],
  ] as const)
    t.strictSame(
      certificateFields(certificate({ subject: rawName([[[CN, tag, value]]]) })).subject,
      [{ type: CN, text }],
      `${tag} ${Buffer.from(value).toString('hex')}`,
    )
})

t.test('a certificate of version 1 has no version, and one may have no extensions', async t => {
  const name = rawName([[[CN, 0x0c, 'x']]])
  const expected = {
    subject: [{ type: CN, text: 'x' }],
    maySign: true,
    hasUnknownCritical: false,
    signatureAlgorithm: CN,
  }
  t.strictSame(certificateFields(certificate({ subject: name })), expected)
  t.strictSame(certificateFields(certificate({ subject: name, version: Buffer.alloc(0) })), expected)
  t.strictSame(
    certificateFields(certificate({ subject: name, more: [der(0x81, Buffer.from([0]))], extensions: [] })),
    expected,
  )
})

t.test('a flag that says "not critical" is read as it says', async t => {
  const flagged = (flag: string) =>
    certificateFields(certificate({ extensions: [der(0x30, oid, der(1, Buffer.from(flag, 'hex')), octets)] }))
  t.equal(flagged('00').hasUnknownCritical, false)
  t.equal(flagged('ff').hasUnknownCritical, true)
  t.equal(flagged('01').hasUnknownCritical, true)
  t.equal(flagged('').hasUnknownCritical, false)
})

t.test('what is laid out otherwise is malformed', async t => {
  const once = der(0x30, oid, octets)
  const wrong: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['no sequence', der(0x04)],
    ['the same extension twice', certificate({ extensions: [once, once] })],
    ['an extension without value', certificate({ extensions: [der(0x30, oid)] })],
    ['an extension without type', certificate({ extensions: [der(0x30, octets)] })],
    ['a name that is no sequence', certificate({ subject: der(0x31) })],
    ['an RDN that is no set', certificate({ subject: der(0x30, der(0x30)) })],
    ['an attribute without value', certificate({ subject: der(0x30, der(0x31, der(0x30, oid))) })],
    ['an attribute of three parts', certificate({ subject: der(0x30, der(0x31, der(0x30, oid, octets, octets))) })],
    ['an attribute that is no sequence', certificate({ subject: der(0x30, der(0x31, der(0x31, oid, octets))) })],
  ]
  for (const [name, bytes] of wrong) t.throws(() => certificateFields(bytes), MalformedDer, name)
  t.doesNotThrow(() => certificateFields(certificate({ extensions: [once] })))
})
