import { rfc3339 } from '../../platform/clock.ts'
import type { Job, Pod } from '../kinds/types.ts'
import { isFailed, isSucceeded, isTracked } from './job-pods.ts'
import { isActive, isReady, isTerminating } from './pods.ts'

export type JobStatus = Job['status']
type Condition = NonNullable<JobStatus['conditions']>[number]

/** How a job is to end: a condition that holds before its pods are gone, and the one for afterwards. */
export interface Ending {
  interim: 'FailureTarget' | 'SuccessCriteriaMet'
  reason: string
  message: string
}

export const finalOf = ({ interim }: Ending): 'Failed' | 'Complete' =>
  interim === 'FailureTarget' ? 'Failed' : 'Complete'

export const conditionOf = ({ conditions }: JobStatus, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type)

export const holds = (status: JobStatus, type: string): boolean => conditionOf(status, type)?.status === 'True'

/** The condition by which a job has ended. */
export const finished = (status: JobStatus): Condition | undefined =>
  status.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')

/** The conditions with this one; as they were when it says nothing new, or says False of what nobody spoke of. */
export function withCondition(
  conditions: readonly Condition[],
  { type, status, reason, message }: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): Condition[] {
  const before = conditions.find(condition => condition.type === type)
  if (before === undefined && status === 'False') return [...conditions]
  if (before?.status === status && before.reason === reason && before.message === message) return [...conditions]
  const time = rfc3339(now)
  const next = {
    type,
    status,
    reason: reason ?? '',
    message: message ?? '',
    lastProbeTime: time,
    lastTransitionTime: time,
  }
  return before === undefined ? [...conditions, next] : conditions.map(one => (one === before ? next : one))
}

/** The pods that no longer need to be kept for counting, once the status counts them. */
export function toRelease(job: Job, pods: readonly Pod[], ending: Ending | undefined): Pod[] {
  const all = ending !== undefined || job.metadata.deletionTimestamp !== undefined
  return pods.filter(pod => isTracked(pod) && (all || isSucceeded(pod) || isFailed(pod, job)))
}

const some = <Name extends string>(name: Name, count: number): { [Key in Name]?: number } => {
  const field: { [Key in Name]?: number } = {}
  if (count > 0) field[name] = count
  return field
}

export interface Observed {
  job: Job
  pods: readonly Pod[]
  now: number
}

/** What the job's status is to be with these pods. */
export function nextStatus({ job, pods, now }: Observed, ending: Ending | undefined): JobStatus {
  const released = toRelease(job, pods, ending)
  const succeeded = released.filter(isSucceeded).length
  const failed = released.filter(pod => !isSucceeded(pod) && countsAsFailed(pod, job, ending)).length
  const active = pods.filter(isActive)
  const terminating = pods.filter(isTerminating).length
  const over = ending !== undefined && active.length + terminating === 0
  const { status } = job
  const completion = over && finalOf(ending) === 'Complete' ? { completionTime: rfc3339(now) } : {}
  return {
    ...startOf(job, now),
    ...conditionsOf(job, { ending, over, now }),
    ...some('active', active.length),
    ...some('succeeded', (status.succeeded ?? 0) + succeeded),
    ...some('failed', (status.failed ?? 0) + failed),
    ready: active.filter(isReady).length,
    terminating,
    uncountedTerminatedPods: {},
    ...completion,
  }
}

const countsAsFailed = (pod: Pod, job: Job, ending: Ending | undefined): boolean =>
  isFailed(pod, job) || ending?.interim === 'FailureTarget'

/** A job starts when it is first seen, and again whenever it is resumed. */
function startOf({ spec, status }: Job, now: number): { startTime?: string } {
  if (spec.suspend) return {}
  const resumed = holds(status, 'Suspended')
  return { startTime: status.startTime === undefined || resumed ? rfc3339(now) : status.startTime }
}

const suspended = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
const resumed = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }

function conditionsOf(
  { spec, status }: Job,
  { ending, over, now }: { ending: Ending | undefined; over: boolean; now: number },
): { conditions?: Condition[] } {
  let conditions = status.conditions ?? []
  if (ending === undefined) conditions = withCondition(conditions, spec.suspend ? suspended : resumed, now)
  else {
    const { reason, message, interim } = ending
    conditions = withCondition(conditions, { type: interim, status: 'True', reason, message }, now)
    const final = { type: finalOf(ending), status: 'True', reason, message }
    if (over) conditions = withCondition(conditions, final, now)
  }
  return conditions.length === 0 ? {} : { conditions: [...conditions] }
}
