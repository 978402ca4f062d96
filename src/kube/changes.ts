import { isRefusal } from '../contract/errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { KindName } from './kinds.ts'
import { reflect } from './reflector.ts'
import type { ToolCluster } from './tool-cluster.ts'

/** A sign that something happened; several before it is looked at are one. */
export interface Signal {
  tell(): void
  /** All that wait, and those who come later, get the error. */
  fail(error: unknown): void
  /** Ends the loop without an error. */
  end(): void
  /** Yields once for all that was told since it yielded last. */
  told(): AsyncGenerator<void, void, undefined>
}

export function createSignal(): Signal {
  let isTold = false
  let ended: { error?: unknown } | undefined
  let next = Promise.withResolvers<void>()
  const wake = (): void => {
    next.resolve()
    next = Promise.withResolvers()
  }
  const finish = (how: { error?: unknown }): void => {
    ended ??= how
    wake()
  }
  return {
    tell() {
      isTold = true
      wake()
    },
    fail: error => finish({ error }),
    end: () => finish({}),
    async *told() {
      for (;;) {
        if (ended !== undefined) return fall(ended)
        if (!isTold) await next.promise
        else {
          isTold = false
          yield
        }
      }
    },
  }
}

function fall(ended: { error?: unknown }): void {
  if ('error' in ended) throw ended.error
}

export interface Looking {
  kinds: readonly KindName[]
  clock: Clock
  signal: AbortSignal
}

/** `ToolCluster.changes` by lists and watches of its own. */
export async function* changesOf(
  cluster: Pick<ToolCluster, 'list' | 'watch'>,
  { kinds, clock, signal }: Looking,
): AsyncGenerator<void, void, undefined> {
  const stop = new AbortController()
  const changed = createSignal()
  const toLoad = new Set(kinds)
  if (toLoad.size === 0) changed.tell()
  const follow = (kind: KindName): Promise<void> =>
    reflect(cluster, {
      kind,
      clock,
      signal: stop.signal,
      sink: {
        replace() {
          toLoad.delete(kind)
          if (toLoad.size === 0) changed.tell()
        },
        event(event) {
          if (event.type !== 'BOOKMARK' && toLoad.size === 0) changed.tell()
        },
        lost(error) {
          // What cannot be looked at in the beginning is the caller's to know; later on it is tried again.
          if (toLoad.has(kind) || isRefusal(error, 'not_allowed')) changed.fail(error)
        },
      },
    })
  const end = (): void => changed.end()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const following = signal.aborted ? [] : [...toLoad].map(follow)
  try {
    yield* changed.told()
  } finally {
    signal.removeEventListener('abort', end)
    stop.abort()
    await Promise.all(following)
  }
}
