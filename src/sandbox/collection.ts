import type { Kind, KubeObject } from './kind.ts'

export interface Change<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: T
  /** The object before the change; absent for ADDED. */
  old?: T
  version: number
}

export interface Key {
  namespace?: string | undefined
  name: string
}

export const keyOf = ({ namespace, name }: Key): string => (namespace ? `${namespace}/${name}` : name)

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** All objects of one kind, in the order of their keys, and the latest changes to them. */
export interface Collection {
  readonly kind: Kind
  get(key: Key): KubeObject | undefined
  /** Of one namespace, or of all. */
  sorted(namespace?: string): readonly KubeObject[]
  apply(change: Change): void
  /** Every change after `version`; undefined when those are no longer all known. */
  since(version: number): Change[] | undefined
  /** The objects as they were at `version`; undefined when that is no longer known. */
  at(version: number): readonly KubeObject[] | undefined
  /** Forgets every change up to `version`. */
  compact(version: number): void
}

export function createCollection(kind: Kind, options: { version: number; history: number }): Collection {
  const namespaces = new Map<string, Map<string, KubeObject>>()
  const sortedCache = new Map<string | undefined, readonly KubeObject[]>()
  let history: Change[] = []
  let floor = options.version

  const sort = (namespace: string | undefined): readonly KubeObject[] => {
    const entries =
      namespace === undefined ? [...namespaces.values()].flatMap(of => [...of]) : [...(namespaces.get(namespace) ?? [])]
    return entries.sort(byKey).map(([, object]) => object)
  }

  const sorted = (namespace?: string): readonly KubeObject[] => {
    const known = sortedCache.get(namespace)
    if (known !== undefined) return known
    const fresh = sort(namespace)
    sortedCache.set(namespace, fresh)
    return fresh
  }

  const since = (version: number): Change[] | undefined => {
    if (version < floor) return undefined
    return history.slice(history.findLastIndex(change => change.version <= version) + 1)
  }

  const remember = (change: Change): void => {
    history.push(change)
    if (history.length < options.history * 2) return
    floor = history[options.history - 1]?.version ?? floor
    history = history.slice(options.history)
  }

  return {
    kind,
    get: key => namespaces.get(key.namespace ?? '')?.get(keyOf(key)),
    sorted,
    apply: change => {
      const { metadata } = change.object
      const namespace = metadata.namespace ?? ''
      const objects = namespaces.get(namespace) ?? new Map<string, KubeObject>()
      if (change.type === 'DELETED') objects.delete(keyOf(metadata))
      else objects.set(keyOf(metadata), change.object)
      if (objects.size === 0) namespaces.delete(namespace)
      else namespaces.set(namespace, objects)
      sortedCache.delete(namespace)
      sortedCache.delete(undefined)
      remember(change)
    },
    since,
    compact: version => {
      floor = Math.max(floor, version)
      history = history.filter(change => change.version > floor)
    },
    at: version => {
      const changes = since(version)
      if (changes === undefined || changes.length === 0) return changes && sorted()
      const objects = new Map(sorted().map(object => [keyOf(object.metadata), object]))
      for (const { type, object, old } of changes.reverse()) {
        if (type === 'ADDED' || old === undefined) objects.delete(keyOf(object.metadata))
        else objects.set(keyOf(object.metadata), old)
      }
      return [...objects].sort(byKey).map(([, object]) => object)
    },
  }
}
