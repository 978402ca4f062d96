import type { KindName, ObjectOf } from './kinds.ts'
import { Malformed, type WatchEvent } from './parse.ts'
import { kept, mostObjects } from './viewed-kinds.ts'

/**
 * The objects of one kind as a watch tells of them, and ahead of it what this process has learned otherwise: a write is
 * seen by the next read, and what was seen once is not forgotten. Versions of one kind are compared as numbers.
 */
export interface Memory<K extends KindName> {
  /** All that there is at a version. @throws Malformed on a version that is no number */
  replace(items: readonly ObjectOf<K>[], resourceVersion: string): void
  /** What a watch told. @throws Malformed */
  event(event: WatchEvent<K>): void
  /** An object as the cluster gave it in an answer; the older of two is left aside. */
  learn(object: ObjectOf<K>): void
  /** An object that was deleted: it is shown no more, unless the watch tells that it is waiting for its end. */
  hide(uid: string): void
  /** Something is wrong with what is known of a name: `get` gives nothing until there is news of it. */
  doubt(name: string): void
  get(name: string): ObjectOf<K> | undefined
  /** In the order of their names; the same objects until they change. */
  list(matches: (object: ObjectOf<K>) => boolean): ObjectOf<K>[]
  /** Up to which the watch has told. */
  readonly resourceVersion: string
  /** Whether there are too many objects to be kept: then none is. */
  readonly isTooLarge: boolean
}

export interface MemoryDeps {
  now(): number
  /** Called after a change of what reads give. */
  changed(): void
  most?: number
}

/** Milliseconds after which the watch must have told of what was learned, as long as it tells anything. */
const longestAhead = 60_000

const isVersion = (text: string | undefined): text is string => text !== undefined && /^\d{1,20}$/.test(text)

function versionOf(version: string | undefined): bigint {
  if (!isVersion(version)) throw new Malformed('a resourceVersion that is no number')
  return BigInt(version)
}

interface Named {
  metadata?: { name?: string; uid?: string; resourceVersion?: string; deletionTimestamp?: string }
}
const nameOf = ({ metadata }: Named): string => metadata?.name ?? ''
const uidOf = ({ metadata }: Named): string => metadata?.uid ?? ''
const isEnding = ({ metadata }: Named): boolean => metadata?.deletionTimestamp !== undefined
const isSame = (a: Named, b: Named): boolean =>
  uidOf(a) === uidOf(b) && a.metadata?.resourceVersion === b.metadata?.resourceVersion

export function createMemory<K extends KindName>(kind: K, { now, changed, most = mostObjects }: MemoryDeps): Memory<K> {
  /** By name, as the watch tells. */
  let objects = new Map<string, ObjectOf<K>>()
  /** By name, newer than what the watch has come to. */
  const ahead = new Map<string, { object: ObjectOf<K>; version: bigint; at: number }>()
  /** Uids, and since when. */
  const hidden = new Map<string, number>()
  const doubted = new Set<string>()
  let position = -1n
  let isTooLarge = false
  let sorted: readonly ObjectOf<K>[] | undefined

  const touch = (): void => {
    sorted = undefined
    changed()
  }

  function visible(name: string): ObjectOf<K> | undefined {
    const object = ahead.get(name)?.object ?? objects.get(name)
    return object === undefined || hidden.has(uidOf(object)) ? undefined : object
  }

  const inOrder = (): readonly ObjectOf<K>[] =>
    [...new Set([...objects.keys(), ...ahead.keys()])]
      .sort()
      .map(visible)
      .filter(object => object !== undefined)

  function all(): readonly ObjectOf<K>[] {
    sorted ??= inOrder()
    return sorted
  }

  /** The one that is known already where nothing changed, so that what was made of it stays good. */
  function known(object: ObjectOf<K>): ObjectOf<K> {
    const name = nameOf(object)
    const same = [ahead.get(name)?.object, objects.get(name)].find(one => one !== undefined && isSame(one, object))
    return same ?? kept(kind, object)
  }

  /** The watch has come so far: up to there it knows better than what was learned. */
  function reach(to: bigint): void {
    position = to
    for (const [name, { object, version, at }] of ahead) {
      if (version > position && now() - at < longestAhead) continue
      ahead.delete(name)
      if (objects.get(name) !== object) touch()
    }
  }

  const isHeld = (uid: string): boolean =>
    [...objects.values()].some(object => uidOf(object) === uid) ||
    [...ahead.values()].some(({ object }) => uidOf(object) === uid)

  /** Of what never came, or went before it was hidden, nothing will be told. */
  function forgetHidden(): void {
    for (const [uid, since] of hidden) if (now() - since >= longestAhead && !isHeld(uid)) hidden.delete(uid)
  }

  function clear(): void {
    isTooLarge = true
    objects = new Map()
    ahead.clear()
    touch()
  }

  function apply({ type, object }: Exclude<WatchEvent<K>, { type: 'BOOKMARK' }>): void {
    const name = nameOf(object)
    if (type === 'DELETED') objects.delete(name)
    else objects.set(name, known(object))
    if (type === 'DELETED' || isEnding(object)) hidden.delete(uidOf(object))
    doubted.delete(name)
  }

  return {
    get resourceVersion() {
      return String(position)
    },
    get isTooLarge() {
      return isTooLarge
    },
    replace(items, resourceVersion) {
      const version = versionOf(resourceVersion)
      for (const item of items) versionOf(item.metadata?.resourceVersion)
      const before = all()
      objects = new Map(items.map(item => [nameOf(item), known(item)]))
      for (const item of items) if (isEnding(item)) hidden.delete(uidOf(item))
      doubted.clear()
      isTooLarge = false
      reach(version)
      forgetHidden()
      sorted = undefined
      const after = all()
      if (before.length !== after.length || after.some((object, index) => object !== before[index])) touch()
      if (items.length > most) clear()
    },
    event(event) {
      if (event.type === 'BOOKMARK') return reach(versionOf(event.resourceVersion))
      const version = versionOf(event.object.metadata?.resourceVersion)
      const name = nameOf(event.object)
      const before = visible(name)
      if (!isTooLarge) apply(event)
      reach(version)
      if (visible(name) !== before) touch()
      if (objects.size > most) clear()
    },
    learn(object) {
      // Where the cluster's versions are none, its lists were refused as well, and nothing is read from here.
      if (!isVersion(object.metadata?.resourceVersion)) return
      const version = versionOf(object.metadata?.resourceVersion)
      const name = nameOf(object)
      doubted.delete(name)
      if (version <= position || version <= (ahead.get(name)?.version ?? -1n)) return
      ahead.set(name, { object: kept(kind, structuredClone(object)), version, at: now() })
      if (isEnding(object)) hidden.delete(uidOf(object))
      touch()
    },
    hide(uid) {
      const isKnownToEnd = all().some(object => uidOf(object) === uid && isEnding(object))
      if (isKnownToEnd) return
      forgetHidden()
      hidden.set(uid, now())
      touch()
    },
    doubt: name => void doubted.add(name),
    get: name => (doubted.has(name) ? undefined : visible(name)),
    list: matches => all().filter(matches),
  }
}
