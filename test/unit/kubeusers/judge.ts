import t from 'tap'
import { hasEntries, matches } from '../../../src/kubeusers/judge.ts'

const exact = { amounts: false, filled: [] }
const amounts = { amounts: true, filled: [] }

t.test('a mapping has entries word for word, and may have others', async t => {
  t.equal(hasEntries({ a: '1', b: '2' }, { a: '1' }), true)
  t.equal(hasEntries({ a: '5' }, { a: 5 }), true, 'a file may have a number')
  t.equal(hasEntries({ a: '1k' }, { a: '1000' }), false)
  t.equal(hasEntries({ b: '1' }, { a: '1' }), false)
  t.equal(hasEntries(undefined, {}), false)
  t.equal(hasEntries({}, {}), true)
})

t.test('an object has what is wanted and no more', async t => {
  const rows: [unknown, unknown, boolean][] = [
    [{ a: 1 }, { a: 1 }, true],
    [{ a: 1, b: 1 }, { a: 1 }, false],
    [{}, { a: 1 }, false],
    [undefined, {}, false],
    [[], {}, false],
    [{}, [], false],
    [{ a: [] }, {}, false],
    [{}, { a: [] }, true],
    [{ a: [] }, { a: [] }, true],
    [{ a: ['x'] }, { a: [] }, false],
    [['x'], ['x'], true],
    [['x', 'y'], ['x'], false],
    [['y', 'x'], ['x', 'y'], false],
    ['1000', '1k', false],
    [1000, '1000', false],
    [{ a: { b: ['x', { c: 'd' }] } }, { a: { b: ['x', { c: 'd' }] } }, true],
    [{ a: { b: ['x', { c: 'e' }] } }, { a: { b: ['x', { c: 'd' }] } }, false],
    [null, null, true],
    [undefined, 'x', false],
  ]
  for (const [actual, wanted, expected] of rows)
    t.equal(matches(actual, wanted, exact), expected, JSON.stringify([actual, wanted]))
})

t.test('quantities are compared by their value, where there are any', async t => {
  const rows: [unknown, unknown, boolean][] = [
    ['1', '1000m', true],
    ['1Gi', '1024Mi', true],
    ['10', 10, true],
    ['1Gi', '1G', false],
    ['x', 'x', true],
    ['x', 'y', false],
    [undefined, '1', false],
    [true, '1', false],
    ['Container', 'Container', true],
  ]
  for (const [actual, wanted, expected] of rows)
    t.equal(matches(actual, wanted, amounts), expected, JSON.stringify([actual, wanted]))
})

t.test('fields that the cluster fills in may be there', async t => {
  const filled = { amounts: false, filled: ['protocol'] }
  t.equal(matches([{ port: 1, protocol: 'TCP' }], [{ port: 1 }], filled), true)
  t.equal(matches([{ port: 1, other: 'TCP' }], [{ port: 1 }], filled), false)
  t.equal(matches([{ port: 1, protocol: 'TCP' }], [{ port: 1, protocol: 'UDP' }], filled), false)
})
