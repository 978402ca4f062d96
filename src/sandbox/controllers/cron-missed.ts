import type { CronJob } from '../kinds/types.ts'
import type { Schedule } from './cron-schedule.ts'

/** How many of a cron job's moments have passed unused since its last one, or since it was made. */
export type Missed = 'none' | 'few' | 'many'

export interface Recent {
  /** From when on moments count, in milliseconds since 1970. */
  earliest: number
  /** The latest moment that has passed unused. */
  moment: number | undefined
  missed: Missed
}

/** Kubernetes wakes a little after the moment. */
const delay = 100
const many = 100

/**
 * The latest moment between a cron job's last one and now, as Kubernetes' controller finds it. With `deadline` nothing
 * counts that is further back than startingDeadlineSeconds.
 * @returns undefined for a schedule that never comes up.
 */
export function mostRecent(
  { metadata, spec, status }: CronJob,
  schedule: Schedule,
  { now, deadline }: { now: number; deadline: boolean },
): Recent | undefined {
  const last = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp)
  const limit = deadline ? now - (spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000 : last
  const earliest = Math.max(last, limit)
  const first = schedule.next(earliest)
  if (first === undefined) return undefined
  if (now < first) return { earliest, moment: undefined, missed: 'none' }
  const second = schedule.next(first)
  if (second === undefined) return undefined
  if (now < second) return { earliest, moment: first, missed: 'none' }
  // A guess by the first interval, from where on the moments are looked at one by one.
  const interval = second - first
  const count = Math.floor((now - first) / interval) + 1
  const moment = latest(schedule, first + (count - 2) * interval, now)
  return { earliest, moment, missed: count > many ? 'many' : 'few' }
}

function latest(schedule: Schedule, after: number, now: number): number | undefined {
  let found: number | undefined
  for (let moment = schedule.next(after); moment !== undefined && moment <= now; moment = schedule.next(moment)) {
    found = moment
  }
  return found
}

/** Milliseconds until a cron job is to be looked at for its next moment; 0 for a schedule that never comes up. */
export function untilNext(cronJob: CronJob, schedule: Schedule, now: number): number {
  const recent = mostRecent(cronJob, schedule, { now, deadline: false })
  const since = recent?.moment ?? (recent?.missed === 'none' ? recent.earliest : now)
  const next = schedule.next(since)
  return next === undefined ? 0 : Math.max(0, next + delay - now)
}
