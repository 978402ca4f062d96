/** Puts what several loops give into one, as it comes. */
export interface Funnel<T> {
  /** Resolves when the value has been taken, or nobody takes any more. */
  put(value: T): Promise<void>
  /** Ends the loop once all that was put has been taken. */
  end(): void
  /** Ends the loop with an error, at once. */
  fail(error: unknown): void
  /** To be read by one loop. */
  values(): AsyncGenerator<T, void, undefined>
}

export function createFunnel<T>(): Funnel<T> {
  const waiting: { value: T; taken: () => void }[] = []
  let isClosed = false
  let isEnded = false
  let failure: { error: unknown } | undefined
  let next = Promise.withResolvers<void>()
  const wake = (): void => {
    next.resolve()
    next = Promise.withResolvers()
  }
  async function* take(): AsyncGenerator<T, void, undefined> {
    while (!isEnded || waiting.length > 0) {
      if (failure !== undefined) throw failure.error
      const first = waiting.shift()
      if (first === undefined) await next.promise
      else yield* once(first)
    }
  }
  function* once({ value, taken }: { value: T; taken: () => void }): Generator<T, void, undefined> {
    try {
      yield value
    } finally {
      taken()
    }
  }
  return {
    async put(value) {
      if (isClosed) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ value, taken: resolve })
      wake()
      await promise
    },
    end() {
      isEnded = true
      wake()
    },
    fail(error) {
      failure ??= { error }
      wake()
    },
    async *values() {
      try {
        yield* take()
      } finally {
        isClosed = true
        for (const { taken } of waiting.splice(0)) taken()
      }
    },
  }
}
