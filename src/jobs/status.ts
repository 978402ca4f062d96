import type { JobStatus } from '../contract/schemas.ts'
import { durationText } from './duration.ts'
import { momentOf, momentText } from './lenient.ts'
import type { Observed } from './observed.ts'
import { sentence, type Verdict } from './status-cause.ts'
import { type Circumstances, verdictOf } from './status-verdict.ts'

/** A job's state, for clients of today and for those before 16.2.2. */
export interface ShownStatus {
  readonly status: JobStatus
  readonly status_short: string
  readonly status_long: string
}

export interface StatusView extends Circumstances {
  /** Whether the object does what was asked for. */
  readonly upToDate: boolean
}

const shownRuns = 3

/** The state of a job of any type; objects that nobody can make sense of are no error. */
export function statusOf(observed: Observed, view: StatusView): ShownStatus {
  const { now, upToDate } = view
  const verdict = verdictOf(observed, view)
  const began = momentOf(verdict.since)
  const messages = [...new Set([...messagesOf(verdict), ...(upToDate ? [] : [outOfDate])])]
  const headline = began === undefined ? verdict.old : `${verdict.old} since ${momentText(began)}`
  const status: JobStatus = {
    short: verdict.short,
    messages,
    up_to_date: upToDate,
    ...(began === undefined ? {} : { duration: durationText(now - began) }),
    ...(observed.workload.kind === 'cronjobs' ? runsOf(verdict, view) : {}),
  }
  return {
    status,
    status_short: verdict.old,
    status_long: [withSince(verdict.old) ? verdict.old : headline, ...messages].join('. '),
  }
}

const outOfDate = 'What runs differs from what was asked for; delete the job and run it again'

/** Nothing is to be said of what goes well. */
const quiet = new Set(['running_well', 'finished_well'])

const messagesOf = ({ cause, notes }: Verdict): string[] =>
  quiet.has(cause.code) ? [...notes] : [sentence(cause), ...notes]

/** The words for scheduled jobs hold a time already. */
const withSince = (old: string): boolean => /^(Last schedule time|Running for)/.test(old)

function runsOf(verdict: Verdict & { previous?: string }, { nextRuns = [] }: StatusView) {
  const next = nextRuns.slice(0, shownRuns)
  return {
    ...(verdict.previous === undefined ? {} : { previous_schedule: verdict.previous }),
    ...(next[0] === undefined ? {} : { next_schedule: next[0], next_runs: next }),
  }
}
