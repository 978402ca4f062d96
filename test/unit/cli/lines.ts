import fc from 'fast-check'
import t from 'tap'
import { lines } from '../../../src/cli/lines.ts'

async function* pieces(all: readonly Uint8Array[]) {
  yield* all
}
const split = async (...all: (string | Uint8Array)[]) =>
  Array.fromAsync(lines(pieces(all.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))))

t.test('only a newline ends a line', async t => {
  t.same(await split('a\r\nb\u2028\u0085c\n\nd'), ['a\r', 'b\u2028\u0085c', '', 'd'])
  t.same(await split(), [])
  t.same(await split('\n'), [''])
})

t.test('a text is the same lines, however it is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom('a', '\n', 'ö', '日', '🎉') }),
      fc.nat(7),
      async (text, step) => {
        const bytes = Buffer.from(text)
        const size = step + 1
        const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        )
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        return JSON.stringify(await split(...cut)) === JSON.stringify(expected)
      },
    ),
  )
})
