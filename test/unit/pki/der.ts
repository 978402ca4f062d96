import fc from 'fast-check'
import t from 'tap'
import { childrenOf, contentOf, elementsOf, MalformedDer, tags } from '../../../src/pki/der.ts'
import { der } from '../../support/forge.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const malformed = (what: string) => new MalformedDer(what)

t.test('elements are read one after the other, to the end', async t => {
  t.strictSame(elementsOf(bytes('')), [])
  t.strictSame(elementsOf(bytes('0c0161' + '3000' + '0403010203')), [
    { tag: 0x0c, content: bytes('61') },
    { tag: 0x30, content: bytes('') },
    { tag: 0x04, content: bytes('010203') },
  ])
})

t.test('lengths of one to three bytes are read, in their one form', async t => {
  for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
    const long = size > 0xffff ? Buffer.concat([bytes('0483010000'), Buffer.alloc(size)]) : der(4, Buffer.alloc(size))
    t.equal(elementsOf(long)[0]?.content.length, size, String(size))
  }
  const wrong = 'a length of a wrong form'
  const longer = 'a length longer than it need be'
  for (const [hex, what] of [
    ['0480', wrong],
    ['048400000001ff', wrong],
    ['048101', longer],
    [`04817f${'00'.repeat(127)}`, longer],
    [`0482007f${'00'.repeat(127)}`, longer],
    [`048200ff${'00'.repeat(255)}`, longer],
    [`04830000ff${'00'.repeat(255)}`, longer],
    [`0483007fff${'00'.repeat(0x7fff)}`, longer],
    ['0481', wrong],
    ['048201', wrong],
  ] as const)
    t.throws(() => elementsOf(bytes(hex)), malformed(what), hex.slice(0, 20))
})

t.test('what is cut off, or has a tag of several bytes, is malformed', async t => {
  t.throws(() => elementsOf(bytes('04')), malformed('cut off in a header'))
  t.throws(() => elementsOf(bytes('0c016104')), malformed('cut off in a header'))
  t.throws(() => elementsOf(bytes('040201')), malformed('cut off in a content'))
  for (const tag of ['1f', '3f', 'bf', 'ff'])
    t.throws(() => elementsOf(bytes(`${tag}0100`)), malformed('a tag of several'))
  t.strictSame(elementsOf(bytes('1e00')), [{ tag: 0x1e, content: bytes('') }])
})

t.test('an element of another tag, or none, is malformed', async t => {
  const [text] = elementsOf(bytes('0c0161'))
  t.strictSame(contentOf(text, tags.utf8String), bytes('61'))
  t.throws(() => contentOf(text, tags.sequence), malformed('tag 30 expected, c found'))
  t.throws(() => contentOf(undefined, tags.sequence), malformed('tag 30 expected, nothing found'))
  const [list] = elementsOf(bytes('30060c01610c0162'))
  t.strictSame(childrenOf(list, tags.sequence), elementsOf(bytes('0c01610c0162')))
})

t.test('any bytes are read, or are malformed', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), any => {
      try {
        const total = elementsOf(Buffer.from(any)).reduce((sum, { content }) => sum + content.length + 2, 0)
        t.ok(total <= any.length)
      } catch (error) {
        t.ok(error instanceof MalformedDer)
      }
    }),
    { numRuns: 500 },
  )
})

t.test('what is written is read again', async t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), contents => {
      const written = Buffer.concat(contents.map(content => der(4, Buffer.from(content))))
      t.strictSame(
        elementsOf(written).map(({ content }) => Buffer.from(content)),
        contents.map(content => Buffer.from(content)),
      )
    }),
    { numRuns: 100 },
  )
})
