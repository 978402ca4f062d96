import type { PlainCluster } from './cluster.ts'
import type { KindName, ObjectOf } from './kinds.ts'
import type { Memory } from './memory.ts'
import { isWithin, matcherOf } from './selectors.ts'
import type { ListOptions, ToolCluster, WriteOptions } from './tool-cluster.ts'
import type { ToolView, ViewCounts } from './tool-view.ts'
import { watchedFields } from './viewed-kinds.ts'

export interface ViewClusterDeps {
  plain: PlainCluster
  /** The tool's view, opened where there is none yet; undefined where there can be none now. */
  view(): ToolView | undefined
  /** The tool's view, if one is open. */
  current(): ToolView | undefined
  counts: ViewCounts
}

/** Doubts that are settled one by one; more by a list. */
const mostSingle = 3

const isViewed = (kind: KindName): boolean => watchedFields(kind) !== undefined

/**
 * A tool's cluster that answers from memory what it can, and asks for all else. What it writes, its next reads show. That
 * there is no object of a name is never said from memory: it may have been made a moment ago through another process.
 */
export function createViewCluster({ plain, view, current, counts }: ViewClusterDeps): ToolCluster {
  /** How to find in memory what a list asks for; undefined when that must be asked of the cluster. */
  function matcher(kind: KindName, { namespace = plain.namespace, ...selector }: ListOptions) {
    const watched = watchedFields(kind)
    if (watched === undefined || namespace !== plain.namespace || !isWithin(watched, selector.fields)) return undefined
    return matcherOf(kind, selector)
  }

  const learned = <K extends KindName>(kind: K): Memory<K> | undefined => current()?.known(kind)

  async function written<K extends KindName>(
    { kind, name, options }: { kind: K; name: string | undefined; options: WriteOptions | undefined },
    write: () => Promise<ObjectOf<K>>,
  ): Promise<ObjectOf<K>> {
    const turn = learned(kind)?.turn
    try {
      const object = await write()
      if (options?.dryRun !== true) learned(kind)?.learn(object, turn)
      return object
    } catch (error) {
      // It may have been done all the same; or what was read before is out of date.
      if (name !== undefined && options?.dryRun !== true) learned(kind)?.doubt(name)
      throw error
    }
  }

  /** Asks the cluster about what is in doubt: a write that failed may have been done all the same. */
  async function settleDoubts<K extends KindName>(kind: K, memory: Memory<K>, signal: AbortSignal | undefined) {
    const doubts = memory.doubts()
    const options = signal === undefined ? {} : { signal }
    counts.asked++
    const found =
      doubts.length > mostSingle
        ? (await plain.list(kind, options)).items
        : await Promise.all(doubts.map(({ name }) => plain.get(kind, name, options)))
    const watched = found.filter(object => object !== undefined).filter(object => isWatched(kind, object))
    const present = new Map(watched.map(object => [object.metadata?.name, object]))
    for (const doubt of doubts) memory.settle(doubt, present.get(doubt.name))
  }

  return {
    namespace: plain.namespace,
    get generation() {
      return current()?.plain === plain ? current()?.generation() : undefined
    },
    async list(kind, options = {}) {
      const matches = matcher(kind, options)
      if (matches === undefined) return plain.list(kind, options)
      const memory = await view()?.use(kind, options.signal)
      if (memory === undefined) {
        counts.asked++
        return plain.list(kind, options)
      }
      if (memory.isInDoubt) await settleDoubts(kind, memory, options.signal)
      counts.fromMemory++
      return { items: memory.list(matches), resourceVersion: memory.resourceVersion }
    },
    async get(kind, name, options = {}) {
      if (!isViewed(kind) || (options.namespace ?? plain.namespace) !== plain.namespace)
        return plain.get(kind, name, options)
      const memory = options.fresh === true ? undefined : await view()?.use(kind, options.signal)
      const found = memory?.get(name)
      if (found !== undefined) {
        counts.fromMemory++
        return found
      }
      counts.asked++
      const turn = learned(kind)?.turn
      const object = await plain.get(kind, name, options)
      if (object !== undefined && isWatched(kind, object)) learned(kind)?.learn(object, turn)
      return object
    },
    create: (kind, object, options) =>
      written({ kind, name: object.metadata?.name, options }, () => plain.create(kind, object, options)),
    replace: (kind, object, options) =>
      written({ kind, name: object.metadata?.name, options }, () => plain.replace(kind, object, options)),
    patch: (kind, name, options) => written({ kind, name, options }, () => plain.patch(kind, name, options)),
    async remove(kind, name, options = {}) {
      // What was known before the call and is not there any more has gone for good.
      const before = learned(kind)?.get(name)?.metadata?.uid
      const { removal, uid } = await plain.removeOne(kind, name, options).catch(error => {
        learned(kind)?.doubt(name)
        throw error
      })
      if (options.dryRun !== true) forget(kind, { name, uid: uid ?? options.uid ?? before })
      return removal
    },
    async removeAll(kind, labels, options = {}) {
      const removed = await plain.removeMany(kind, labels, options).catch(error => {
        const matches = matcherOf(kind, { labels })
        if (matches !== undefined) learned(kind)?.doubtAll(matches)
        throw error
      })
      if (options.dryRun !== true) for (const { uid, name } of removed) learned(kind)?.hide(uid, name)
    },
    changes(kinds, { signal }) {
      const looked = kinds.every(isViewed) ? view() : undefined
      return looked === undefined ? plain.changes(kinds, { signal }) : looked.changes(kinds, signal)
    },
    watch: plain.watch,
    podLog: plain.podLog,
    mayI: plain.mayI,
    get active() {
      return plain.active
    },
    close: () => plain.close(),
  }

  /** An object is gone, known by its uid or only by its name. */
  function forget(kind: KindName, { name, uid }: { name: string; uid: string | undefined }): void {
    if (uid === undefined || uid === '') learned(kind)?.doubt(name)
    else learned(kind)?.hide(uid, name)
  }
}

const isWatched = <K extends KindName>(kind: K, object: ObjectOf<K>): boolean =>
  matcherOf(kind, { fields: watchedFields(kind) ?? {} })?.(object) === true
