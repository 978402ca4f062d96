import type { LogLine } from '../contract/schemas.ts'
import { containerName } from './labels.ts'

const stamped = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})) ?/

/** A line of a pod's log as Kubernetes gives it with its time in front. */
export function parseLogLine(pod: string, text: string): LogLine {
  const [stamp = '', datetime = ''] = stamped.exec(text) ?? []
  return { datetime, pod, container: containerName, message: text.slice(stamp.length) }
}

/** When a line was written, milliseconds since 1970; NaN where nobody noted it. */
export const momentOf = ({ datetime }: LogLine): number => Date.parse(datetime)

/** A line's time in a form whose order as text is that of time; all of one log are in the same zone. */
const sortable = (datetime: string): string => {
  const [, whole = '', fraction = ''] = /^(.{19})\.?(\d*)/.exec(datetime) ?? []
  return whole === '' ? '' : `${whole}.${fraction.padEnd(9, '0')}`
}

/** Lets each line of a log through once, although the log is read again from the second of its last line on. */
export interface Resumable {
  isNew(line: LogLine): boolean
  /** To be called before the log is read again; gives the time to read it from, or undefined for its start. */
  again(): string | undefined
}

export function resumable(): Resumable {
  let last = ''
  let from: string | undefined
  /** Lines with the time `last`. */
  let count = 0
  /** How many of those to pass over; undefined when all that comes is new. */
  let known: number | undefined

  function isKnown(time: string): boolean {
    if (known === undefined || time > last) return false
    if (time < last) return true
    return known-- > 0
  }

  return {
    isNew({ datetime }) {
      const time = sortable(datetime)
      if (isKnown(time)) return false
      known = undefined
      if (time === last) count++
      if (time > last) {
        last = time
        from = datetime
        count = 1
      }
      return true
    },
    again() {
      known = from === undefined ? undefined : count
      return from
    },
  }
}
