/** Like `Promise.all` over a map, with at most `most` calls under way; after the first error no more are begun. */
export async function mapBounded<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const rest = items.entries()
  let hasFailed = false
  const worker = async (): Promise<void> => {
    // All workers take from the one iterator.
    for (const [at, item] of rest) {
      if (hasFailed) return
      results[at] = await work(item)
    }
  }
  const workers = Array.from({ length: Math.min(most, items.length) }, worker)
  const ends = await Promise.allSettled(
    workers.map(end =>
      end.catch(error => {
        hasFailed = true
        throw error
      }),
    ),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
