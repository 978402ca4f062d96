import t from 'tap'
import { countOf, itemsOf, momentOf, momentText, textOf } from '../../../src/jobs/lenient.ts'

t.test('what is no text is an empty one', async t => {
  t.equal(textOf('a'), 'a')
  for (const other of [null, undefined, 1, {}, []]) t.equal(textOf(other), '')
})

t.test('what is no count is 0', async t => {
  t.equal(countOf(3), 3)
  for (const other of [null, undefined, '3', -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) t.equal(countOf(other), 0)
})

t.test('what is no list is empty, and only objects are items', async t => {
  t.strictSame(itemsOf([{ a: 1 }]), [{ a: 1 }])
  t.strictSame(itemsOf(null), [])
  t.strictSame(itemsOf(undefined), [])
  t.strictSame(itemsOf(JSON.parse('[null,1,"a",{"b":2}]')), [{ b: 2 }])
  t.strictSame(itemsOf(JSON.parse('"ab"')), [])
})

t.test('moments are read and written in whole seconds', async t => {
  t.equal(momentOf('2026-11-22T10:00:00Z'), Date.UTC(2026, 10, 22, 10))
  t.equal(momentOf('2026-11-22T10:00:00.593320Z'), Date.UTC(2026, 10, 22, 10, 0, 0, 593))
  t.equal(momentOf('soon'), undefined)
  t.equal(momentOf(null), undefined)
  t.equal(momentText(Date.UTC(2026, 10, 22, 10, 0, 0, 593)), '2026-11-22T10:00:00Z')
  for (const moment of [undefined, Number.NaN, 9e15]) t.equal(momentText(moment), undefined)
})
