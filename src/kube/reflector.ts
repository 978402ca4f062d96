import type { Clock } from '../platform/clock.ts'
import { backoffDelay } from '../platform/retry.ts'
import type { ListOptions, ToolCluster } from './cluster.ts'
import type { KindName, ObjectOf } from './kinds.ts'
import type { WatchEvent } from './parse.ts'
import { Expired } from './status.ts'

/** Where the state of the watched objects goes. */
export interface Sink<K extends KindName> {
  /** All objects there are. */
  replace(items: ObjectOf<K>[], resourceVersion: string): void
  /** One change, or a version up to which there was none. */
  event(event: WatchEvent<K>): void
  /** The cluster could not be asked; what was said before may be out of date until `replace` or `event` comes. */
  lost(error: unknown): void
}

export interface Reflection<K extends KindName> extends ListOptions {
  kind: K
  sink: Sink<K>
  signal: AbortSignal
  clock: Clock
  random?: () => number
}

const versionAfter = <K extends KindName>(event: WatchEvent<K>): string | undefined =>
  event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata?.resourceVersion

const backoff = { first: 500, most: 30_000 }

/** Tells the sink of all objects and of every change, through lost connections, until the signal ends it. Never rejects. */
export async function reflect<K extends KindName>(
  cluster: Pick<ToolCluster, 'list' | 'watch'>,
  { kind, sink, clock, random, ...options }: Reflection<K>,
): Promise<void> {
  const { signal } = options
  let failures = 0

  async function follow(from: string): Promise<never> {
    let resourceVersion = from
    for (;;) {
      const failuresBefore = ++failures
      for await (const event of cluster.watch(kind, { ...options, resourceVersion })) {
        failures = 0
        resourceVersion = versionAfter(event) ?? resourceVersion
        sink.event(event)
      }
      // One that brings nothing and ends at once must not be begun again at once.
      if (failures === failuresBefore) await clock.sleep(backoffDelay(backoff, failures, random), signal)
      signal.throwIfAborted()
    }
  }

  while (!signal.aborted) {
    try {
      const list = await cluster.list(kind, options)
      sink.replace(list.items, list.resourceVersion)
      await follow(list.resourceVersion)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Expired)) sink.lost(error)
      failures++
      await clock.sleep(backoffDelay(backoff, failures, random), signal).catch(() => {})
    }
  }
}
