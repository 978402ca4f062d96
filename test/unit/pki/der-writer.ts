import fc from 'fast-check'
import t from 'tap'
import { elementsOf, tags } from '../../../src/pki/der.ts'
import { bytesAsBits, encode, namedBits, oid, rawOf, sequence, time } from '../../../src/pki/der-writer.ts'

t.test('what is written is read again, whatever its length', async t => {
  for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = Buffer.alloc(size, 7)
    const [element, more] = elementsOf(encode(tags.octetString, content))
    t.strictSame(element, { tag: tags.octetString, content }, String(size))
    t.equal(more, undefined)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const der = sequence(encode(tags.octetString, bytes), oid('550403'))
      return elementsOf(der)
        .map(rawOf)
        .every((raw, i) => i === 0 && raw.equals(der))
    }),
  )
})

t.test('bits that are 0 at the end are left out, and counted', async t => {
  const bits = (value: number) => namedBits(value).toString('hex')
  t.equal(bits(0x80), '03020780')
  t.equal(bits(0xa0), '030205a0')
  t.equal(bits(0x01), '03020001')
  t.equal(bits(0), '030100')
  t.equal(bytesAsBits(Buffer.from('00ff', 'hex')).toString('hex'), '03030000ff')
})

t.test('years have two digits from 1950 to 2049, else four', async t => {
  const text = (moment: string) => time(Date.parse(moment)).toString('latin1').slice(2)
  t.equal(text('2049-12-31T23:59:59.999Z'), '491231235959Z')
  t.equal(text('2050-01-01T00:00:00Z'), '20500101000000Z')
  t.equal(time(Date.parse('2026-11-22T10:00:00Z'))[0], tags.utcTime)
  t.equal(time(Date.parse('2050-01-01T00:00:00Z'))[0], tags.generalizedTime)
})
