import t from 'tap'
import { clone, freeze, isObject, same } from '../../../src/sandbox/json.ts'

t.test('a clone shares nothing and forgets what is undefined', async t => {
  const given = { a: [{ b: 1 }], c: undefined, d: null }
  const copy = clone(given)
  t.strictSame(copy, { a: [{ b: 1 }], d: null })
  t.not(copy.a[0], given.a[0])
})

t.test('frozen is frozen all the way down', async t => {
  const given = freeze({ a: [{ b: 1 }] })
  t.throws(() => Object.assign(given.a[0] ?? {}, { b: 2 }), TypeError)
})

t.test('same values are the same in any order, and undefined is absent', async t => {
  t.ok(same({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }))
  t.ok(same({ a: 1, b: undefined }, { a: 1 }))
  t.ok(same({ a: 1 }, { a: 1, b: undefined }))
  for (const [a, b] of [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: null }],
    [[1], [1, 2]],
    [[1], { 0: 1 }],
    [null, {}],
    ['1', 1],
  ]) {
    t.notOk(same(a, b))
    t.notOk(same(b, a))
  }
})

t.test('an array and null are no objects', async t => {
  t.strictSame([{}, [], null, 'x'].map(isObject), [true, false, false, false])
})
