import { timeOf } from './log-line.ts'

/** Where a line stands among those of all pods of a job: the same each time the logs are read, whatever has come or gone since. */
export interface LogPosition {
  /** As `timeOf` writes it; never less than that of the line before it in its pod's log, in which lines keep their order. */
  readonly time: string
  /** The uid of its pod. */
  readonly pod: string
  /** Its number among the lines of the pod with that time, the first being 0. */
  readonly line: number
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

export const comparePositions = (a: LogPosition, b: LogPosition): number =>
  compare(a.time, b.time) || compare(a.pod, b.pod) || a.line - b.line

/** Gives the lines of a pod's log their positions, from its start on or from a time that is always the same. */
export function positions(pod: string): (datetime: string) => LogPosition {
  let latest = ''
  let count = 0
  return datetime => {
    const time = timeOf(datetime)
    if (time > latest) {
      latest = time
      count = 0
    }
    return { time: latest, pod, line: count++ }
  }
}
