import type { Clock } from '../platform/clock.ts'
import type { PlainCluster } from './cluster.ts'
import type { KindName } from './kinds.ts'
import { createMemory, type Memory } from './memory.ts'
import { reflect } from './reflector.ts'
import { watchedFields } from './viewed-kinds.ts'

/** The objects of one kind in memory, with how good they are. */
export interface KindView<K extends KindName> {
  readonly memory: Memory<K>
  /** Waits for the first list, or the end; rejects when it fails meanwhile. Later on it is no matter. */
  begun(): Promise<void>
  /** Whether reads may be answered from memory now. */
  isUsable(): boolean
  /** Whether there is something in memory that is too old for it. */
  isBehind(): boolean
  /** Resolves when nothing runs any more, after the signal. */
  readonly done: Promise<void>
}

export interface KindViewDeps {
  plain: Pick<PlainCluster, 'list' | 'watch' | 'heardAt'>
  clock: Clock
  signal: AbortSignal
  /** Milliseconds. */
  behind: number
  /** After a change of what reads give. */
  changed(): void
  /** After each list, with the time at which it was asked for; `isFirst` the first one. */
  listed(at: number, isFirst: boolean): void
  /** The cluster could not be asked, or said no. */
  lost(error: unknown): void
  /** What watches wait for after a list; never rejects. */
  beforeWatch(): Promise<void>
}

export function createKindView<K extends KindName>(kind: K, deps: KindViewDeps): KindView<K> {
  const { plain, clock, signal } = deps
  const memory = createMemory(kind, { now: () => clock.now(), changed: deps.changed })
  const begun = Promise.withResolvers<void>()
  begun.promise.catch(() => {})
  let listedAt = 0
  let hasBegun = false
  let isLoaded = false
  let isLive = false
  /** Up to when what is in memory is known to be all, apart from a connection that lives. */
  let knownAt = Number.NEGATIVE_INFINITY

  function settle(how: () => void): void {
    hasBegun = true
    how()
  }

  const freshAt = (): number => (isLive ? Math.max(knownAt, plain.heardAt) : knownAt)
  const isFresh = (): boolean => clock.now() - freshAt() <= deps.behind

  const done = reflect(
    {
      list(kind, options) {
        listedAt = clock.now()
        return plain.list(kind, options)
      },
      watch: plain.watch,
    },
    {
      kind,
      fields: watchedFields(kind) ?? {},
      clock,
      signal,
      beforeWatch: deps.beforeWatch,
      sink: {
        replace(items, resourceVersion) {
          memory.replace(items, resourceVersion)
          knownAt = listedAt
          deps.listed(listedAt, !isLoaded)
          isLoaded = true
          settle(begun.resolve)
        },
        event(event) {
          memory.event(event)
          knownAt = clock.now()
        },
        live() {
          isLive = true
        },
        pause() {
          knownAt = freshAt()
          isLive = false
        },
        lost(error) {
          settle(() => begun.reject(error))
          deps.lost(error)
        },
      },
    },
  ).finally(() => settle(begun.resolve))

  return {
    memory,
    begun: () => (hasBegun ? Promise.resolve() : begun.promise),
    done,
    isUsable: () => isLoaded && !memory.isTooLarge && isFresh(),
    isBehind: () => isLoaded && !isFresh(),
  }
}
