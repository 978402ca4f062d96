import type { Clock } from '../platform/clock.ts'

/** Answers by key, each asked for once for all who want it at that time, and good for a little while. */
export interface SharedAnswers<T> {
  /** The answer from memory, or by `ask`. What fails, or is undefined, is asked for again next time. @throws what `ask` throws */
  get(key: string, ask: () => Promise<T>): Promise<T>
  readonly size: number
}

export interface SharedAnswersOptions {
  readonly clock: Clock
  /** Milliseconds for which an answer is good. */
  readonly fresh: number
  /** How many are kept; the oldest goes. */
  readonly most: number
}

interface Entry<T> {
  readonly answer: Promise<T>
  /** Infinite while it is being asked for. */
  until: number
}

export function createSharedAnswers<T>({ clock, fresh, most }: SharedAnswersOptions): SharedAnswers<T> {
  const entries = new Map<string, Entry<T>>()

  const forget = (key: string, entry: Entry<T>): void => {
    if (entries.get(key) === entry) entries.delete(key)
  }

  function begin(key: string, ask: () => Promise<T>): Promise<T> {
    const entry: Entry<T> = { answer: ask(), until: Number.POSITIVE_INFINITY }
    entries.delete(key)
    entries.set(key, entry)
    for (const old of entries.keys()) {
      if (entries.size <= most) break
      entries.delete(old)
    }
    entry.answer.then(
      answer => {
        if (answer === undefined) forget(key, entry)
        else entry.until = clock.now() + fresh
      },
      () => forget(key, entry),
    )
    return entry.answer
  }

  return {
    get(key, ask) {
      const known = entries.get(key)
      return known !== undefined && clock.now() < known.until ? known.answer : begin(key, ask)
    },
    get size() {
      return entries.size
    },
  }
}
