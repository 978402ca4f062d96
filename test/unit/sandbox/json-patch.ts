import t from 'tap'
import { applyJsonPatch } from '../../../src/sandbox/json-patch.ts'
import { refusalOf } from '../../support/store.ts'

const object = Object.freeze({ a: Object.freeze(['x', 'y']), 'b/c~d': 1 })

t.test('every operation of RFC 6902 works on a copy', async t => {
  const patched = (...patch: object[]) => applyJsonPatch(object, patch)
  t.strictSame(patched({ op: 'add', path: '/e', value: 2 }), { a: ['x', 'y'], 'b/c~d': 1, e: 2 })
  t.strictSame(patched({ op: 'add', path: '/a/1', value: 'z' }), { a: ['x', 'z', 'y'], 'b/c~d': 1 })
  t.strictSame(patched({ op: 'add', path: '/a/-', value: 'z' }), { a: ['x', 'y', 'z'], 'b/c~d': 1 })
  t.strictSame(patched({ op: 'remove', path: '/b~1c~0d' }), { a: ['x', 'y'] })
  t.strictSame(patched({ op: 'replace', path: '/a/0', value: 'z' }), { a: ['z', 'y'], 'b/c~d': 1 })
  t.strictSame(patched({ op: 'move', from: '/a/0', path: '/e' }), { a: ['y'], 'b/c~d': 1, e: 'x' })
  t.strictSame(patched({ op: 'copy', from: '/a/0', path: '/e' }), { a: ['x', 'y'], 'b/c~d': 1, e: 'x' })
  t.strictSame(patched({ op: 'test', path: '/a', value: ['x', 'y'] }), object)
  t.strictSame(patched(), object)
})

t.test('what does not fit is refused with 422', async t => {
  for (const operation of [
    { op: 'remove', path: '/nope' },
    { op: 'replace', path: '/nope', value: 1 },
    { op: 'add', path: '/a/7', value: 1 },
    { op: 'add', path: '/a/01', value: 1 },
    { op: 'add', path: '/a/x', value: 1 },
    { op: 'add', path: '/b~1c~0d/x', value: 1 },
    { op: 'test', path: '/a', value: 'no' },
    { op: 'foo', path: '/a' },
    { op: 'remove', path: '' },
    { op: 'remove', path: 'a' },
    { path: '/a' },
  ]) {
    const refusal = refusalOf(() => applyJsonPatch(object, [operation]))
    t.equal(refusal.code, 422, JSON.stringify(operation))
  }
})

t.test('no path reaches into what objects of JavaScript share', async t => {
  for (const path of ['/__proto__/x', '/__proto__', '/constructor/prototype/x']) {
    t.equal(refusalOf(() => applyJsonPatch({ a: {} }, [{ op: 'add', path, value: 1 }])).code, 422, path)
  }
  t.equal(Reflect.get({}, 'x'), undefined)
})

t.test('a patch is a list, of bounded length', async t => {
  t.equal(refusalOf(() => applyJsonPatch(object, {})).code, 400)
  t.equal(refusalOf(() => applyJsonPatch(object, ['x'])).code, 400)
  const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: object }))
  t.equal(refusalOf(() => applyJsonPatch(object, many)).code, 413)
})
