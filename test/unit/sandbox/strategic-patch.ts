import t from 'tap'
import { applyStrategicPatch } from '../../../src/sandbox/strategic-patch.ts'
import { refusalOf } from '../../support/store.ts'

const pod = {
  metadata: { labels: { a: '1' }, finalizers: ['x/y'] },
  spec: {
    containers: [
      { name: 'a', image: '1', args: ['x'] },
      { name: 'b', image: '2' },
    ],
    tolerations: [{ key: 'k' }],
    volumes: [{ name: 'v', hostPath: { path: '/a' } }],
  },
}
const patched = (patch: Record<string, unknown>) => applyStrategicPatch(pod, patch, 'Pod')
const spec = (patch: Record<string, unknown>) => {
  const result = patched({ spec: patch })
  return result !== null && typeof result === 'object' && 'spec' in result ? result.spec : undefined
}

t.test('maps are joined, null takes away', async t => {
  t.match(patched({ metadata: { labels: { b: '2' } } }), { metadata: { labels: { a: '1', b: '2' } } })
  t.strictSame(patched({ metadata: null }), { spec: pod.spec })
})

t.test('lists with a key are joined by it, others replaced', async t => {
  t.match(spec({ containers: [{ name: 'b', image: '3' }, { name: 'c' }] }), {
    containers: [{ name: 'a', image: '1' }, { name: 'b', image: '3' }, { name: 'c' }],
  })
  t.match(spec({ containers: [{ name: 'a', args: ['y'] }] }), {
    containers: [{ name: 'a', image: '1', args: ['y'] }, {}],
  })
  t.strictSame(Reflect.get(Object(spec({ tolerations: [{ key: 'q' }] })), 'tolerations'), [{ key: 'q' }])
})

t.test('lists of plain values that are sets grow', async t => {
  t.match(patched({ metadata: { finalizers: ['x/y', 'x/z'] } }), { metadata: { finalizers: ['x/y', 'x/z'] } })
  t.match(patched({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x/y'] } }), { metadata: { finalizers: [] } })
})

t.test('directives replace, delete, keep and sort', async t => {
  t.strictSame(Reflect.get(Object(spec({ containers: [{ name: 'a', $patch: 'delete' }] })), 'containers'), [
    { name: 'b', image: '2' },
  ])
  t.strictSame(Reflect.get(Object(spec({ containers: [{ $patch: 'replace' }, { name: 'z' }] })), 'containers'), [
    { name: 'z' },
  ])
  t.match(patched({ metadata: { $patch: 'replace', labels: { z: '1' } } }), { metadata: { labels: { z: '1' } } })
  t.match(spec({ volumes: [{ name: 'v', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }] }), {
    volumes: [{ name: 'v', emptyDir: {}, hostPath: undefined }],
  })
  t.match(spec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }), {
    containers: [{ name: 'b' }, { name: 'a' }],
  })
})

t.test('what was given stays as it was', async t => {
  const before = JSON.stringify(pod)
  patched({ metadata: { labels: { b: '2' } }, spec: { containers: [{ name: 'a', image: 'z' }] } })
  t.equal(JSON.stringify(pod), before)
})

t.test('an item without the key of its list is refused', async t => {
  t.match(refusalOf(() => spec({ containers: [{ image: 'c' }] })).message, 'does not contain declared merge key: name')
  t.equal(refusalOf(() => applyStrategicPatch(pod, [], 'Pod')).code, 400)
})
