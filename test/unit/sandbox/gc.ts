import t, { type Test } from 'tap'
import { startGarbageCollector } from '../../../src/sandbox/gc.ts'
import type { OwnerReference, Propagation } from '../../../src/sandbox/kind.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { createTestStore, found, jobSpec, newOf, podSpec } from '../../support/store.ts'

function family(t: Test, podFields: { nodeName?: string; block?: boolean } = {}) {
  const { store } = createTestStore()
  t.teardown(startGarbageCollector(store))
  const { metadata } = store.create(jobs, newOf(jobs, 'a', { spec: jobSpec() }))
  const owner: OwnerReference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name: 'a',
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: podFields.block ?? true,
  }
  const spec = podFields.nodeName === undefined ? podSpec() : { ...podSpec(), nodeName: podFields.nodeName }
  store.create(pods, newOf(pods, 'p', { spec, metadata: { ownerReferences: [owner] } }))
  const remove = (propagation: Propagation) => store.remove(jobs, { namespace: 'ns', name: 'a' }, { propagation })
  const there = () => [
    ...store.list(jobs).items.map(({ metadata }) => metadata.name),
    ...store.list(pods).items.map(({ metadata }) => metadata.name),
  ]
  return { store, owner, remove, there }
}

t.test('in the background the owner goes first, its dependents with it', async t => {
  const { remove, there } = family(t)
  remove('Background')
  t.strictSame(there(), [])
})

t.test('in the background a dependent that runs is only told to end', async t => {
  const { store, remove, there } = family(t, { nodeName: 'n' })
  remove('Background')
  t.strictSame(there(), ['p'])
  t.ok(found(store, pods, 'p').metadata.deletionTimestamp)
})

t.test('in the foreground the owner waits for those that block it', async t => {
  const { store, remove, there } = family(t, { nodeName: 'n' })
  const marked = remove('Foreground')
  t.strictSame(marked.metadata.finalizers, ['foregroundDeletion'])
  t.strictSame(there(), ['a', 'p'])
  t.ok(found(store, pods, 'p').metadata.deletionTimestamp)
  // What a node does when the processes have ended; the pod waits for its own dependents, of which it has none.
  store.remove(pods, { namespace: 'ns', name: 'p' }, { gracePeriodSeconds: 0 })
  t.strictSame(there(), [])
})

t.test('in the foreground nobody waits for those that do not block', async t => {
  const { remove, there } = family(t, { nodeName: 'n', block: false })
  remove('Foreground')
  t.strictSame(there(), ['p'])
})

t.test('orphans stay, and forget their owner', async t => {
  const { store, remove, there } = family(t)
  remove('Orphan')
  t.strictSame(there(), ['p'])
  t.equal(found(store, pods, 'p').metadata.ownerReferences, undefined)
})

t.test('of several owners the last takes the dependent with it', async t => {
  const { store, owner, remove } = family(t)
  const { metadata } = store.create(configMaps, newOf(configMaps, 'other'))
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: metadata.uid }
  store.create(configMaps, newOf(configMaps, 'child', { metadata: { ownerReferences: [owner, other] } }))
  remove('Background')
  t.strictSame(found(store, configMaps, 'child').metadata.ownerReferences, [other])
  store.remove(configMaps, { namespace: 'ns', name: 'other' })
  t.equal(store.get(configMaps, { namespace: 'ns', name: 'child' }), undefined)
})

t.test('what comes after its owner has gone, goes', async t => {
  const { store, owner, remove } = family(t)
  remove('Background')
  store.create(configMaps, newOf(configMaps, 'late', { metadata: { ownerReferences: [owner] } }))
  t.equal(store.get(configMaps, { namespace: 'ns', name: 'late' }), undefined)
})

t.test('grandchildren go as well', async t => {
  const { store, remove } = family(t)
  const { metadata } = found(store, pods, 'p')
  const parent = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: metadata.uid, blockOwnerDeletion: true }
  store.create(configMaps, newOf(configMaps, 'grandchild', { metadata: { ownerReferences: [parent] } }))
  remove('Foreground')
  t.strictSame(store.list(configMaps).items, [])
  t.strictSame(store.list(jobs).items, [])
})

t.test('ended, it leaves everything alone', async t => {
  const { store } = createTestStore()
  startGarbageCollector(store)()
  const gone = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'gone' }
  store.create(configMaps, newOf(configMaps, 'a', { metadata: { ownerReferences: [gone] } }))
  t.equal(store.list(configMaps).items.length, 1)
})
