import type { Clock } from '../../platform/clock.ts'
import { groups, memoryOf } from './proc.ts'

/** Milliseconds between two looks. */
export const memoryInterval = 1000

export interface MemoryWatch {
  /** Calls `exceeded` once when the process group holds more than `limit` bytes. The result ends the watching. */
  watch(group: number, limit: number, exceeded: () => void): () => void
}

interface Watched {
  group: number
  limit: number
  exceeded: () => void
}

/** Stands in for memory control groups: one look a second at all groups together, none while there is nothing to watch. */
export function createMemoryWatch({ clock }: { clock: Clock }): MemoryWatch {
  const watched = new Set<Watched>()
  let running: AbortController | undefined

  const look = (): void => {
    const members = groups()
    for (const one of watched) {
      const held = (members.get(one.group) ?? []).reduce((sum, pid) => sum + memoryOf(pid), 0)
      if (held <= one.limit) continue
      watched.delete(one)
      one.exceeded()
    }
  }

  const run = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      try {
        await clock.sleep(memoryInterval, signal)
      } catch {
        return
      }
      look()
    }
  }

  return {
    watch: (group, limit, exceeded) => {
      const one = { group, limit, exceeded }
      watched.add(one)
      if (running === undefined) {
        running = new AbortController()
        void run(running)
      }
      return () => {
        watched.delete(one)
        if (watched.size > 0) return
        running?.abort()
        running = undefined
      }
    },
  }
}
