import fc from 'fast-check'
import t from 'tap'
import { visible, visibleLines, width } from '../../../src/cli/text.ts'

t.test('what moves a cursor, colours, hides or turns text around is shown, not sent', async t => {
  t.equal(visible('a\x1b[31mb\r\nc\td\x00\x7f\x9b2J'), 'a\\x1b[31mb\\r\\nc\\td\\x00\\x7f\\x9b2J')
  t.equal(visible('\u202eevil\u2066\u200b\ufeff\u2028'), '\\u202eevil\\u2066\\u200b\\ufeff\\u2028')
  t.equal(visibleLines('a\n\tb\x1b'), 'a\n\tb\\x1b')
})

t.test('letters of all languages stay as they are', async t => {
  for (const text of ['plain', 'Åse', '日本語', 'मराठी', '🎉', 'a\\tb']) t.equal(visible(text), text)
})

t.test('nothing that is shown holds a control or a direction mark', async () => {
  const bad = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => !bad.test(visible(text))))
})

t.test('a text takes as many columns as a terminal gives it', async t => {
  for (const [text, columns] of [
    ['', 0],
    ['abc', 3],
    ['Åse', 3],
    ['A\u030ase', 3],
    ['日本', 4],
    ['한국', 4],
    ['ａ', 2],
    ['🎉', 2],
    ['✅', 2],
    ['👍\u{1f3fd}', 2],
    ['שלום', 4],
  ] as const) {
    t.equal(width(text), columns, text)
  }
})
