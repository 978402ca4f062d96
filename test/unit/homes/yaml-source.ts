import t from 'tap'
import { isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import {
  breakOf,
  collectionOf,
  columnOf,
  dashOf,
  type Edit,
  edited,
  endOf,
  endOfItem,
  type Item,
  intoFlow,
  linesAfter,
  removeItem,
  replaceItem,
  setValue,
  startOfItem,
} from '../../../src/homes/yaml-source.ts'

/** The source of the list that is the value of `list`, or of the mapping that the text is. */
function sourceOf(text: string, name?: string) {
  const { contents } = parseDocument(text, { keepSourceTokens: true, logLevel: 'silent' })
  const node: unknown = name === undefined || !isMap(contents) ? contents : contents.get(name, true)
  if (!isMap(node) && !isSeq(node)) throw new Error('neither a list nor a mapping')
  const token = collectionOf(node as YAMLMap | YAMLSeq)
  if (token === undefined) throw new Error('no source')
  return token
}

function itemOf(text: string, at: number, name?: string): Item {
  const item = sourceOf(text, name).items[at]
  if (item === undefined) throw new Error(`no item ${at}`)
  return item
}

/** A text in which `^` marks a place, without the mark; and the place. */
function marked(text: string): [string, number] {
  const at = text.indexOf('^')
  return [text.replace('^', ''), at]
}

t.test('pieces of a text are replaced, in whichever order they are given', async t => {
  const edits: Edit[] = [
    { from: 4, to: 5, text: 'E' },
    { from: 2, to: 2, text: '1' },
    { from: 2, to: 2, text: '2' },
    { from: 0, to: 1, text: '' },
    { from: 2, to: 4, text: 'CD' },
  ]
  t.equal(edited('abcdef', edits), 'b12CDEf')
  t.equal(edited('abcdef', edits.toReversed()), 'b21CDEf', 'of those at one place the first given comes first')
  t.equal(edited('abc', []), 'abc')
  t.equal(edited('abc', [{ from: 3, to: 3, text: 'd' }]), 'abcd')
  t.throws(
    () =>
      edited('abcdef', [
        { from: 0, to: 3, text: 'x' },
        { from: 2, to: 4, text: 'y' },
      ]),
    RangeError,
  )
})

t.test('a column is counted from the line, without a byte order mark', async t => {
  for (const [text, column] of [
    ['^a', 0],
    ['ab^', 2],
    ['ab\n^c', 0],
    ['ab\n  ^c', 2],
    ['\uFEFF^a', 0],
    ['\uFEFFa^b', 1],
    ['\uFEFFa\n b^', 2],
    ['\n\n^', 0],
  ] as const) {
    const [plain, at] = marked(text)
    t.equal(columnOf(plain, at), column, JSON.stringify(text))
  }
})

t.test('a text uses the line break that its first line has', async t => {
  t.equal(breakOf('a\r\nb\n'), '\r\n')
  t.equal(breakOf('a\nb\r\n'), '\n')
  t.equal(breakOf('\na\r\n'), '\n')
  t.equal(breakOf('\r\na\n'), '\r\n')
  t.equal(breakOf('a'), '\n')
  t.equal(breakOf(''), '\n')
})

t.test('lines come after the line in which something ended', async t => {
  const put = (text: string) => {
    const [plain, at] = marked(text)
    return edited(plain, [linesAfter(plain, at, ['x', 'y'])])
  }
  t.equal(put('a^b\nc\n'), 'ab\nx\ny\nc\n')
  t.equal(put('ab^\nc\n'), 'ab\nx\ny\nc\n')
  t.equal(put('ab\n^c\n'), 'ab\nx\ny\nc\n', 'a block scalar includes its line break')
  t.equal(put('ab^ # more\r\nc'), 'ab # more\r\nx\r\ny\r\nc')
  t.equal(put('a\nb^'), 'a\nb\nx\ny')
  t.equal(put('a\r\nb^'), 'a\r\nb\r\nx\r\ny')
})

t.test('an end is before the spaces and comments behind', async t => {
  for (const text of [
    'a: 1^  # more\n\n# end\n',
    'a: 1\nb: [1, {c: 2}]^ # more\n',
    'a:\n  b: "x"^ # y\n# z\n',
    'a:\n- 1\n- x: 2^\n\n',
    'a: 1\nb:^ # nothing\n',
    'a: &x^ # an anchor\n',
    'a: !!str^\n',
    '? a^ # a key alone\n',
    '? a\n: b^\n',
    '{a: 1, b: [2]}^  # more\n',
    '[1, 2 ,]^\n',
    '- 1\n-^ # nothing\n',
    'a: |\n  one\n\n  two\n^b:',
  ]) {
    const [plain, at] = marked(text)
    const source = plain.endsWith('b:') ? itemOf(plain, 0).value : sourceOf(plain)
    t.equal(endOf(source), at, JSON.stringify(text))
  }
  t.equal(endOf(undefined), -1)
  t.equal(endOf(null), -1)
})

t.test('the ends of an item are those of all that is said in it', async t => {
  const text = 'a:\n-   &x # why\n    {b: 1} # c\n- 2\n-\n'
  const at = (n: number) => itemOf(text, n, 'a')
  t.equal(text.slice(0, endOfItem(at(0))), 'a:\n-   &x # why\n    {b: 1}')
  t.equal(startOfItem(at(0)), text.indexOf('-'))
  t.equal(dashOf(at(1)), text.indexOf('- 2'))
  t.equal(endOfItem(at(2)), text.lastIndexOf('-') + 1)
  const flow = '[ 1 , &x {a: 1} # c\n, b: c]'
  t.equal(startOfItem(itemOf(flow, 0)), 2)
  t.equal(startOfItem(itemOf(flow, 1)), flow.indexOf('&'))
  t.equal(startOfItem(itemOf(flow, 2)), flow.indexOf('b:'))
  t.equal(endOfItem(itemOf(flow, 2)), flow.indexOf(']'))
  t.equal(dashOf(itemOf(flow, 0)), undefined)
})

t.test('an item goes behind the last one of a flow collection', async t => {
  const put = (text: string) => {
    const token = sourceOf(text)
    if (token.type !== 'flow-collection') throw new Error('not in flow style')
    return edited(text, [intoFlow(token, 'x')])
  }
  t.equal(put('[]'), '[x]')
  t.equal(put('[ ]'), '[x ]')
  t.equal(put('[ # none\n]'), '[x # none\n]')
  t.equal(put('[1]'), '[1, x]')
  t.equal(put('[1 , 2 # two\n ]'), '[1 , 2, x # two\n ]')
  t.equal(put('[1, ]'), '[1, x ]')
  t.equal(put('{a: 1}'), '{a: 1, x}')
  t.equal(put('{a: [1, {b: 2}], }'), '{a: [1, {b: 2}], x }')
})

t.test('a pair gets another value, and what is behind it stays', async t => {
  const put = (text: string, at = 0) => edited(text, [setValue(text, itemOf(text, at), '7')])
  t.equal(put('a: 1 # one\nb: 2\n'), 'a: 7 # one\nb: 2\n')
  t.equal(put('a: 1\nb: 2\n', 1), 'a: 1\nb: 7\n')
  t.equal(put('a: &x !!str 1 # one\n'), 'a: 7 # one\n')
  t.equal(put('a:\n  b: 1\n  c: 2\n\n# more\n'), 'a:\n  7\n\n# more\n')
  t.equal(put('a: # none\n'), 'a: 7 # none\n')
  t.equal(put('a: |\n  text\n\nb: 2\n'), 'a: 7\n\nb: 2\n')
  t.equal(put('? a\n: 1\n'), '? a\n: 7\n')
  t.equal(put('? a # alone\n'), '? a: 7 # alone\n')
  t.equal(put('{a : [1], b: 2}'), '{a : 7, b: 2}')
  t.equal(put('{"a" , b: 2}'), '{"a": 7 , b: 2}')
})

t.test('an item is replaced from behind its dash or comma', async t => {
  const put = (text: string, at: number, name?: string) =>
    edited(text, [replaceItem(text, itemOf(text, at, name), { lines: ['x: 1', 'y: 2'], flow: '{x: 1}' })])
  t.equal(put('- a: 1\n  b: 2 # two\n- 3\n', 0), '- x: 1\n  y: 2 # two\n- 3\n')
  t.equal(put('l:\n  -   1\n  - 2\n', 0, 'l'), 'l:\n  - x: 1\n    y: 2\n  - 2\n')
  t.equal(put('- 1\r\n- |\r\n  text\r\n\r\n- 3\r\n', 1), '- 1\r\n- x: 1\r\n  y: 2\r\n\r\n- 3\r\n')
  t.equal(put('[ 1 , {a: 2} ]', 0), '[ {x: 1} , {a: 2} ]')
  t.equal(put('[ 1 , {a: 2} ]', 1), '[ 1 , {x: 1} ]')
})

t.test('an item is taken out, with the comma before it', async t => {
  const take = (text: string, at: number) => {
    const { item, comma } = removeItem(text, itemOf(text, at))
    return edited(text, comma === undefined ? [item] : [item, comma])
  }
  t.equal(take('- 1 # one\n- a: 2\n  b: 3 # three\n- 4\n', 1), '- 1 # one\n# # three\n- 4\n')
  t.equal(take('  - 1\n  - 2\n', 0), '  #\n  - 2\n')
  t.equal(take('- |\n  text\n\n- 2\n', 0), '#\n\n- 2\n')
  t.equal(take('[1, 2 , 3]', 0), '[, 2 , 3]')
  t.equal(take('[1, 2 , 3]', 1), '[1  , 3]')
  t.equal(take('[1, 2 , {a: 3} # c\n]', 2), '[1, 2   # c\n]')
})

t.test('what was not read from a text has no source', async t => {
  t.equal(collectionOf(parseDocument('[1]').contents as YAMLSeq), undefined)
  for (const [text, type] of [
    ['a: 1', 'block-map'],
    ['- 1', 'block-seq'],
    ['[1]', 'flow-collection'],
  ] as const)
    t.equal(sourceOf(text).type, type)
})
