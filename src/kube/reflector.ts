import type { Clock } from '../platform/clock.ts'
import { backoffDelay } from '../platform/retry.ts'
import type { KindName, ObjectOf } from './kinds.ts'
import type { WatchEvent } from './parse.ts'
import { Expired } from './status.ts'
import type { ListOptions, ToolCluster } from './tool-cluster.ts'

/** Where the state of the watched objects goes. */
export interface Sink<K extends KindName> {
  /** All objects there are. */
  replace(items: ObjectOf<K>[], resourceVersion: string): void
  /** One change, or a version up to which there was none. */
  event(event: WatchEvent<K>): void
  /** The cluster could not be asked; what was said before may be out of date until `replace` or `event` comes. */
  lost(error: unknown): void
  /** From now on each change is told as it comes. */
  live?(): void
  /** Changes are no longer told: until `live` comes, what was said before may be out of date. */
  pause?(): void
}

export interface Reflection<K extends KindName> extends ListOptions {
  kind: K
  sink: Sink<K>
  signal: AbortSignal
  clock: Clock
  random?: () => number
  /** What a watch waits for after a list, so that it is in nobody's way; never rejects. */
  beforeWatch?: () => Promise<void>
}

const versionAfter = <K extends KindName>(event: WatchEvent<K>): string | undefined =>
  event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata?.resourceVersion

const backoff = { first: 500, most: 10_000 }
/** Milliseconds that a watch must have lasted for all to be well: the next one is then begun at once. */
const lasting = 1000

/** Tells the sink of all objects and of every change, through lost connections, until the signal ends it. Never rejects. */
export async function reflect<K extends KindName>(
  cluster: Pick<ToolCluster, 'list' | 'watch'>,
  { kind, sink, clock, random, beforeWatch, ...options }: Reflection<K>,
): Promise<void> {
  const { signal } = options
  let failures = 0

  /** One watch, to its end; gives the version it came to. */
  async function watch(from: string): Promise<string> {
    let resourceVersion = from
    let begun = Number.POSITIVE_INFINITY
    try {
      const onBegun = (): void => {
        begun = clock.now()
        sink.live?.()
      }
      for await (const event of cluster.watch(kind, { ...options, resourceVersion, onBegun })) {
        failures = 0
        resourceVersion = versionAfter(event) ?? resourceVersion
        sink.event(event)
      }
      return resourceVersion
    } finally {
      // However it ended: what was well in between is no part of a row of failures.
      if (clock.now() - begun >= lasting) failures = 0
      sink.pause?.()
    }
  }

  async function follow(from: string): Promise<never> {
    let resourceVersion = from
    for (;;) {
      const failuresBefore = ++failures
      resourceVersion = await watch(resourceVersion)
      // One that brings nothing and ends at once must not be begun again at once.
      if (failures === failuresBefore) await clock.sleep(backoffDelay(backoff, failures, random), signal)
      signal.throwIfAborted()
    }
  }

  while (!signal.aborted) {
    try {
      const list = await cluster.list(kind, options)
      sink.replace(list.items, list.resourceVersion)
      await beforeWatch?.()
      signal.throwIfAborted()
      await follow(list.resourceVersion)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Expired)) sink.lost(error)
      failures++
      await clock.sleep(backoffDelay(backoff, failures, random), signal).catch(() => {})
    }
  }
}
