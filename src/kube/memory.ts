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
  /**
   * An object as the cluster gave it in an answer; the older of two is left aside. `turn` is that of when it was asked for: one
   * of a name of which another was deleted since is in doubt, as it may have been there before that one.
   */
  learn(object: ObjectOf<K>, turn?: number): void
  /**
   * An object that was deleted: it is shown no more, unless the watch tells that it is waiting for its end. Another of its name
   * that is known is in doubt.
   */
  hide(uid: string, name: string): void
  /** Raised by each deletion. */
  readonly turn: number
  /** Something is wrong with what is known of a name: `get` gives nothing until it is learned anew or the doubt is settled. */
  doubt(name: string): void
  /** The same of all names that match. */
  doubtAll(matches: (object: ObjectOf<K>) => boolean): void
  doubts(): Doubt[]
  /** Whether anything is: before it is settled lists are not to be trusted. */
  readonly isInDoubt: boolean
  /** What the cluster itself has said since: the object of that name, or that there is none. */
  settle(doubt: Doubt, object: ObjectOf<K> | undefined): void
  get(name: string): ObjectOf<K> | undefined
  /** In the order of their names; the same objects until they change. */
  list(matches: (object: ObjectOf<K>) => boolean): ObjectOf<K>[]
  /** Up to which the watch has told. */
  readonly resourceVersion: string
  /** Whether there are too many objects to be kept: then none is. */
  readonly isTooLarge: boolean
}

/** Compared as an object: a later doubt about the same name is another one. */
export interface Doubt {
  readonly name: string
  /** Of what was known under the name; undefined where nothing was. */
  readonly uid: string | undefined
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
  /** By uid. */
  const hidden = new Map<string, { name: string; since: number; turn: number }>()
  let turn = 0
  const doubted = new Map<string, Doubt>()
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
    for (const [uid, { since }] of hidden) if (now() - since >= longestAhead && !isHeld(uid)) hidden.delete(uid)
  }

  function clear(): void {
    isTooLarge = true
    objects = new Map()
    ahead.clear()
    touch()
  }

  function doubt(name: string): void {
    const object = visible(name)
    doubted.set(name, { name, uid: object === undefined ? undefined : uidOf(object) })
    changed()
  }

  const isNews = (name: string, version: bigint): boolean =>
    version > position && version > (ahead.get(name)?.version ?? -1n)

  const isHiddenSince = (name: string, asked: number): boolean =>
    [...hidden.values()].some(one => one.name === name && one.turn > asked)

  function learn(object: ObjectOf<K>, asked = turn): void {
    // Where the cluster's versions are none, its lists were refused as well, and nothing is read from here.
    if (!isVersion(object.metadata?.resourceVersion)) return
    const version = versionOf(object.metadata?.resourceVersion)
    const name = nameOf(object)
    const mayBeGone = !hidden.has(uidOf(object)) && isHiddenSince(name, asked)
    if (!mayBeGone) doubted.delete(name)
    if (!isNews(name, version)) return
    ahead.set(name, { object: kept(kind, structuredClone(object)), version, at: now() })
    if (isEnding(object)) hidden.delete(uidOf(object))
    if (mayBeGone) doubt(name)
    touch()
  }

  function hide(uid: string, name: string): void {
    const isKnownToEnd = all().some(object => uidOf(object) === uid && isEnding(object))
    if (isKnownToEnd) return
    forgetHidden()
    hidden.set(uid, { name, since: now(), turn: ++turn })
    touch()
  }

  function apply({ type, object }: Exclude<WatchEvent<K>, { type: 'BOOKMARK' }>): void {
    const name = nameOf(object)
    if (type === 'DELETED') objects.delete(name)
    else objects.set(name, known(object))
    if (type === 'DELETED' || isEnding(object)) hidden.delete(uidOf(object))
    // All else may have been on its way before what is in doubt.
    if (type === 'DELETED') doubted.delete(name)
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
    get turn() {
      return turn
    },
    learn,
    hide(uid, name) {
      hide(uid, name)
      const other = visible(name)
      if (other !== undefined && uidOf(other) !== uid) doubt(name)
    },
    doubt,
    doubtAll(matches) {
      for (const object of all()) if (matches(object)) doubt(nameOf(object))
    },
    doubts: () => [...doubted.values()],
    get isInDoubt() {
      return doubted.size > 0
    },
    settle(settled, object) {
      if (doubted.get(settled.name) !== settled) return
      doubted.delete(settled.name)
      if (object !== undefined) learn(object)
      // Only what was known then: another may have come since.
      else if (settled.uid !== undefined) hide(settled.uid, settled.name)
    },
    get: name => (doubted.has(name) ? undefined : visible(name)),
    list: matches => all().filter(matches),
  }
}
