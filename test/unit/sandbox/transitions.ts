import t from 'tap'
import type { KubeObject, ObjectMeta } from '../../../src/sandbox/kind.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { deleting, finalizersFor, isReleased, nextObject } from '../../../src/sandbox/transitions.ts'

// What the store shows of these is tested with the store; here is what it cannot show.

const object = (metadata: Partial<ObjectMeta>, fields: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...fields,
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: 'c', ...metadata },
})

t.test('a way of deletion replaces the other, and leaves foreign finalizers alone', async t => {
  const held = object({ finalizers: ['x/y', 'orphan'] })
  t.strictSame(finalizersFor(held, 'Background'), ['x/y'])
  t.strictSame(finalizersFor(held, 'Foreground'), ['x/y', 'foregroundDeletion'])
  t.strictSame(finalizersFor(held, 'Orphan'), ['x/y', 'orphan'])
})

t.test('a deletion that waits can become shorter, never longer', async t => {
  const now = Date.UTC(2026, 0, 1)
  const mark = (of: KubeObject, grace: number) => deleting(pods, of, { finalizers: [], grace, now })
  const first = mark(object({}), 30)
  t.equal(first.metadata.deletionTimestamp, '2026-01-01T00:00:30Z')
  t.equal(mark(first, 10).metadata.deletionTimestamp, '2026-01-01T00:00:10Z')
  t.strictSame(mark(first, 60).metadata, first.metadata)
})

t.test('an object is free when neither time, finalizers nor its kind hold it', async t => {
  const leaving = { deletionTimestamp: 'x' }
  t.notOk(isReleased(pods, object({})))
  t.ok(isReleased(pods, object(leaving)))
  t.notOk(isReleased(pods, object({ ...leaving, finalizers: ['a/b'] })))
  t.notOk(isReleased(pods, object({ ...leaving, deletionGracePeriodSeconds: 1 })))
  t.notOk(isReleased(namespaces, object(leaving, { spec: { finalizers: ['kubernetes'] } })))
})

t.test('each part of an update changes that part only', async t => {
  const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }
  const old = object({ labels: { old: '' }, ownerReferences: [owner] }, { spec: 1, status: 1 })
  const given = object({ labels: { new: '' }, uid: 'lie', creationTimestamp: 'lie' }, { spec: 2, status: 2 })
  const next = (subresource?: 'status' | 'binding' | 'metadata') => nextObject(pods, old, { given, subresource })
  const kept = { name: 'a', uid: 'u', creationTimestamp: 'c', labels: { new: '' } }
  t.match(next(), { spec: 2, status: 1, metadata: kept })
  t.match(next('status'), { spec: 1, status: 2, metadata: { ...kept, ownerReferences: [owner] } })
  t.match(next('binding'), { spec: 2, status: 1, metadata: { ...kept, ownerReferences: [owner] } })
  t.match(next('metadata'), { spec: 1, status: 1, metadata: kept })
  t.notOk(next('metadata').metadata.ownerReferences)
  t.match(nextObject(configMaps, old, { given, subresource: undefined }), { status: 2 }, 'without a subresource for it')
})
