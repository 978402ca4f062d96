import t from 'tap'
import { formatSelector, selects, validateSelector } from '../../../src/sandbox/object-selector.ts'

const expressions = [
  { key: 'tier', operator: 'In', values: ['b', 'a'] },
  { key: 'old', operator: 'DoesNotExist' },
  { key: 'any', operator: 'Exists' },
  { key: 'zone', operator: 'NotIn', values: ['x'] },
]

t.test('all that is said must hold', async t => {
  const selector = { matchLabels: { app: 'web' }, matchExpressions: expressions }
  const labels = { app: 'web', tier: 'a', any: '' }
  t.ok(selects(selector, labels))
  t.notOk(selects(selector, { ...labels, app: 'other' }))
  t.notOk(selects(selector, { ...labels, tier: 'c' }))
  t.notOk(selects(selector, { ...labels, old: '' }))
  t.notOk(selects(selector, { ...labels, zone: 'x' }))
  t.notOk(selects(selector, { app: 'web', tier: 'a' }))
  t.notOk(selects({ matchLabels: { constructor: 'x' } }, {}))
  t.ok(selects({}))
})

t.test('it is written as in a query', async t => {
  t.equal(
    formatSelector({ matchLabels: { app: 'web' }, matchExpressions: expressions }),
    'any,app=web,!old,tier in (a,b),zone notin (x)',
  )
  t.equal(formatSelector({}), '')
})

t.test('what is wrong is said with the field', async t => {
  const messages = (selector: Parameters<typeof validateSelector>[0]) =>
    validateSelector(selector, 's').map(({ field, message }) => `${field}: ${message}`)
  t.strictSame(messages(undefined), ['s: Required value'])
  t.strictSame(messages({}), ['s: Invalid value: {}: empty selector is invalid for deployment'])
  t.strictSame(messages({ matchExpressions: expressions }), [])
  t.strictSame(messages({ matchExpressions: [{ key: 'a', operator: 'In' }] }), [
    "s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  ])
  t.strictSame(messages({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }), [
    "s.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
  ])
  t.strictSame(messages({ matchExpressions: [{ key: 'a', operator: 'Is' }] }), [
    's.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
  ])
  t.match(messages({ matchExpressions: [{ key: 'a b', operator: 'In', values: ['c d'] }] }), [
    /^s\.matchExpressions\[0\]\.key: Invalid value: "a b"/,
    /^s\.matchExpressions\[0\]\.values\[0\]: Invalid value: "c d"/,
  ])
})
