import fs, { closeSync, openSync, statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type LogRequest, readLogPart } from '../../../src/homes/log-file.ts'

type Part = Partial<LogRequest>

function readerOf(t: Test, content: string | Buffer) {
  const file = join(t.testdir({ log: content }), 'log')
  const fd = openSync(file, 'r')
  t.teardown(() => closeSync(fd))
  return (part: Part = {}) => readLogPart(fd, statSync(file).size, { maxBytes: 1024 * 1024, ...part })
}

t.test('the last lines come in order, with the place to go on from', async t => {
  const read = readerOf(t, 'one\ntwo\nthree\n')
  t.same(read({ lines: 2 }), { lines: ['two', 'three'], offset: 14, size: 14 })
  t.same(read({ lines: 3 }), { lines: ['one', 'two', 'three'], offset: 14, size: 14 })
  t.same(read({ lines: 9 }), { lines: ['one', 'two', 'three'], offset: 14, size: 14 })
  t.same(read({ lines: 0 }), { lines: [], offset: 14, size: 14 })
  t.same(read(), { lines: ['one', 'two', 'three'], offset: 14, size: 14 })
})

t.test('an empty file has no lines, an empty line is one', async t => {
  t.same(readerOf(t, '')(), { lines: [], offset: 0, size: 0 })
  t.same(readerOf(t, '\n')(), { lines: [''], offset: 1, size: 1 })
  t.same(readerOf(t, '\n\na\n')({ lines: 2 }).lines, ['', 'a'])
})

t.test('a last line without newline counts, unless the caller comes back for it', async t => {
  const read = readerOf(t, 'one\ntw')
  t.same(read({ lines: 1 }), { lines: ['tw'], offset: 6, size: 6 })
  t.same(read({ lines: 5, unfinished: false }), { lines: ['one'], offset: 4, size: 6 })
  t.same(read({ offset: 4 }), { lines: ['tw'], offset: 6, size: 6 })
  t.same(read({ offset: 4, unfinished: false }), { lines: [], offset: 4, size: 6 })
})

t.test('reading goes on from an offset, and from the start when the file has become shorter', async t => {
  const read = readerOf(t, 'one\ntwo\n')
  t.same(read({ offset: 4 }), { lines: ['two'], offset: 8, size: 8 })
  t.same(read({ offset: 8 }), { lines: [], offset: 8, size: 8 })
  t.same(read({ offset: 9 }), { lines: ['one', 'two'], offset: 8, size: 8 })
  t.same(read({ offset: 0, lines: 1 }).lines, ['one', 'two'])
})

t.test('not more is read than was allowed: whole lines from the end, whole lines from an offset', async t => {
  const read = readerOf(t, 'aaaa\nbbbb\ncccc\n')
  t.same(read({ maxBytes: 12 }), { lines: ['bbbb', 'cccc'], offset: 15, size: 15 })
  t.same(read({ offset: 0, maxBytes: 12 }), { lines: ['aaaa', 'bbbb'], offset: 10, size: 15 })
  t.same(read({ offset: 10, maxBytes: 5 }), { lines: ['cccc'], offset: 15, size: 15 })
})

t.test('a line longer than allowed comes in pieces of whole characters', async t => {
  const read = readerOf(t, 'aäöü€𝄞zz\n')
  const pieces: string[] = []
  let offset = 0
  for (let i = 0; i < 20; i++) {
    const part = read({ offset, maxBytes: 5 })
    pieces.push(...part.lines)
    offset = part.offset
  }
  t.same(pieces, ['aäö', 'ü€', '𝄞z', 'z'])
  t.equal(offset, 17)
  t.same(readerOf(t, 'abcdefgh')({ maxBytes: 4 }).lines, ['efgh'])
})

t.test('bytes that are no text do not stop it', async t => {
  const bytes = Buffer.from([0xff, 0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x0a, 0x00, 0x0a])
  const read = readerOf(t, bytes)
  t.equal(read().lines.length, 2)
  let offset = 0
  for (let i = 0; i < 10; i++) offset = read({ offset, maxBytes: 3 }).offset
  t.equal(offset, 10)
})

t.test('the end of a large file is found whatever the length of its lines', async t => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}`)
  const read = readerOf(t, `${lines.join('\n')}\n`)
  t.same(read({ lines: 10 }).lines, lines.slice(-10))
  t.same(read({ lines: 20_000 }).lines, lines.slice(-20_000))
  t.same(read({ lines: 40_000 }).lines, lines)
  const long = ['first', 'x'.repeat(200_000), 'y'.repeat(100_000)]
  t.same(readerOf(t, `${long.join('\n')}\n`)({ lines: 2 }).lines, long.slice(-2))
})

t.test('following with any limit gives just what is in the file', async t => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', 'ä', '€', '𝄞', ' '), maxLength: 60 })
  const outcome = fc.check(
    fc.property(text, fc.integer({ min: 4, max: 30 }), (content, maxBytes) => {
      const read = readerOf(t, content)
      let offset = 0
      let bytes = 0
      for (let i = 0; i < 80; i++) {
        const part = read({ offset, maxBytes })
        bytes += part.lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
        if (part.lines.some(line => line.includes('\ufffd') || line.includes('\n'))) return false
        offset = part.offset
      }
      return offset === Buffer.byteLength(content) && bytes === Buffer.byteLength(content.replaceAll('\n', ''))
    }),
    { numRuns: 60 },
  )
  t.equal(fc.defaultReportMessage(outcome), undefined)
})

t.test('a file that becomes shorter while it is read ends where it ends', async t => {
  const content = 'one\ntwo\n'
  const file = join(t.testdir({ log: content }), 'log')
  const fd = openSync(file, 'r')
  t.teardown(() => closeSync(fd))
  for (const size of [9, 100, 200_000]) {
    const { lines } = readLogPart(fd, size, { lines: 5, maxBytes: 1024 * 1024 })
    t.ok(
      lines.every(line => content.includes(line)),
      `${size}`,
    )
  }
  t.same(readLogPart(fd, 100, { offset: 4, maxBytes: 50 }).lines, ['two'])
})

t.test('what is written after a file was looked at is for the next look', async t => {
  const file = join(t.testdir({ log: 'one\ntwo\nthree\n' }), 'log')
  const fd = openSync(file, 'r')
  t.teardown(() => closeSync(fd))
  t.same(readLogPart(fd, 8, { offset: 4, maxBytes: 100 }), { lines: ['two'], offset: 8, size: 8 })
  t.same(readLogPart(fd, 8, { lines: 9, maxBytes: 100 }), { lines: ['one', 'two'], offset: 8, size: 8 })
})

t.test('of a large file no more is read than its last lines need', async t => {
  const read = readerOf(t, `${'x'.repeat(99)}\n`.repeat(10_000))
  const real = fs.readSync
  let bytes = 0
  const put = (by: unknown): void => {
    Object.assign(fs, { readSync: by })
    syncBuiltinESMExports()
  }
  put((...args: unknown[]): number => {
    const got = Number(Reflect.apply(real, fs, args))
    bytes += got
    return got
  })
  t.teardown(() => put(real))
  const needed = (lines: number): number => {
    bytes = 0
    t.equal(read({ lines }).lines.length, lines)
    return bytes
  }
  t.equal(needed(10), 64 * 1024)
  t.equal(needed(650), 64 * 1024)
  t.equal(needed(660), (64 + 256) * 1024)
})

t.test('a character that a piece would cut comes whole with the next one', async t => {
  for (const character of ['ä', 'ß', '€', '\u0800', '𝄞', '\u{10ffff}'])
    for (let cut = 1; cut < Buffer.byteLength(character); cut++) {
      const read = readerOf(t, `abc${character}def\n`)
      t.same(read({ offset: 0, maxBytes: 3 + cut }).lines, ['abc'], `${character} after ${cut}`)
      const whole = 3 + Buffer.byteLength(character)
      t.same(read({ offset: 0, maxBytes: whole }).lines, [`abc${character}`])
      t.same(read({ offset: 0, maxBytes: whole + 1 }).lines, [`abc${character}d`])
    }
})
