import t from 'tap'
import { parseLabelSelector } from '../../../src/sandbox/label-selector.ts'
import { refusalOf } from '../../support/store.ts'

const objects = { none: {}, a: { x: 'a' }, b: { x: 'b', y: '' }, five: { n: '5' } }
const matching = (selector: string): string[] => {
  const matches = parseLabelSelector(selector)
  return Object.entries(objects)
    .filter(([, labels]) => matches(labels))
    .map(([name]) => name)
}

t.test('equality, sets, presence and comparison choose', async t => {
  const chosen: Record<string, string[]> = {
    '': ['none', 'a', 'b', 'five'],
    'x=a': ['a'],
    'x==a': ['a'],
    'x = a': ['a'],
    'x!=a': ['none', 'b', 'five'],
    'x in (a, b)': ['a', 'b'],
    'x notin (a)': ['none', 'b', 'five'],
    'x in (a,)': ['a'],
    'y=': ['b'],
    'y in ()': ['b'],
    x: ['a', 'b'],
    '!x': ['none', 'five'],
    'x,!y': ['a'],
    'n>4': ['five'],
    'n<5': [],
    'x>4': [],
  }
  for (const [selector, names] of Object.entries(chosen)) t.strictSame(matching(selector), names, selector)
})

t.test('no object has the labels of objects of JavaScript', async t => {
  t.strictSame(matching('constructor'), [])
  t.strictSame(matching('!toString'), ['none', 'a', 'b', 'five'])
})

t.test('anything else is refused with 400, and says where it stopped', async t => {
  const errors: Record<string, string> = {
    'a b': "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    'a in (b': "unable to parse requirement: found '', expected: ',' or ')'",
    'a in b': "unable to parse requirement: found 'b', expected: '('",
    'a,': "found '', expected: identifier after ','",
    ',': "found ',', expected: !, identifier, or 'end of string'",
    'a=b c': "unable to parse requirement: found 'c', expected: ',' or 'end of string'",
    'a>x':
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    'a==)': "unable to parse requirement: found ')', expected: identifier",
  }
  for (const [selector, message] of Object.entries(errors)) {
    const refusal = refusalOf(() => parseLabelSelector(selector))
    t.equal(refusal.code, 400)
    t.equal(refusal.message, message, selector)
  }
  t.match(refusalOf(() => parseLabelSelector('-a=1')).message, 'Invalid value: "-a": name part must consist')
  t.match(refusalOf(() => parseLabelSelector('a=-')).message, 'values[0][a]: Invalid value: "-"')
})
