import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type Outline, parseOutlines } from '../../../src/kube/protobuf-list.ts'

// An encoder of its own: numbers in groups of seven bits, the lowest first.
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const text = (field: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes])
}
const number = (field: number, value: number): Buffer => Buffer.from([...varint(field * 8), ...varint(value)])
const fixed = (field: number, size: 4 | 8): Buffer =>
  Buffer.from([...varint(field * 8 + (size === 4 ? 5 : 1)), ...Array(size).fill(255)])

const itemOf = ({ namespace, name, version }: Outline, rest: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([
    text(
      1,
      Buffer.concat([
        text(1, name),
        text(3, namespace),
        text(5, 'uid'),
        text(6, version),
        number(7, 5),
        fixed(9, 8),
        rest,
      ]),
    ),
    text(2, 'what it should be'),
    fixed(3, 4),
  ])
const listOf = (items: readonly Buffer[], next = ''): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    text(1, Buffer.concat([text(1, 'v1'), text(2, 'ConfigMapList')])),
    text(
      2,
      Buffer.concat([text(1, Buffer.concat([text(2, '17'), text(3, next)])), ...items.map(item => text(2, item))]),
    ),
    text(3, ''),
  ])

const names = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$/)
const outline: fc.Arbitrary<Outline> = fc
  .tuple(fc.oneof(names, fc.constant('')), names, fc.nat())
  .map(([namespace, name, version]) => ({ namespace, name, version: String(version) }))

t.test('of a list names, namespaces and versions are read, whatever else it holds', async () => {
  fc.assert(
    fc.property(fc.array(outline), fc.uint8Array({ maxLength: 400 }), fc.string(), (items, rest, next) => {
      const bytes = listOf(
        items.map(item => itemOf(item, text(17, Buffer.from(rest)))),
        Buffer.from(next).toString('base64'),
      )
      const page = parseOutlines(bytes)
      assert.deepEqual(page.items, items)
      assert.equal(page.next, next === '' ? undefined : Buffer.from(next).toString('base64'))
    }),
    { numRuns: 500 },
  )
})

t.test('what is no list, or an end too early, is called so and never half a list', async t => {
  const right = listOf([
    itemOf({ namespace: 'n', name: 'a', version: '1' }),
    itemOf({ namespace: '', name: 'b', version: '2' }),
  ])
  t.equal(parseOutlines(right).items.length, 2)
  const wrong = /^the API server's answer has /
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('k8s\0'),
    Buffer.from('{"items":[]}'),
    Buffer.from('k8s\0\x0a\x00'),
  ])
    t.throws(() => parseOutlines(bytes), wrong)
  t.throws(() => parseOutlines(listOf([itemOf({ namespace: 'n', name: '', version: '1' })])), wrong)
  t.throws(() => parseOutlines(listOf([itemOf({ namespace: 'n', name: 'a', version: '' })])), wrong)
  t.throws(() => parseOutlines(listOf([text(2, 'no metadata')])), wrong)
  // A group, which nobody uses any more, and a number without an end.
  t.throws(() => parseOutlines(listOf([Buffer.from([0x0b])])), wrong)
  t.throws(() => parseOutlines(listOf([Buffer.alloc(12, 255)])), wrong)
  // What comes behind the list itself, an empty field, may be missing.
  for (let length = 0; length < right.length - 2; length++)
    t.throws(() => parseOutlines(right.subarray(0, length)), wrong, `${length} of ${right.length} bytes`)
})

t.test('whatever comes is read or called wrong', async () => {
  const right = listOf([itemOf({ namespace: 'n', name: 'a', version: '1' })])
  const blows = fc.array(fc.record({ at: fc.nat(right.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(blows, blows => {
      const bytes = Buffer.from(right)
      for (const { at, byte } of blows) bytes[at] = byte
      try {
        parseOutlines(bytes)
      } catch (error) {
        assert.equal(error instanceof Error && error.name, 'Malformed')
      }
    }),
    { numRuns: 1000 },
  )
})
