import type { Finding } from '../contract/explain-schemas.ts'
import type { JobStatus } from '../contract/schemas.ts'
import { printable } from '../platform/printable.ts'
import { momentOf, momentText } from './lenient.ts'

/** Why a job is as it is, for programs: a closed list. */
export const causeCodes = [
  // Nothing is wrong.
  'starting',
  'running_well',
  'finished_well',
  'waiting_for_schedule',
  'rolling_out',
  'suspended',
  'stopped',
  'being_deleted',
  // The job's own doing.
  'exit_code',
  'command_not_found',
  'not_executable',
  'out_of_memory',
  'crash_loop',
  'health_check_failing',
  'deadline_exceeded',
  'image_not_found',
  'image_pull_denied',
  'image_name_invalid',
  'config_error',
  'volume_missing',
  'schedule_invalid',
  'previous_run_still_running',
  // What it may have.
  'quota_exceeded',
  'limit_range',
  'admission_denied',
  'unschedulable',
  // The cluster's.
  'image_pull_failed',
  'start_deadline_missed',
  'never_scheduled',
  'start_failed',
  'evicted',
  'node_lost',
  'cluster_trouble',
  'result_lost',
  // What runs is not what was asked for.
  'out_of_sync',
] as const
export type CauseCode = (typeof causeCodes)[number]

export interface Cause {
  readonly code: CauseCode
  /** What is so, in a sentence without a full stop. */
  readonly says: string
  /** What to do about it, to go on with after a semicolon. */
  readonly todo?: string
  /** What it was seen by, from the job inwards. */
  readonly findings?: readonly Finding[]
}

export interface Verdict {
  readonly short: JobStatus['short']
  /** In the words of the clients before 16.2.2: they wait for `Completed` or `Failed`. */
  readonly old: string
  readonly cause: Cause
  /** What to know besides, in sentences without full stops. */
  readonly notes: readonly string[]
  /** Since when it is so, RFC 3339. */
  readonly since?: string | undefined
}

export const sentence = ({ says, todo }: Cause): string => (todo === undefined ? says : `${says}; ${todo}`)

/** The same cause, seen by these as well, which are nearer to the job. */
export const seenBy = (cause: Cause, ...findings: Finding[]): Cause => ({
  ...cause,
  findings: [...findings, ...(cause.findings ?? [])],
})

/** A finding; without a moment where none is known. */
export function finding(object: string, says: string, since?: string): Finding {
  const at = momentText(momentOf(since))
  return {
    object: printable(object, 260),
    says: says === '' ? 'says nothing' : says,
    ...(at === undefined ? {} : { since: at }),
  }
}
