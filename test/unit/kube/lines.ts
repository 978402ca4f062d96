import fc from 'fast-check'
import t from 'tap'
import { type LineOptions, linesOf } from '../../../src/kube/lines.ts'

async function* chunked(bytes: Buffer, sizes: number[]): AsyncGenerator<Uint8Array> {
  let from = 0
  for (let i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(from, from + size)
    from += size
  }
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

const split = (text: string | Buffer, sizes = [1000], options: Partial<LineOptions> = {}) =>
  collect(linesOf(chunked(Buffer.from(text), sizes), { limit: 1000, tooLong: 'split', ...options }))

t.test('lines come without their newlines, a last one without newline too', async t => {
  t.same(await split('one\n\ntwo\nthree'), ['one', '', 'two', 'three'])
  t.same(await split('one\n'), ['one'])
  t.same(await split('\n'), [''])
  t.same(await split(''), [])
  t.same(await split('a\r\n'), ['a\r'])
})

t.test('characters and lines may be split over chunks anywhere', async t => {
  for (const size of [1, 2, 3, 5]) t.same(await split('aä€\n𝄞z\nü', [size]), ['aä€', '𝄞z', 'ü'])
})

t.test('a line as long as the limit is whole; a longer one comes in pieces of whole characters', async t => {
  t.same(await split('abcde\nfg\n', [3], { limit: 5 }), ['abcde', 'fg'])
  t.same(await split('abcdef\ng\n', [3], { limit: 5 }), ['abcde', 'f', 'g'])
  t.same(await split('ä€𝄞ä\n', [2], { limit: 5 }), ['ä€', '𝄞', 'ä'])
  t.same(await split(Buffer.alloc(12, 0x80), [4], { limit: 5 }), [
    '\ufffd'.repeat(5),
    '\ufffd'.repeat(5),
    '\ufffd'.repeat(2),
  ])
})

t.test('or ends it all, as soon as it is too long', async t => {
  t.same(await split('abcde\n', [2], { limit: 5, tooLong: 'fail' }), ['abcde'])
  await t.rejects(split('abcdef\n', [100], { limit: 5, tooLong: 'fail' }), RangeError)
  let read = 0
  const endless = async function* () {
    for (;;) {
      read++
      yield Buffer.alloc(10, 'x')
    }
  }
  await t.rejects(collect(linesOf(endless(), { limit: 100, tooLong: 'fail' })), RangeError)
  t.equal(read, 11)
})

t.test('to leave ends the source', async t => {
  let ended = false
  const source = async function* () {
    try {
      for (;;) yield Buffer.from('x\n')
    } finally {
      ended = true
    }
  }
  for await (const line of linesOf(source(), { limit: 10, tooLong: 'split' })) {
    t.equal(line, 'x')
    break
  }
  t.equal(ended, true)
})

t.test('nothing is lost or added, however a text is cut', async t => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', 'ä', '€', '𝄞'), maxLength: 50 })
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })
  const outcome = await fc.check(
    fc.asyncProperty(text, sizes, fc.integer({ min: 4, max: 12 }), async (content, sizes, limit) => {
      const lines = await split(content, sizes, { limit })
      const expected = content.split('\n')
      if (expected.at(-1) === '') expected.pop()
      const whole = await split(content, sizes)
      return (
        lines.join('') === content.replaceAll('\n', '') &&
        lines.every(line => Buffer.byteLength(line) <= limit) &&
        JSON.stringify(whole) === JSON.stringify(expected)
      )
    }),
  )
  t.equal(fc.defaultReportMessage(outcome), undefined)
})
