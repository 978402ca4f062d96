import { execFileSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { joinWords, splitWords } from '../../../src/jobs/words.ts'

t.test('a command is split as a shell splits it', async t => {
  const splits: [string, string[]][] = [
    ['', []],
    [' \t\n', []],
    ['npm start', ['npm', 'start']],
    ['  a\tb\nc ', ['a', 'b', 'c']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    ['a\\ b \\"c', ['a b', '"c']],
    [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
    [`'a\\'`, ['a\\']],
    ['a\\\nb "c\\\nd"', ['ab', 'cd']],
    ['\\\n', []],
    ['$HOME `x` *; | & #', ['$HOME', '`x`', '*;', '|', '&', '#']],
  ]
  for (const [text, words] of splits) t.strictSame(splitWords(text), words, JSON.stringify(text))
})

t.test('what has no end is no command', async t => {
  for (const text of ["'", '"', "a 'b", 'a "b', 'a "b\\"', 'a\\', `'a'"`]) t.equal(splitWords(text), undefined, text)
})

const word = fc.string({ unit: 'grapheme', maxLength: 8 })
const odd = fc.string({ unit: fc.constantFrom(...`'"\\$\`; \n\tab*é#~`), maxLength: 8 })

t.test('words are joined to what splits into them', async () => {
  fc.assert(fc.property(fc.array(fc.oneof(word, odd)), words => isDeepStrictEqual(splitWords(joinWords(words)), words)))
})

t.test('a shell makes the same words of them', async t => {
  const plain = fc.string({ unit: fc.constantFrom(...`'"\\ \n\tabé`), maxLength: 14 })
  const texts = fc.sample(plain, { numRuns: 400, seed: 1 }).filter(text => splitWords(text) !== undefined)
  const script = texts.map(text => `printf '%s\\0' begin ${text.replaceAll(/^[ \t\n]+|\n/g, ' ')}\n`).join('')
  const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('begin\0').slice(1)
  const ours = texts.map(text =>
    (splitWords(text.replaceAll(/^[ \t\n]+|\n/g, ' ')) ?? []).map(part => `${part}\0`).join(''),
  )
  t.strictSame(printed, ours)
  t.ok(texts.length > 50)
})
