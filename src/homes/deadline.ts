/**
 * Calls `late` after `milliseconds` unless the returned function is called before. Messages that came in while this process
 * itself was kept from running are handled first, so that nobody is blamed for our own delay.
 */
export function afterDeadline(milliseconds: number, late: () => void): () => void {
  let cancelled = false
  const unlessCancelled = (): void => {
    if (!cancelled) late()
  }
  const timer = setTimeout(() => setImmediate(() => setImmediate(unlessCancelled)), milliseconds)
  return () => {
    cancelled = true
    clearTimeout(timer)
  }
}

/** What `work` resolves to, or the error of `late` after `milliseconds`; the work itself goes on. */
export function within<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = afterDeadline(milliseconds, () => reject(late()))
    work.then(resolve, reject).finally(cancel)
  })
}
