import type { LogLine } from '../contract/log-schemas.ts'
import { timeOf } from './log-line.ts'

/**
 * Lets each line of a log through once, although the log is read again from the second of its last line on: a cluster keeps
 * the order of lines and leaves out those before a whole second, so that the first so many of them are known.
 */
export interface Resumable {
  isNew(line: LogLine): boolean
  /** To be called before the log is read again; gives the time to read it from, or undefined for its start. */
  again(): string | undefined
  /** Lines since the beginning of the second of the last line. */
  readonly inLastSecond: number
}

const lengthOfSecond = '2026-11-22T10:00:00'.length

export function resumable(): Resumable {
  let last = ''
  let second = ''
  let count = 0
  /** How many lines to pass over still. */
  let known = 0
  /** The time of the line before, which is that of a line without one: the rest of a long line. */
  let before = ''

  function add(time: string): void {
    if (time > last) last = time
    const latest = last.slice(0, lengthOfSecond)
    if (latest > second) {
      second = latest
      count = 0
    }
    if (time >= second) count++
  }

  return {
    isNew({ datetime }) {
      before = timeOf(datetime) || before
      // A later line shows that the log has lost some, as when a cluster begins a new file.
      if (before > last) known = 0
      if (known > 0) {
        known--
        return false
      }
      add(before)
      return true
    },
    again() {
      known = count
      before = ''
      return second === '' ? undefined : `${second}Z`
    },
    get inLastSecond() {
      return count
    },
  }
}
