import type { LogLine } from '../../contract/log-schemas.ts'
import { comparePositions, type LogPosition } from '../../jobs/log-position.ts'

/** A line, and where it stands among those of all pods. */
export interface Placed {
  readonly line: LogLine
  readonly at: LogPosition
}

/** Characters of a page, beyond which it ends with the line at hand. */
const mostCharacters = 4 * 1024 * 1024

/** How many of the lines a page has room for: no more than `most`, and at least one. */
export function fitting(lines: readonly Placed[], most: number): number {
  let characters = 0
  for (const [count, { line }] of lines.entries()) {
    characters += line.message.length
    if (count >= most || (characters > mostCharacters && count > 0)) return count
  }
  return lines.length
}

const byPosition = (a: Placed, b: Placed): number => comparePositions(a.at, b.at)

/** The last of the lines that were put in, as many as a page has room for. */
export function tail(most: number) {
  let kept: Placed[] = []
  let characters = 0
  let isCut = false
  const cut = (): void => {
    const newest = kept.toReversed()
    const count = fitting(newest, most)
    if (count === kept.length) return
    isCut = true
    kept = kept.slice(kept.length - count)
    characters = kept.reduce((sum, { line }) => sum + line.message.length, 0)
  }
  return {
    /** A line that comes after all that were put in one by one. */
    put(value: Placed): void {
      kept.push(value)
      characters += value.line.message.length
      // Not with each line: to cut costs as much as all that is kept.
      if (kept.length >= 2 * most + 64 || characters > 2 * mostCharacters) cut()
    },
    /** Lines in any order. */
    add(values: readonly Placed[]): void {
      kept = [...kept, ...values].sort(byPosition)
      cut()
    },
    oldestFirst(): readonly Placed[] {
      cut()
      return kept
    },
    newestFirst(): readonly Placed[] {
      cut()
      return kept.toReversed()
    },
    isCut(): boolean {
      cut()
      return isCut
    },
  }
}

/** The first of the lines that were put in, as many as a page has room for and one more. */
export function head(most: number) {
  let kept: Placed[] = []
  let characters = 0
  return {
    /** A line that comes after all that were put in one by one; false when no more are needed. */
    put(value: Placed): boolean {
      kept.push(value)
      characters += value.line.message.length
      return kept.length <= most && (characters <= mostCharacters || kept.length < 2)
    },
    /** Lines in any order. */
    add(values: readonly Placed[]): void {
      kept = [...kept, ...values].sort(byPosition)
      kept = kept.slice(0, fitting(kept, most) + 1)
    },
    /** The last line, when there is one more than a page has room for. */
    last: (): Placed | undefined => (fitting(kept, most) < kept.length ? kept.at(-1) : undefined),
    oldestFirst: (): readonly Placed[] => kept,
  }
}
