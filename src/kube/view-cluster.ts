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
    try {
      const object = await write()
      if (options?.dryRun !== true) learned(kind)?.learn(object)
      return object
    } catch (error) {
      // It may have been done all the same; or what was read before is out of date.
      if (name !== undefined) learned(kind)?.doubt(name)
      throw error
    }
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
      counts.fromMemory++
      return { items: memory.list(matches), resourceVersion: memory.resourceVersion }
    },
    async get(kind, name, options = {}) {
      if (!isViewed(kind) || (options.namespace ?? plain.namespace) !== plain.namespace)
        return plain.get(kind, name, options)
      const memory = await view()?.use(kind, options.signal)
      const found = memory?.get(name)
      if (found !== undefined) {
        counts.fromMemory++
        return found
      }
      counts.asked++
      const object = await plain.get(kind, name, options)
      if (object !== undefined && isWatched(kind, object)) learned(kind)?.learn(object)
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
      const uids = await plain.removeMany(kind, labels, options)
      if (options.dryRun !== true) for (const uid of uids) learned(kind)?.hide(uid)
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
    else learned(kind)?.hide(uid)
  }
}

const isWatched = <K extends KindName>(kind: K, object: ObjectOf<K>): boolean =>
  matcherOf(kind, { fields: watchedFields(kind) ?? {} })?.(object) === true
