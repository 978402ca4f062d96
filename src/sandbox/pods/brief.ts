import type { Clock } from '../../platform/clock.ts'

/** Milliseconds after which what has begun is taken for something that lasts. */
const patience = 500

/** What will probably be over soon, such as a process that has just been started, or asked to end. */
export interface Brief {
  watch(work: Promise<unknown>): void
  /** Resolves when all of it is over, or has turned out to last: until then a clock that is advanced waits. */
  rest(): Promise<void>
}

/** By the machine's clock: processes of this machine know no other. */
export function createBrief({ machine }: { machine: Clock }): Brief {
  const current = new Set<Promise<void>>()

  const outcome = async (work: Promise<unknown>): Promise<void> => {
    const over = new AbortController()
    const late = machine.sleep(patience, over.signal).catch(() => {})
    await Promise.race([work.catch(() => {}), late])
    over.abort()
  }

  return {
    watch: work => {
      const ended = outcome(work).finally(() => current.delete(ended))
      current.add(ended)
    },
    rest: async () => {
      while (current.size > 0) await Promise.all(current)
    },
  }
}
