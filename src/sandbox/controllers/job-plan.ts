import type { Job, Pod } from '../kinds/types.ts'
import { type Backoff, backoffLeft, nextBackoff } from './job-backoff.ts'
import { isFailed, isSucceeded, isTracked } from './job-pods.ts'
import { conditionOf, type Ending, holds, type JobStatus, type Observed } from './job-status.ts'
import { isActive, isTerminating } from './pods.ts'

/** What is to be done for a job now. */
export interface Plan {
  /** How many pods to make. */
  create: number
  /** Pods to end. */
  remove: readonly Pod[]
  /** Whether those count as failed; they do not when the job merely has too many. */
  removedFail: boolean
  ending: Ending | undefined
  backoff: Backoff
  /** Milliseconds after which to look again, although nothing has changed; infinite for never. */
  wait: number
}

const ended = {
  backoff: {
    interim: 'FailureTarget',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  },
  deadline: {
    interim: 'FailureTarget',
    reason: 'DeadlineExceeded',
    message: 'Job was active longer than specified deadline',
  },
  success: {
    interim: 'SuccessCriteriaMet',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  },
} as const satisfies Record<string, Ending>

function alreadyEnding(status: JobStatus): Ending | undefined {
  for (const interim of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const { reason = '', message = '' } = conditionOf(status, interim) ?? {}
    if (holds(status, interim)) return { interim, reason, message }
  }
  return undefined
}

/** With restartPolicy OnFailure it is the restarts within pods that count. */
function tooManyRestarts({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false
  const restarts = pods
    .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
    .flatMap(({ status }) => status.containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
  const limit = spec.backoffLimit ?? 6
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** Milliseconds until the job's own time limit; infinite without one. */
function deadlineLeft({ spec, status }: Job, now: number): number {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend) return Number.POSITIVE_INFINITY
  const start = status.startTime === undefined || holds(status, 'Suspended') ? now : Date.parse(status.startTime)
  return start + spec.activeDeadlineSeconds * 1000 - now
}

/** How many pods should run. */
function wanted({ spec }: Job, succeeded: number, active: number): number {
  const { parallelism = 1, completions } = spec
  if (completions === undefined) return succeeded > 0 ? active : parallelism
  return Math.max(0, Math.min(parallelism, completions - succeeded))
}

/** Those that have come least far first. */
const forRemoval = (active: readonly Pod[], count: number): Pod[] =>
  active.toSorted((a, b) => Number(a.status.phase === 'Running') - Number(b.status.phase === 'Running')).slice(0, count)

/** What Kubernetes' controller would do for this job with these pods at this time. */
export function planFor({ job, pods, now }: Observed, before: Backoff): Plan {
  const { spec, status, metadata } = job
  const active = pods.filter(isActive)
  const newSucceeded = pods.filter(pod => isTracked(pod) && isSucceeded(pod))
  const newFailed = pods.filter(pod => isTracked(pod) && isFailed(pod, job))
  const succeeded = (status.succeeded ?? 0) + newSucceeded.length
  const failed = (status.failed ?? 0) + newFailed.length
  const backoff = nextBackoff(before, newSucceeded, newFailed)
  const left = deadlineLeft(job, now)
  const plan: Plan = {
    create: 0,
    remove: [],
    removedFail: false,
    ending: undefined,
    backoff,
    wait: Number.POSITIVE_INFINITY,
  }

  const ending = alreadyEnding(status) ?? failure()
  if (ending !== undefined) return { ...plan, ending, remove: active, removedFail: true }
  if (metadata.deletionTimestamp !== undefined) return plan
  if (spec.suspend) return withSuccess({ ...plan, remove: active })

  const want = wanted(job, succeeded, active.length)
  if (active.length > want)
    return withSuccess({ ...plan, remove: forRemoval(active, active.length - want), wait: left })
  const terminating = spec.podReplacementPolicy === 'Failed' ? pods.filter(isTerminating).length : 0
  const missing = want - active.length - terminating
  const pause = backoffLeft(backoff, now)
  if (missing > 0 && pause > 0) return { ...plan, wait: Math.min(left, pause) }
  return withSuccess({ ...plan, create: Math.max(0, missing), wait: left })

  function failure(): Ending | undefined {
    if (failed > (spec.backoffLimit ?? 6) || tooManyRestarts(job, pods)) return ended.backoff
    return left <= 0 ? ended.deadline : undefined
  }

  function withSuccess(next: Plan): Plan {
    const running = active.length + next.create - next.remove.length
    const enough = spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions
    return enough && running === 0 ? { ...next, ending: ended.success } : next
  }
}

const unsupported = {
  podFailurePolicy: 'a podFailurePolicy',
  successPolicy: 'a successPolicy',
  backoffLimitPerIndex: 'a backoffLimitPerIndex',
} as const

/** What of a job is Kubernetes', but not ours; undefined when we can run it. */
export function beyondUs({ spec }: Job): string | undefined {
  if (spec.completionMode === 'Indexed') return 'indexed jobs'
  for (const [field, name] of Object.entries(unsupported)) if (field in spec) return `jobs with ${name}`
  return undefined
}
