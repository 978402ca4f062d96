export interface Deadline {
  milliseconds: number
  /** The caller's own. */
  signal?: AbortSignal | undefined
  late: () => Error
}

/**
 * What `work` resolves to; the error of `late` after the time, or the caller's reason at its abort, whatever the work does
 * about its own signal: a call that waits in a queue does not react to one.
 */
export function withDeadline<T>(
  { milliseconds, signal, late }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason)
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const controller = new AbortController()
  const stop = (reason: unknown): void => {
    reject(reason)
    controller.abort(reason)
  }
  const timer = setTimeout(() => stop(late()), milliseconds)
  const onAbort = (): void => stop(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  work(controller.signal).then(resolve, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  })
}
