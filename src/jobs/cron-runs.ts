import { Cron as Croner } from 'croner'
import { rfc3339 } from '../platform/clock.ts'
import { type Cron, type CronField, parseCron, restrictsBoth } from './cron.ts'

/** When a cluster starts a job: five fields, and the time zone they are meant in, UTC when there is none. */
export interface Timetable {
  readonly schedule: string
  readonly timezone?: string | undefined
}

/**
 * The next runs after a moment in milliseconds since 1970, `count` at most, RFC 3339; none when the schedule or zone is none.
 * As Kubernetes does: a local time that is skipped has no run, and one that comes twice has two. (Where midnight itself is
 * skipped, Kubernetes may miss that one day, or take the one before.)
 */
export function nextRuns({ schedule, timezone = 'UTC' }: Timetable, from: number, count = 3): string[] {
  const key = `${count} ${timezone} ${schedule}`
  const before = known.get(key)
  if (before !== undefined && from >= before.from && from < before.first) return [...before.runs]
  const found = runsAfter({ schedule, timezone }, from, count)
  const [first = Number.POSITIVE_INFINITY] = found
  const runs = found.map(rfc3339)
  known.delete(key)
  known.set(key, { from, first, runs })
  const [oldest] = known.keys()
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest)
  return [...runs]
}

/** What was found stays true until its first run: finding it takes a millisecond, and lists ask for many. */
const known = new Map<string, { readonly from: number; readonly first: number; readonly runs: readonly string[] }>()
const mostKnown = 10_000

function runsAfter({ schedule, timezone }: Required<Timetable>, from: number, count: number): number[] {
  const cron = parseCron(schedule)
  if ('problem' in cron) return []
  try {
    const runs = new Croner(patternOf(cron), {
      ...(timezone === undefined ? {} : { timezone }),
      domAndDow: restrictsBoth(cron),
      mode: '5-part',
      paused: true,
    })
    return runs.nextRuns(count, new Date(from)).map(run => run.getTime())
  } catch {
    // No such zone, or a moment beyond all calendars: objects of others may hold anything.
    return []
  }
}

const list = ({ values }: CronField): string => values.join(',')

/** All values written out, so that no star means more to one reader than to another. */
function patternOf({ minute, hour, day, month, weekday }: Cron): string {
  const [first = 0, ...others] = minute.values
  // A single time of day without a step would be moved where clocks change; Kubernetes moves none.
  const minutes = [`${first}-${first}/1`, ...others].join(',')
  return [minutes, list(hour), list(day), list(month), list(weekday)].join(' ')
}
