/** A part that runs: how it is ended. */
export type Stop = () => Promise<void>

/** Parts that are started one after the other, and ended in the opposite order: who came last depends on the others. */
export interface Parts {
  /** Starts a part; what it gave is returned, and `stop` is remembered at once, so that a failed start is cleaned up too. */
  add<T>(start: () => Promise<T>, stop: Stop): Promise<T>
  /** Ends all parts; an error of one does not keep the others alive, and is thrown at the end. */
  stop(): Promise<void>
}

export function createParts(): Parts {
  const stops: Stop[] = []
  return {
    async add(start, stop) {
      stops.push(stop)
      return await start()
    },
    async stop() {
      const errors: unknown[] = []
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
        await stop().catch(error => errors.push(error))
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything stopped well')
    },
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

/** Starts something on a port, or on a free one when another process has it. */
export async function onPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port)
  } catch (error) {
    if (port === 0 || !isTaken(error)) throw error
    return await start(0)
  }
}
