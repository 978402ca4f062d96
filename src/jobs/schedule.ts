import { createHash } from 'node:crypto'
import { printable } from '../platform/printable.ts'
import { everComes, parseCron } from './cron.ts'

export { nextRuns, type Timetable } from './cron-runs.ts'

/** Whose schedule it is: what a macro stands for depends on it. */
export interface ScheduleOwner {
  readonly tool: string
  readonly job: string
  readonly timezone?: string | undefined
}

interface Slot {
  readonly minute: number
  readonly hour: number
  readonly weekday: number
  /** 1 to 28: a day that every month has. */
  readonly day: number
  readonly month: number
}

const daily = ({ minute, hour }: Slot) => `${minute} ${hour} * * *`
const yearly = ({ minute, hour, day, month }: Slot) => `${minute} ${hour} ${day} ${month} *`

/** What each macro stands for in a slot, so that not all jobs of a cluster start at once. */
const macros: ReadonlyMap<string, (slot: Slot) => string> = new Map([
  ['@hourly', ({ minute }: Slot) => `${minute} * * * *`],
  ['@daily', daily],
  ['@midnight', ({ minute }: Slot) => `${minute} 0 * * *`],
  ['@weekly', ({ minute, hour, weekday }: Slot) => `${minute} ${hour} * * ${weekday}`],
  ['@monthly', ({ minute, hour, day }: Slot) => `${minute} ${hour} ${day} * *`],
  ['@yearly', yearly],
  ['@annually', yearly],
])

/** Always the same for one job. */
function slotOf({ tool, job, timezone = 'UTC' }: ScheduleOwner): Slot {
  const hash = createHash('sha256').update(`${tool} ${job}`).digest()
  const draw = (at: number, from: number, to: number) => from + (hash.readUInt32BE(at * 4) % (to - from + 1))
  return {
    minute: draw(0, 0, 59),
    // Where clocks are changed, the hours after midnight may be skipped or come twice.
    hour: draw(1, timezone === 'UTC' ? 0 : 4, 23),
    weekday: draw(2, 0, 6),
    day: draw(3, 1, 28),
    month: draw(4, 1, 12),
  }
}

/** The five fields that the cluster goes by; a text that is no schedule is given back as it is. */
export function actualSchedule(text: string, owner: ScheduleOwner): string {
  const macro = macros.get(text.trim().toLowerCase())
  if (macro !== undefined) return macro(slotOf(owner))
  const cron = parseCron(text)
  return 'problem' in cron ? text : cron.text
}

/** Why a text cannot be a job's schedule; undefined when it can. */
export function scheduleProblem(text: string): string | undefined {
  const shown = printable(text.trim(), 60)
  if (text.trim().startsWith('@')) return macroProblem(text.trim().toLowerCase(), shown)
  const cron = parseCron(text)
  if ('problem' in cron) return `schedule: '${shown}' is not understood: ${cron.problem}`
  if (everComes(cron)) return undefined
  return `schedule: '${shown}' never comes: no such month has such a day`
}

function macroProblem(macro: string, shown: string): string | undefined {
  if (macros.has(macro)) return undefined
  if (macro === '@reboot')
    return `schedule: '@reboot' does not exist here: a cluster does not start; use a continuous job`
  if (macro.startsWith('@every'))
    return `schedule: '${shown}' is not supported; write five fields, such as */15 * * * * for every 15 minutes`
  return `schedule: '${shown}' is unknown; use one of ${[...macros.keys()].join(', ')}`
}

/** Names without a place that clusters know too. */
const placeless: ReadonlySet<string> = new Set(['UTC', 'GMT'])
const zoneForm = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){1,2}$/

/** Why a text is not the name of a time zone; undefined when it is. */
export function timezoneProblem(text: string): string | undefined {
  if (placeless.has(text)) return undefined
  const shown = printable(text, 60)
  const known = zoneForm.test(text) ? ianaName(text) : undefined
  // Clusters look a name up letter by letter.
  if (known === undefined || (known.toLowerCase() === text.toLowerCase() && known !== text))
    return `timezone: '${shown}' is not the name of a time zone; write one such as Europe/Berlin, or UTC`
  return undefined
}

/** The zone that a name means, under the name that is used now; undefined when there is none. */
function ianaName(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
