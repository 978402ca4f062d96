import t from 'tap'
import { sentence } from '../../../src/sandbox/field-error.ts'
import type { KubeObject, ObjectMeta } from '../../../src/sandbox/kind.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { roles } from '../../../src/sandbox/kinds/role.ts'
import { validateLabels, validateMeta } from '../../../src/sandbox/meta.ts'

const object = (metadata: Partial<ObjectMeta>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...metadata },
})
const errorsOf = (metadata: Partial<ObjectMeta>, old?: Partial<ObjectMeta>): string =>
  sentence(validateMeta(configMaps, object(metadata), old && object(old)))

t.test('good metadata are good', async t => {
  t.equal(errorsOf({ labels: { a: 'b' }, annotations: { 'X/Y': 'any thing' }, finalizers: ['a.org/b'] }), '[]')
})

t.test('a name must be there, and be one of its kind', async t => {
  t.match(errorsOf({ name: '' }), 'metadata.name: Required value: name or generateName is required')
  t.match(errorsOf({ name: 'A' }), 'metadata.name: Invalid value: "A"')
  t.match(errorsOf({ name: 'XX-1', generateName: 'XX-' }), 'metadata.generateName: Invalid value: "XX-"')
  t.equal(errorsOf({ name: 'x-12345', generateName: 'x-' }), '[]')
  t.strictSame(validateMeta(roles, object({ name: 'system:node' })), [])
  t.match(sentence(validateMeta(namespaces, object({ name: 'a.b' }))), 'must not contain dots')
  t.match(errorsOf({ namespace: '' }), 'metadata.namespace: Required value')
})

t.test('labels are looked at by key and by value', async t => {
  t.match(errorsOf({ labels: { 'a b': 'x' } }), 'metadata.labels: Invalid value: "a b"')
  t.match(errorsOf({ labels: { a: 'x y' } }), 'metadata.labels: Invalid value: "x y"')
  t.strictSame(validateLabels(undefined, 'x'), [])
})

t.test('annotations may hold anything, up to 256 KiB together', async t => {
  t.match(errorsOf({ annotations: { 'a/b/c': '' } }), 'metadata.annotations: Invalid value: "a/b/c"')
  t.equal(errorsOf({ annotations: { a: 'x'.repeat(256 * 1024 - 1) } }), '[]')
  t.equal(
    errorsOf({ annotations: { a: 'x'.repeat(256 * 1024) } }),
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  )
})

t.test('owners are whole, no events, and one of them the controller', async t => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u1', controller: true }
  t.equal(errorsOf({ ownerReferences: [owner] }), '[]')
  t.match(errorsOf({ ownerReferences: [{ ...owner, uid: '' }] }), 'metadata.ownerReferences.uid: Invalid value: ""')
  t.match(errorsOf({ ownerReferences: [owner, { ...owner, uid: 'u2' }] }), 'Only one reference can have Controller set')
  t.match(errorsOf({ ownerReferences: [{ ...owner, kind: 'Event' }] }), '/v1, Kind=Event is disallowed')
})

t.test('finalizers are known or qualified, and none comes when an object is leaving', async t => {
  t.match(errorsOf({ finalizers: ['x'] }), 'name is neither a standard finalizer name nor is it fully qualified')
  t.equal(errorsOf({ finalizers: ['orphan'] }), '[]')
  t.match(errorsOf({ finalizers: ['orphan', 'foregroundDeletion'] }), 'cannot be both set')
  const old = { finalizers: ['a.org/a'], deletionTimestamp: 'now' }
  t.match(errorsOf({ finalizers: ['a.org/a', 'a.org/b'] }, old), 'found new finalizers []string{"a.org/b"}')
  t.equal(errorsOf({ finalizers: [] }, old), '[]')
})
