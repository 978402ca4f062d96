import t from 'tap'
import { details, table } from '../../../src/cli/table.ts'

const style = { heading: (text: string) => text, room: undefined }
const red = (text: string) => `<${text}>`

t.test('columns are aligned under their headings, without blanks at the end', async t => {
  t.same(
    table(
      ['Name', 'Status'],
      [
        ['one', 'ok'],
        ['a-longer-one', 'failed'],
      ],
      style,
    ),
    ['Name          Status', 'one           ok', 'a-longer-one  failed'],
  )
  t.same(table(['Name', 'Status'], [], style), ['Name  Status'])
})

t.test('wide letters count as two columns', async t => {
  t.same(
    table(
      ['A', 'B'],
      [
        ['日本', 'x'],
        ['abcd', 'y'],
      ],
      style,
    ),
    ['A     B', '日本  x', 'abcd  y'],
  )
})

t.test('a colour ends where its text ends, and does not move what follows', async t => {
  t.same(table(['Name', 'B'], [[{ text: 'a', paint: red }, 'b']], style), ['Name  B', '<a>     b'])
  t.same(table(['Name', 'B'], [['a', 'b']], { ...style, heading: red }), ['<Name>  <B>', 'a     b'])
})

t.test('a cell can break neither line nor terminal', async t => {
  t.same(table(['A', 'B'], [['x\ny', '\x1b[2J']], style), ['A     B', 'x\\ny  \\x1b[2J'])
})

t.test('rows that are wider than the terminal become blocks', async t => {
  const rows = [
    ['one', 'echo', 'ok'],
    ['two', 'a long command', 'ok'],
  ]
  t.equal(table(['Name', 'Command', 'Status'], rows, { ...style, room: 28 }).length, 3, 'just fits')
  t.same(table(['Name', 'Command', 'Status'], rows, { ...style, room: 26 }), [
    'Name:     one',
    'Command:  echo',
    'Status:   ok',
    '',
    'Name:     two',
    'Command:  a long command',
    'Status:   ok',
  ])
  t.same(table(['A', 'B'], [['a', 'b']], { ...style, room: 1 }), ['A  B', 'a  b'], 'two columns stay')
})

t.test('one row is shown a heading a line', async t => {
  t.same(details(['Name', 'Hints'], ['one', ''], style), ['Name:   one', 'Hints:'])
})
