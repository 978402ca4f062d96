import type { LogLine } from '../contract/log-schemas.ts'

const stamped = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})) ?/

/** A line of a pod's log as Kubernetes gives it with its time in front. */
export function parseLogLine(pod: { name: string; container: string }, text: string): LogLine {
  const [stamp = '', datetime = ''] = stamped.exec(text) ?? []
  return { datetime, pod: pod.name, container: pod.container, message: text.slice(stamp.length) }
}

/** When a line was written, milliseconds since 1970; NaN where nobody noted it. */
export const momentOf = ({ datetime }: LogLine): number => Date.parse(datetime)

const inUtc = (datetime: string): string => {
  const moment = Date.parse(`${datetime.slice(0, 19)}${datetime.slice(-6)}`)
  return Number.isNaN(moment) ? '' : new Date(moment).toISOString().slice(0, 19)
}

/** A line's time in UTC to the nanosecond, in a form whose order as text is that of time; empty where nobody noted it. */
export function timeOf(datetime: string): string {
  const whole = datetime.endsWith('Z') ? datetime.slice(0, 19) : inUtc(datetime)
  const [, fraction = ''] = /\.(\d*)/.exec(datetime) ?? []
  return whole === '' ? '' : `${whole}.${fraction.padEnd(9, '0').slice(0, 9)}`
}
