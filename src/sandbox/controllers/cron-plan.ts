import type { CronJob, Job } from '../kinds/types.ts'
import { mostRecent, untilNext } from './cron-missed.ts'
import { type Reference, runName } from './cron-run.ts'
import { createSchedule } from './cron-schedule.ts'
import type { Occurrence } from './events.ts'
import { finished } from './job-status.ts'

export type Saying = Pick<Occurrence, 'type' | 'reason' | 'message'>

/** What is to be done for a cron job now. */
export interface CronPlan {
  /** Finished runs to remove: there are more of them than are to be kept. */
  expired: readonly Job[]
  events: readonly Saying[]
  /** How the status will be, as long as nothing is started. */
  status: CronJob['status']
  /** The moment (milliseconds since 1970) for which a run is to be started, and those to be removed before. */
  start: { moment: number; replaces: readonly Reference[] } | undefined
  /** Milliseconds until to look again; infinite for: when something changes. */
  wait: number
}

interface Seen {
  cronJob: CronJob
  /** Jobs whose controller has the cron job's name. */
  jobs: readonly Job[]
  /** Whether there is a job of this name, whoever has it. */
  exists(name: string): boolean
  now: number
}

/** What Kubernetes' controller would do for this cron job with these runs at this time. */
export function planCron(seen: Seen): CronPlan {
  const { cronJob, jobs, now } = seen
  const expired = expiredRuns(cronJob, jobs)
  const { events, status } = observed(seen, expired)
  const plan = { expired, events, status, start: undefined, wait: Number.POSITIVE_INFINITY }
  if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend) return plan
  const decision = decide({ ...cronJob, status }, now)
  return { ...plan, ...decision, events: [...events, ...decision.events] }
}

/** The oldest of those that have succeeded, and of those that have failed, beyond what is kept of each. */
function expiredRuns({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const kept = { Complete: spec.successfulJobsHistoryLimit ?? 3, Failed: spec.failedJobsHistoryLimit ?? 1 }
  return (['Complete', 'Failed'] as const).flatMap(end => {
    const ended = jobs.filter(({ status }) => finished(status)?.type === end).toSorted(byStart)
    return ended.slice(0, Math.max(0, ended.length - kept[end]))
  })
}

const startOf = ({ status }: Job): number => Date.parse(status.startTime ?? '9999-12-31T23:59:59Z')

const byStart = (a: Job, b: Job): number => startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1)

/** What the runs say: which are over, which nobody knew of, which are gone. */
function observed({ cronJob: { status }, jobs, exists }: Seen, expired: readonly Job[]) {
  const removed = new Set(expired.map(({ metadata }) => metadata.uid))
  const known = (status.active ?? []).filter(({ uid = '' }) => !removed.has(uid))
  const isKnown = ({ metadata }: Job) => known.some(({ uid }) => uid === metadata.uid)
  const over = jobs.filter(job => finished(job.status) !== undefined)
  const unexpected = jobs.filter(job => !over.includes(job) && !isKnown(job))
  const ended = over.filter(isKnown)
  const isRun = ({ uid }: Reference) => jobs.some(({ metadata }) => metadata.uid === uid)
  const missing = known.filter(reference => !isRun(reference) && !exists(reference.name ?? ''))
  const active = known.filter(
    reference => !missing.includes(reference) && !ended.some(({ metadata }) => metadata.uid === reference.uid),
  )
  const lastSuccessfulTime = latestSuccess(over, status.lastSuccessfulTime)
  return {
    events: [...unexpected.map(sawUnexpected), ...ended.map(sawEnded), ...missing.map(sawMissing)],
    status: {
      ...(active.length > 0 ? { active } : {}),
      ...(status.lastScheduleTime === undefined ? {} : { lastScheduleTime: status.lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    },
  }
}

const sawUnexpected = ({ metadata }: Job): Saying => ({
  type: 'Warning',
  reason: 'UnexpectedJob',
  message: `Saw a job that the controller did not create or forgot: ${metadata.name}`,
})

const sawEnded = ({ metadata, status }: Job): Saying => ({
  type: 'Normal',
  reason: 'SawCompletedJob',
  message: `Saw completed job: ${metadata.name}, condition: ${finished(status)?.type}`,
})

const sawMissing = ({ name }: Reference): Saying => ({
  type: 'Normal',
  reason: 'MissingJob',
  message: `Active job went missing: ${name}`,
})

/** RFC 3339 in UTC can be compared as texts. */
const latestSuccess = (over: readonly Job[], before: string | undefined): string | undefined =>
  over
    .filter(({ status }) => finished(status)?.type === 'Complete')
    .flatMap(({ status }) => status.completionTime ?? [])
    .reduce<string | undefined>((latest, time) => (latest === undefined || time > latest ? time : latest), before)

type Decision = Pick<CronPlan, 'events' | 'wait'> & Partial<Pick<CronPlan, 'start'>>

/** Whether a run is due, and whether it may start. */
function decide(cronJob: CronJob, now: number): Decision {
  const { spec, status } = cronJob
  const schedule = createSchedule(spec.schedule, spec.timeZone)
  const recent = mostRecent(cronJob, schedule, { now, deadline: true })
  const events: Saying[] = []
  if (recent === undefined) {
    const why = 'time difference between two schedules is less than 1 second'
    events.push({ type: 'Warning', reason: 'InvalidSchedule', message: `invalid schedule: ${spec.schedule} : ${why}` })
    return { events, wait: Number.POSITIVE_INFINITY }
  }
  const { moment, missed } = recent
  const wait = untilNext(cronJob, schedule, now)
  const active = status.active ?? []
  if (moment === undefined) return { events, wait }
  if (missed === 'many') {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    events.push({ type: 'Warning', reason: 'TooManyMissedTimes', message })
  }
  if (active.some(({ name }) => name === runName(cronJob, moment))) return { events, wait }
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    return { events: [...events, { type: 'Normal', reason: 'JobAlreadyActive', message }], wait }
  }
  return { events, start: { moment, replaces: spec.concurrencyPolicy === 'Replace' ? active : [] }, wait }
}
