import type { Clock } from '../../platform/clock.ts'

/** A value that is the same for all callers, and may be a little old. */
export interface SharedValue<T> {
  /**
   * The value from memory, or by `load` when it is not fresh; one caller loads for all. Where that fails, the value of before.
   * @throws what `load` throws, when there never was a value.
   */
  get(load: () => Promise<T>): Promise<T>
}

export interface SharedValueOptions {
  /** Milliseconds for which a value is good, and after which it is loaded again where that failed. */
  readonly fresh: number
  readonly retry: number
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

export function createSharedValue<T>({ fresh, retry, clock, onError }: SharedValueOptions): SharedValue<T> {
  let known: { value: T; until: number } | undefined
  let loading: Promise<T> | undefined

  async function loadNow(load: () => Promise<T>): Promise<T> {
    const value = await load()
    known = { value, until: clock.now() + fresh }
    return value
  }

  function loadOnce(load: () => Promise<T>): Promise<T> {
    loading ??= loadNow(load).finally(() => {
      loading = undefined
    })
    return loading
  }

  return {
    async get(load) {
      if (known !== undefined && clock.now() < known.until) return known.value
      try {
        // What fails for one caller may well succeed for the next.
        return await (loading === undefined ? loadOnce(load) : loading.catch(() => loadOnce(load)))
      } catch (error) {
        onError(error)
        if (known === undefined) throw error
        known.until = clock.now() + retry
        return known.value
      }
    },
  }
}
