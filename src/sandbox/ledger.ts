import type { Logger } from '../platform/log.ts'
import { type Change, type Collection, createCollection, type Key } from './collection.ts'
import { freeze } from './json.ts'
import type { Kind, KubeObject } from './kind.ts'

export interface Held {
  kind: Kind
  object: KubeObject
}

/** Every object of every kind, under one counter of versions; who is told of changes, and who owns whom. */
export interface Ledger {
  version(): number
  of(kind: Kind): Collection
  find(kind: Kind, key: Key): KubeObject | undefined
  /** The one place where something becomes true. Freezes the object, under the next version. */
  commit(kind: Kind, type: Change['type'], now: { object: KubeObject; old?: KubeObject }): KubeObject
  subscribe(kind: Kind, listener: (change: Change) => void): () => void
  byUid(uid: string): Held | undefined
  ownedBy(uid: string): Held[]
}

/** Told in order: changes that a listener makes are told after the change that it was told of. */
function createQueue(log: Logger): (task: { listeners: Iterable<(change: Change) => void>; change: Change }) => void {
  const queue: { listeners: Iterable<(change: Change) => void>; change: Change }[] = []
  let delivering = false
  return task => {
    queue.push(task)
    if (delivering) return
    delivering = true
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const listener of [...next.listeners]) {
        try {
          listener(next.change)
        } catch (error) {
          log.error({ err: error, kind: next.change.object.kind }, 'a listener of the store failed')
        }
      }
    }
    delivering = false
  }
}

function createIndex() {
  const uids = new Map<string, Held>()
  const owned = new Map<string, Set<string>>()
  return {
    apply: (kind: Kind, { type, object, old }: Change): void => {
      const { uid } = object.metadata
      for (const { uid: owner } of old?.metadata.ownerReferences ?? []) {
        const dependents = owned.get(owner)
        dependents?.delete(uid)
        if (dependents?.size === 0) owned.delete(owner)
      }
      if (type === 'DELETED') return void uids.delete(uid)
      uids.set(uid, { kind, object })
      for (const { uid: owner } of object.metadata.ownerReferences ?? []) {
        owned.set(owner, (owned.get(owner) ?? new Set()).add(uid))
      }
    },
    byUid: (uid: string) => uids.get(uid),
    ownedBy: (uid: string) => [...(owned.get(uid) ?? [])].flatMap(dependent => uids.get(dependent) ?? []),
  }
}

export function createLedger(
  kinds: readonly Kind[],
  { version: first, history, log }: { version: number; history: number; log: Logger },
): Ledger {
  let version = first
  const collections = new Map<Kind, Collection>(kinds.map(kind => [kind, createCollection(kind, { version, history })]))
  const listeners = new Map<Kind, Set<(change: Change) => void>>(kinds.map(kind => [kind, new Set()]))
  const index = createIndex()
  const tell = createQueue(log)

  const of = (kind: Kind): Collection => {
    const found = collections.get(kind)
    if (found === undefined) throw new TypeError(`the store has no kind ${kind.plural}`)
    return found
  }

  return {
    version: () => version,
    of,
    find: (kind, { namespace, name }) => of(kind).get(kind.namespaced ? { namespace, name } : { name }),
    commit: (kind, type, { object, old }) => {
      version += 1
      const held = freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
      const change: Change = { type, object: held, version, ...(old === undefined ? {} : { old }) }
      of(kind).apply(change)
      index.apply(kind, change)
      tell({ listeners: listeners.get(kind) ?? [], change })
      return held
    },
    subscribe: (kind, listener) => {
      listeners.get(kind)?.add(listener)
      return () => void listeners.get(kind)?.delete(listener)
    },
    byUid: index.byUid,
    ownedBy: index.ownedBy,
  }
}
