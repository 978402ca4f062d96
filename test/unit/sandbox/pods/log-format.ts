import fc from 'fast-check'
import t from 'tap'
import {
  createDecoder,
  createSplitter,
  encode,
  nanoTime,
  type Piece,
  recordLimit,
  tailStart,
} from '../../../../src/sandbox/pods/log-format.ts'

const time = nanoTime(Date.UTC(2026, 10, 22, 10))

function split(chunks: Buffer[], limit?: number): Piece[] {
  const splitter = createSplitter(limit)
  return [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()]
}

const records = (text: string, limit?: number, at = time): Buffer =>
  encode(split([Buffer.from(text)], limit), 'stdout', at)

t.test('times have nine digits, so that they compare as text', async t => {
  t.equal(time, '2026-11-22T10:00:00.000000000Z')
  t.equal(nanoTime(1), '1970-01-01T00:00:00.001000000Z')
})

t.test('lines are records; long ones are cut, all parts but the last marked P', async t => {
  t.same(
    split([Buffer.from('ab\n\ncdefgh\nabc\nabcd')], 3).map(({ bytes, partial }) => [String(bytes), partial]),
    [
      ['ab', false],
      ['', false],
      ['cde', true],
      ['fgh', false],
      ['abc', false],
      ['abc', true],
      ['d', true],
    ],
  )
  t.equal(String(records('a\n')), `${time} stdout F a\n`)
  t.match(String(records('abcd\n', 3)), `${time} stdout P abc\n${time} stdout F d\n`)
})

t.test('a long line is not waited for', async t => {
  const splitter = createSplitter()
  t.same(splitter.push(Buffer.alloc(recordLimit, 'x')).length, 0)
  t.same(splitter.push(Buffer.from('y')), [{ bytes: Buffer.alloc(recordLimit, 'x'), partial: true }])
})

t.test('whatever the bytes and however they come: what goes in comes out', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes.map(b => (b < 60 ? 10 : b)))))
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 20 }), (parts, limit) => {
      const file = encode(split(parts, limit), 'stderr', time)
      return createDecoder({ timestamps: false })(file).equals(Buffer.concat(parts))
    }),
  )
})

t.test('the time is put before lines, not before their parts', async t => {
  t.equal(String(createDecoder({ timestamps: true })(records('abcdefg\nh\n', 3))), `${time} abcdefg\n${time} h\n`)
})

t.test('what was written before a time is left out', async t => {
  const file = Buffer.concat([records('old\n', 9, nanoTime(1000)), records('new\n', 9, nanoTime(2000))])
  t.equal(String(createDecoder({ timestamps: false, since: nanoTime(2000) })(file)), 'new\n')
  t.equal(String(createDecoder({ timestamps: false, since: nanoTime(2001) })(file)), '')
})

t.test('the last lines are counted in lines, not in records', async t => {
  const file = records('one\ntwotwotwo\nthree\n', 3)
  const tail = (lines: number) => {
    const { offset, found } = tailStart(file, lines)
    return [String(createDecoder({ timestamps: false })(file.subarray(offset))), found]
  }
  t.same(tail(0), ['', 0])
  t.same(tail(1), ['three\n', 1])
  t.same(tail(2), ['twotwotwo\nthree\n', 2])
  t.same(tail(9), ['one\ntwotwotwo\nthree\n', 3])
})
