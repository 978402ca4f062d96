import t from 'tap'
import { type Change, createCollection, keyOf } from '../../../src/sandbox/collection.ts'
import type { KubeObject } from '../../../src/sandbox/kind.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'

const object = (name: string, namespace: string, version: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, uid: name, resourceVersion: String(version), creationTimestamp: '' },
})

function collectionWith(...changes: [Change['type'], string, string][]) {
  const collection = createCollection(configMaps, { version: 100, history: 3 })
  changes.forEach(([type, name, namespace], i) => {
    const old = collection.get({ namespace, name })
    const version = 101 + i
    collection.apply({ type, object: object(name, namespace, version), version, ...(old === undefined ? {} : { old }) })
  })
  return collection
}

const names = (objects: readonly KubeObject[] | undefined) => objects?.map(({ metadata }) => keyOf(metadata))

t.test('objects come in the order of their keys, of one namespace or of all', async t => {
  const collection = collectionWith(
    ['ADDED', 'b', 'x'],
    ['ADDED', 'a', 'y'],
    ['ADDED', 'a', 'x'],
    ['ADDED', 'z', 'x-1'],
  )
  t.strictSame(names(collection.sorted('x')), ['x/a', 'x/b'])
  t.strictSame(names(collection.sorted()), ['x-1/z', 'x/a', 'x/b', 'y/a'])
  t.strictSame(names(collection.sorted('none')), [])
  t.equal(collection.get({ namespace: 'y', name: 'a' })?.metadata.name, 'a')
  t.equal(collection.get({ namespace: 'y', name: 'b' }), undefined)
})

t.test('changes since a version are told as long as they are kept', async t => {
  const collection = collectionWith(['ADDED', 'a', 'x'], ['MODIFIED', 'a', 'x'], ['DELETED', 'a', 'x'])
  t.strictSame(
    collection.since(101)?.map(({ type }) => type),
    ['MODIFIED', 'DELETED'],
  )
  t.equal(collection.since(100)?.length, 3)
  t.strictSame(collection.since(103), [])
  t.equal(collection.since(99), undefined, 'before it began')
})

t.test('the oldest changes are forgotten, at least the configured number is kept', async t => {
  const collection = collectionWith(['ADDED', 'a', 'x'])
  for (let version = 102; version <= 130; version++) {
    const old = object('a', 'x', version - 1)
    collection.apply({ type: 'MODIFIED', object: object('a', 'x', version), old, version })
    t.ok((collection.since(version - 3)?.length ?? 0) === 3 || version < 104)
  }
  t.equal(collection.since(101), undefined)
})

t.test('what is compacted is forgotten, what comes later is not', async t => {
  const collection = collectionWith(['ADDED', 'a', 'x'], ['ADDED', 'b', 'x'])
  collection.compact(102)
  t.equal(collection.since(101), undefined)
  t.equal(collection.at(101), undefined)
  t.same(collection.since(102), [])
  collection.apply({ type: 'ADDED', object: object('c', 'x', 103), version: 103 })
  t.equal(collection.since(102)?.length, 1)
  collection.compact(50)
  t.equal(collection.since(102)?.length, 1, 'there is no way back')
  t.equal(collection.since(101), undefined)
})

t.test('the objects can be seen as they were', async t => {
  const collection = collectionWith(
    ['ADDED', 'a', 'x'],
    ['ADDED', 'b', 'x'],
    ['MODIFIED', 'a', 'x'],
    ['DELETED', 'b', 'x'],
  )
  t.strictSame(names(collection.at(102)), ['x/a', 'x/b'])
  t.strictSame(
    collection.at(102)?.map(({ metadata }) => metadata.resourceVersion),
    ['101', '102'],
  )
  t.strictSame(names(collection.at(101)), ['x/a'])
  t.strictSame(names(collection.at(104)), ['x/a'])
  t.strictSame(names(collection.at(100)), [])
  t.equal(collection.at(1), undefined)
})
