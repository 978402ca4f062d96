import type { KubeObject } from './kind.ts'
import type { Held, Store } from './store.ts'
import { foreground, orphan } from './transitions.ts'

/** Removes what has lost its owners, as Kubernetes' garbage collector does, at once. The result ends it. */
export function startGarbageCollector(store: Store): () => void {
  const ends = store.kinds.map(kind =>
    store.subscribe(kind, ({ type, object }) => {
      if (type === 'DELETED') return ownerGone(store, object)
      const held: Held = { kind, object }
      if (object.metadata.ownerReferences !== undefined) dropIfOrphaned(store, held)
      if (object.metadata.deletionTimestamp !== undefined) deletionWaits(store, held)
    }),
  )
  return () => {
    for (const end of ends) end()
  }
}

const keyOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name })

function ownerGone(store: Store, owner: KubeObject): void {
  for (const dependent of store.ownedBy(owner.metadata.uid)) dropIfOrphaned(store, dependent)
  for (const { uid } of owner.metadata.ownerReferences ?? []) {
    const above = store.byUid(uid)
    if (above?.object.metadata.deletionTimestamp !== undefined) deletionWaits(store, above)
  }
}

/** What has owners, but none that is still there, goes; else it only loses the references to those that are not. */
function dropIfOrphaned(store: Store, { kind, object }: Held): void {
  const current = store.get(kind, keyOf(object))
  if (current === undefined || current.metadata.uid !== object.metadata.uid) return
  const owners = current.metadata.ownerReferences ?? []
  const present = owners.filter(owner => store.byUid(owner.uid) !== undefined)
  if (owners.length === 0 || present.length === owners.length) return
  if (present.length > 0) update(store, { kind, object: current }, { ownerReferences: present })
  else if (current.metadata.deletionTimestamp === undefined) {
    store.remove(kind, keyOf(current), { propagation: 'Background', uid: current.metadata.uid })
  }
}

/** Serves the two finalizers that mean: first do something with the dependents. */
function deletionWaits(store: Store, { kind, object }: Held): void {
  const current = store.get(kind, keyOf(object))
  const finalizers = current?.metadata.finalizers ?? []
  if (current === undefined || current.metadata.uid !== object.metadata.uid) return
  if (finalizers.includes(orphan)) release(store, { kind, object: current })
  else if (finalizers.includes(foreground)) removeDependents(store, { kind, object: current })
}

/** Orphan: the dependents forget their owner, which may then go. */
function release(store: Store, { kind, object }: Held): void {
  for (const dependent of store.ownedBy(object.metadata.uid)) {
    const owners = dependent.object.metadata.ownerReferences ?? []
    const ownerReferences = owners.filter(owner => owner.uid !== object.metadata.uid)
    update(store, dependent, { ownerReferences })
  }
  unlock(store, { kind, object }, orphan)
}

/** Foreground: the owner goes after the dependents that block it. */
function removeDependents(store: Store, { kind, object }: Held): void {
  const { uid } = object.metadata
  for (const dependent of store.ownedBy(uid)) {
    if (dependent.object.metadata.deletionTimestamp !== undefined) continue
    store.remove(dependent.kind, keyOf(dependent.object), { propagation: 'Foreground' })
  }
  const blocked = store
    .ownedBy(uid)
    .some(({ object: { metadata } }) =>
      metadata.ownerReferences?.some(owner => owner.uid === uid && owner.blockOwnerDeletion === true),
    )
  if (!blocked) unlock(store, { kind, object }, foreground)
}

function unlock(store: Store, { kind, object }: Held, finalizer: string): void {
  const current = store.get(kind, keyOf(object))
  if (current === undefined || current.metadata.uid !== object.metadata.uid) return
  const finalizers = (current.metadata.finalizers ?? []).filter(name => name !== finalizer)
  update(store, { kind, object: current }, { finalizers })
}

function update(store: Store, { kind, object }: Held, change: Partial<KubeObject['metadata']>): void {
  store.update(kind, { ...object, metadata: { ...object.metadata, ...change } }, { subresource: 'metadata' })
}
