import { durationText } from './duration.ts'
import { manualAnnotation } from './labels.ts'
import { countOf, itemsOf, momentOf, momentText, textOf } from './lenient.ts'
import { endOf, madeAt, momentOfEvent, nameOf, podsOf, timeOf, uidOf } from './observed.ts'
import { said } from './pod-status.ts'
import { nextRuns } from './schedule.ts'
import { type Cause, finding, seenBy, sentence, type Verdict } from './status-cause.ts'
import { refusalCause } from './status-refusal.ts'
import { isRefusal, runVerdict } from './status-run.ts'
import type { KubeCronJob, KubeEvent, KubeJob, KubePod } from './wire.ts'

/** The times of a schedule after now, RFC 3339. */
export interface Slots {
  /** The soonest first. */
  readonly nextRuns?: readonly string[]
}

export interface ScheduledVerdict extends Verdict {
  /** When it ran last, RFC 3339; undefined before the first run. */
  readonly previous?: string
}

interface Look extends Slots {
  readonly cronJob: KubeCronJob
  /** Those that are not being deleted, the oldest first. */
  readonly runs: readonly KubeJob[]
  readonly pods: readonly KubePod[]
  readonly events: readonly KubeEvent[]
  readonly now: number
}

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

const annotation = (job: KubeJob, name: string): string => textOf(job.metadata?.annotations?.[name])

/** Whether a run was started by hand and not by the schedule. */
const isManual = (job: KubeJob): boolean => annotation(job, manualAnnotation) === 'manual'

/** The time of the schedule that a run is for, milliseconds since 1970; of one started by hand when it was made. */
const slotOf = (job: KubeJob): number =>
  (isManual(job) ? undefined : momentOf(annotation(job, scheduledAnnotation))) ?? momentOf(madeAt(job)) ?? 0

/** What a scheduled job does, and why: its newest run decides, whether the schedule or a person started it. */
export function scheduledVerdict(
  cronJob: KubeCronJob,
  { jobs, ...rest }: Omit<Look, 'cronJob' | 'runs'> & { jobs: readonly KubeJob[] },
): ScheduledVerdict {
  const runs = jobs.filter(job => textOf(job.metadata?.deletionTimestamp) === '')
  const look: Look = { cronJob, runs, ...rest }
  const newest = runs.at(-1)
  const verdict = newest === undefined ? withoutRun(look) : ofRun(newest, look)
  const previous = previousOf(look)
  const withMiss = withMissed(verdict, look)
  return {
    ...withMiss,
    cause: seenBy(withMiss.cause, finding(`cronjob/${nameOf(cronJob)}`, scheduleText(look), madeAt(cronJob))),
    ...(previous === undefined ? {} : { previous }),
  }
}

function scheduleText({ cronJob: { spec } }: Look): string {
  const zone = textOf(spec?.timeZone)
  const suspended = spec?.suspend === true ? ', suspended' : ''
  return `runs at ${said(spec?.schedule)}${zone === '' ? '' : ` (${said(zone)})`}${suspended}`
}

/** The moment of the last start, be it the schedule's or a person's. */
function previousOf({ cronJob, runs }: Look): string | undefined {
  const last = runs.at(-1)
  const latest = Math.max(momentOf(cronJob.status?.lastScheduleTime) ?? 0, last === undefined ? 0 : slotOf(last))
  return latest === 0 ? undefined : momentText(latest)
}

function next({ nextRuns }: Slots): string[] {
  const soonest = momentText(momentOf(nextRuns?.[0]))
  return soonest === undefined ? [] : [`It runs next at ${soonest}`]
}

function ofRun(newest: KubeJob, look: Look): Verdict {
  const { now, cronJob } = look
  const pods = podsOf(newest, look.pods)
  const own = new Set([uidOf(newest), ...pods.map(uidOf)])
  const events = look.events.filter(event => own.has(textOf(event.involvedObject?.uid)) || isAboutPodOf(newest, event))
  const verdict = runVerdict({ job: newest, pods, events, now })
  const previous = previousOf(look) ?? 'unknown'
  const suspended = cronJob.spec?.suspend === true ? ['It is suspended: no run starts until that is taken back'] : []
  switch (verdict.short) {
    case 'succeeded':
      if (suspended.length > 0) return suspendedVerdict(look)
      return { ...verdict, old: `Last schedule time: ${previous}` }
    case 'failed': {
      const cause = { ...verdict.cause, says: `The last run failed. ${verdict.cause.says}` }
      const notes = [...verdict.notes, ...(suspended.length > 0 ? suspended : next(look))]
      return { ...verdict, cause, notes, old: `Last schedule time: ${previous} (failed)` }
    }
    case 'running': {
      const began = momentOf(verdict.since)
      const old = began === undefined ? 'Running' : `Running for ${durationText(now - began)}`
      return { ...verdict, old, notes: [...verdict.notes, ...suspended] }
    }
    default:
      return { ...verdict, notes: [...verdict.notes, ...suspended] }
  }
}

const isAboutPodOf = (job: KubeJob, { involvedObject }: KubeEvent): boolean =>
  involvedObject?.kind === 'Pod' && textOf(involvedObject.name).slice(0, -5) === `${nameOf(job)}-`.slice(0, 58)

function suspendedVerdict({ cronJob }: Look): Verdict {
  const cause: Cause = {
    code: 'suspended',
    says: 'It is suspended: no run starts until that is taken back',
    todo: 'to run it now, restart it',
  }
  return { short: 'pending', old: 'Suspended', cause, notes: [], since: madeAt(cronJob) }
}

/** None of its runs is there: it has not run yet, or they were removed. */
function withoutRun(look: Look): Verdict {
  const { cronJob } = look
  if (cronJob.spec?.suspend === true) return suspendedVerdict(look)
  const since = madeAt(cronJob)
  const invalid = invalidSchedule(look)
  if (invalid !== undefined) return { short: 'failed', old: 'Failed', cause: invalid, notes: [], since }
  const last = momentText(momentOf(cronJob.status?.lastScheduleTime))
  const success = momentText(momentOf(cronJob.status?.lastSuccessfulTime))
  if (last === undefined) {
    const cause: Cause = { code: 'waiting_for_schedule', says: 'It has not run yet' }
    return { short: 'pending', old: 'Waiting for scheduled time', cause, notes: next(look), since }
  }
  const old = `Last schedule time: ${last}`
  if (success !== undefined && success >= last) {
    const cause: Cause = { code: 'finished_well', says: `Its last run ended well at ${success}` }
    return { short: 'succeeded', old, cause, notes: [], since: success }
  }
  const cause: Cause = { code: 'result_lost', says: `It ran last at ${last}; how that ended is no longer known` }
  return { short: 'pending', old, cause, notes: next(look), since }
}

const invalidReasons = ['UnparseableSchedule', 'InvalidSchedule', 'UnknownTimeZone']

function invalidSchedule({ events, cronJob }: Look): Cause | undefined {
  const event = events.find(one => invalidReasons.includes(textOf(one.reason)) && isAboutCronJob(one, cronJob))
  return (
    event && {
      code: 'schedule_invalid',
      says: `The cluster does not understand its schedule (${said(event.message)})`,
      todo: 'give it another schedule or time zone',
    }
  )
}

const isAboutCronJob = ({ involvedObject }: KubeEvent, cronJob: KubeCronJob): boolean =>
  uidOf(cronJob) !== '' && involvedObject?.uid === uidOf(cronJob)

/** Milliseconds that a start may be late besides the deadline for it, before a run counts as missed. */
const slack = 60_000

/**
 * Since when the schedule has been as it is, as far as the object tells, milliseconds since 1970; undefined where nobody
 * knows: it was changed, and what is kept of the object does not hold when.
 */
function unchangedSince({ metadata }: KubeCronJob): number | undefined {
  const writes = itemsOf(metadata?.managedFields).filter(({ subresource }) => subresource !== 'status')
  if (writes.length === 0 && countOf(metadata?.generation) > 1) return undefined
  return Math.max(0, ...[metadata?.creationTimestamp, ...writes.map(({ time }) => time)].map(at => momentOf(at) ?? 0))
}

interface Miss {
  readonly says: string
  readonly cause: Cause
  /** Whether nothing but the run before stands in the way. */
  readonly isWaiting: boolean
}

/** The last moment for which a run was started by the schedule, milliseconds since 1970. */
const coveredUntil = ({ cronJob, runs }: Look): number =>
  Math.max(momentOf(cronJob.status?.lastScheduleTime) ?? 0, ...runs.filter(run => !isManual(run)).map(slotOf))

/** The first time of the schedule for which a run should have been started and was not, milliseconds since 1970. */
function firstDue({ cronJob, now }: Look, covered: number): number | undefined {
  const since = unchangedSince(cronJob)
  if (since === undefined || since === 0) return undefined
  const { schedule, timeZone } = cronJob.spec ?? {}
  const timetable = { schedule: textOf(schedule), timezone: textOf(timeZone) || undefined }
  const [first] = nextRuns(timetable, Math.max(since, covered), 1)
  const due = momentOf(first)
  return due !== undefined && due <= now ? due : undefined
}

/** A run that should have been started and was not. */
function missOf(look: Look): Miss | undefined {
  if (look.cronJob.spec?.suspend === true) return undefined
  const covered = coveredUntil(look)
  const due = firstDue(look, covered)
  return (
    (due === undefined ? undefined : blocked(look, due)) ?? refused(look, covered) ?? missed(look, { covered, due })
  )
}

function blocked({ cronJob, runs }: Look, due: number): Miss | undefined {
  const active = runs.find(run => endOf(run) === undefined)
  if (active === undefined || cronJob.spec?.concurrencyPolicy !== 'Forbid') return undefined
  const cause: Cause = {
    code: 'previous_run_still_running',
    says: `The run of ${momentText(due)} has not started: the run of ${momentText(slotOf(active))} has not ended yet, and two never run at once`,
    todo: 'let it do less at once, give it a time limit (--timeout), or run it less often',
    findings: [finding(`job/${nameOf(active)}`, 'has not ended yet', madeAt(active))],
  }
  return { says: sentence(cause), cause, isWaiting: true }
}

const eventAfter = ({ events, cronJob }: Look, covered: number, isWanted: (event: KubeEvent) => boolean) =>
  events.find(event => isWanted(event) && isAboutCronJob(event, cronJob) && momentOfEvent(event) > covered)

/** The cluster would not make the run. */
function refused(look: Look, covered: number): Miss | undefined {
  const event = eventAfter(look, covered, isRefusal)
  if (event === undefined) return undefined
  const seen = finding(`cronjob/${nameOf(look.cronJob)}`, 'the cluster refuses to make a run', timeOf(event))
  const cause = seenBy(refusalCause(textOf(event.message)), seen)
  const says = `A run was not started. ${cause.says}`
  const todo =
    cause.code === 'quota_exceeded'
      ? 'delete what is not needed: the next run starts if there is room then'
      : cause.todo
  const whole = { ...cause, says, ...(todo === undefined ? {} : { todo }) }
  return { says: sentence(whole), cause: whole, isWaiting: false }
}

const missReasons = ['MissSchedule', 'TooManyMissedTimes']

/** Nobody was there to start it in time. */
function missed(look: Look, { covered, due }: { covered: number; due: number | undefined }): Miss | undefined {
  const { cronJob, now } = look
  const seconds = countOf(cronJob.spec?.startingDeadlineSeconds)
  const event = eventAfter(look, covered, ({ reason }) => missReasons.includes(textOf(reason)))
  const isLate = due !== undefined && now >= due + seconds * 1000 + slack
  if (event === undefined && !isLate) return undefined
  const which = due === undefined ? 'A run' : `The run of ${momentText(due)}`
  const within = seconds === 0 ? '' : ` within its ${seconds} seconds`
  const words = event === undefined ? '' : ` (${said(event.message)})`
  const cause: Cause = {
    code: textOf(cronJob.status?.lastScheduleTime) === '' ? 'never_scheduled' : 'start_deadline_missed',
    says: `${which} was missed: the cluster did not start it${within}${words}`,
    todo: 'to run it now, restart it',
    findings: [
      finding(`cronjob/${nameOf(cronJob)}`, `no run was started${due === undefined ? '' : ` at ${momentText(due)}`}`),
    ],
  }
  return { says: sentence(cause), cause, isWaiting: false }
}

/** What a miss is the first cause of: where nothing is wrong with the run before. */
const calm = ['finished_well', 'waiting_for_schedule', 'result_lost', 'running_well']

/** Adds that a run was missed. */
function withMissed(verdict: Verdict, look: Look): Verdict {
  const { code } = verdict.cause
  const miss = code === 'schedule_invalid' ? undefined : missOf(look)
  if (miss === undefined) return verdict
  const isFirst = miss.isWaiting ? code === 'running_well' : calm.includes(code)
  return isFirst ? { ...verdict, cause: miss.cause } : { ...verdict, notes: [...verdict.notes, miss.says] }
}
