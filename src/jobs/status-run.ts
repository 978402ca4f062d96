import { durationText } from './duration.ts'
import { countOf, momentOf, textOf } from './lenient.ts'
import { endOf, type JobEnd, madeAt, momentOfEvent, nameOf, timeOf, uidOf } from './observed.ts'
import { isEnded, isLivePod, type PodFacts, podFacts, said } from './pod-status.ts'
import { type Cause, finding, seenBy, sentence, type Verdict } from './status-cause.ts'
import { failureOf } from './status-end.ts'
import { type PodVerdict, podVerdict } from './status-pod.ts'
import { refusalCause } from './status-refusal.ts'
import { waitingCause } from './status-waiting.ts'
import type { KubeEvent, KubeJob, KubePod } from './wire.ts'

/** One Job: a one-off, or a run of a scheduled job. */
export interface Run {
  readonly job: KubeJob
  /** Its own, the oldest first. */
  readonly pods: readonly KubePod[]
  /** About it and its pods, the newest first. */
  readonly events: readonly KubeEvent[]
  /** Milliseconds since 1970. */
  readonly now: number
}

interface Facts extends Run {
  readonly facts: readonly PodFacts[]
  readonly failed: readonly PodFacts[]
  /** How many attempts have failed. */
  readonly failures: number
  readonly retries: number
  /** For findings, such as `job/one`. */
  readonly object: string
}

/** What a Job does, and why. */
export function runVerdict(run: Run): Verdict {
  const look = factsOf(run)
  const end = endOf(run.job)
  if (end !== undefined) return end.succeeded ? succeeded(look, end) : failed(look, end)
  return suspended(look) ?? withPod(look) ?? withoutPod(look)
}

function factsOf(run: Run): Facts {
  const { job, pods } = run
  const facts = pods.map(podFacts)
  const failed = pods.filter(({ status }) => status?.phase === 'Failed').map(podFacts)
  return {
    ...run,
    facts,
    failed,
    failures: Math.max(countOf(job.status?.failed), failed.length),
    retries: countOf(job.spec?.backoffLimit),
    object: `job/${nameOf(job)}`,
  }
}

function succeeded(look: Facts, end: JobEnd): Verdict {
  const since = textOf(look.job.status?.completionTime) || end.at
  const cause: Cause = {
    code: 'finished_well',
    says: 'It ended well',
    findings: [finding(look.object, 'ended well', since)],
  }
  return { short: 'succeeded', old: 'Completed', cause, notes: triedBefore(look), since }
}

function failed(look: Facts, end: JobEnd): Verdict {
  const ended = finding(look.object, `failed: ${said(end.reason || end.message)}`, end.at)
  const cause = seenBy(end.reason === 'DeadlineExceeded' ? outOfTime(look, end) : lastFailure(look, end), ended)
  return { short: 'failed', old: 'Failed', cause, notes: [], since: end.at }
}

function lastFailure(look: Facts, { message }: JobEnd): Cause {
  const last = look.failed.at(-1)
  if (last === undefined)
    return {
      code: 'result_lost',
      says: `It failed, and its pods are gone${message === '' ? '' : ` (${said(message)})`}`,
      todo: 'its log files may say why; else run it again',
    }
  const cause = failureOf(last)
  return look.failures > 1 ? { ...cause, says: `${cause.says} (after ${look.failures} attempts)` } : cause
}

/** A run that took too long; where it was kept from starting all the time, that is the first cause. */
function outOfTime(look: Facts, end: JobEnd): Cause {
  const limit = durationText(countOf(look.job.spec?.activeDeadlineSeconds) * 1000)
  const obstacle = keptFromStarting(look, end)
  if (obstacle !== undefined)
    return { ...obstacle, says: `It could not start within its time limit of ${limit}: ${obstacle.says}` }
  return {
    code: 'deadline_exceeded',
    says: `It took longer than its time limit of ${limit}`,
    todo: 'give it more time (--timeout), or let it do less at once',
  }
}

/** What kept a Job from starting until its time was over. Its pods are removed then: events are all that is left of them. */
function keptFromStarting({ job, events, facts }: Facts, end: JobEnd): Cause | undefined {
  const start = momentOf(job.status?.startTime) ?? momentOf(madeAt(job)) ?? 0
  const half = start + ((momentOf(end.at) ?? start) - start) / 2
  const hasBegun = facts.some(pod => pod.runningSince !== undefined || pod.end !== undefined)
  if (hasBegun || events.some(event => event.reason === 'Started')) return undefined
  const refused = events.find(event => isRefusal(event))
  const waited = events.find(event => isObstacle(event) && momentOfEvent(event) >= half)
  if (waited !== undefined) return obstacleOf(waited, job)
  return refused !== undefined && countOf(job.status?.failed) === 0 ? refusalCause(textOf(refused.message)) : undefined
}

const isObstacle = ({ reason, involvedObject }: KubeEvent): boolean =>
  involvedObject?.kind === 'Pod' && (textOf(reason).startsWith('Failed') || reason === 'NetworkNotReady')

/** The same words as for a pod that is still there and waits. */
function obstacleOf(event: KubeEvent, job: KubeJob): Cause {
  const { uid, name } = event.involvedObject
  const gone: KubePod = {
    metadata: { name: textOf(name), uid: textOf(uid) },
    ...(job.spec?.template?.spec ? { spec: job.spec.template.spec } : {}),
  }
  const facts = podFacts(gone)
  // The node tells of an image in an event of the reason that it has for all that fails.
  const image = /^Failed to pull image/.test(textOf(event.message))
  const waiting = { reason: 'ErrImagePull', message: textOf(event.message) }
  return waitingCause(image ? { ...facts, waiting } : facts, [event])
}

function suspended({ job, object }: Facts): Verdict | undefined {
  if (job.spec?.suspend !== true) return undefined
  const cause: Cause = {
    code: 'suspended',
    says: 'It is suspended, and goes on when that is taken back',
    findings: [finding(object, 'is suspended', madeAt(job))],
  }
  return { short: 'pending', old: 'Suspended', cause, notes: [], since: madeAt(job) }
}

function withPod(look: Facts): Verdict | undefined {
  const current = look.facts.findLast(isLivePod)
  if (current !== undefined) return ofPod(podVerdict(current, { ...look, isContinuous: false }), look)
  const last = look.pods.at(-1)
  const isOver = last !== undefined && isEnded(last) && last.status?.phase === 'Succeeded'
  if (!isOver && look.failures <= look.retries) return undefined
  const cause: Cause = { code: 'running_well', says: 'It is just ending' }
  return { short: 'running', old: 'Running', cause, notes: ['It is just ending'], since: madeAt(look.job) }
}

const shown = {
  waiting: ['pending', 'Pending'],
  crashing: ['pending', 'Pending'],
  unready: ['running', 'Running'],
  running: ['running', 'Running'],
  ending: ['running', 'Running'],
  lost: ['unknown', 'Unknown'],
} as const

function ofPod({ state, cause, since }: PodVerdict, look: Facts): Verdict {
  const [short, old] = shown[state]
  const ending = state === 'ending' && cause.code === 'running_well' ? [cause.says] : []
  return { short, old, cause: ofJob(cause, look), notes: [...ending, ...triedBefore(look)], since }
}

const ofJob = (cause: Cause, { object, job, failures, retries }: Facts): Cause =>
  seenBy(cause, finding(object, failures === 0 ? 'has a pod' : attempt(failures, retries), madeAt(job)))

const attempt = (failures: number, retries: number): string =>
  `Attempt ${Math.min(failures, retries) + 1} of ${retries + 1}`

/** Which attempt this is, and why the one before failed. */
function triedBefore({ failures, failed, retries }: Facts): string[] {
  if (failures === 0) return []
  const last = failed.at(-1)
  const why = last === undefined ? '' : `; the one before: ${sentence(failureOf(last))}`
  return [`${attempt(failures, retries)}${why}`]
}

export const isRefusal = ({ reason, involvedObject }: KubeEvent): boolean =>
  reason === 'FailedCreate' && involvedObject?.kind !== 'Pod'

/** Milliseconds that the cluster may take before that is worth telling. */
const longStart = 60_000

/** Why there is no pod: the cluster refuses it, or waits between two attempts, or has not come to it. */
function withoutPod(look: Facts): Verdict {
  const { job, events, now, object, facts } = look
  const since = madeAt(job)
  // What was refused before the last pod came says nothing about now.
  const last = momentOf(facts.at(-1)?.made) ?? 0
  const refused = events.find(
    event => isRefusal(event) && event.involvedObject.uid === uidOf(job) && momentOfEvent(event) >= last,
  )
  const notes = triedBefore(look)
  if (refused !== undefined) {
    const cause = seenBy(
      refusalCause(textOf(refused.message)),
      finding(object, 'has no pod: the cluster refuses to make one', timeOf(refused)),
    )
    return { short: 'pending', old: cause.code === 'quota_exceeded' ? cause.says : 'Pending', cause, notes, since }
  }
  const before = look.failed.at(-1)
  if (before !== undefined) {
    const { code, findings = [] } = failureOf(before)
    const says = `${attempt(look.failures, look.retries)} is about to start`
    const cause = { code, says: `${says}; the one before: ${sentence(failureOf(before))}`, findings }
    return { short: 'pending', old: 'Pending', cause, notes: [], since }
  }
  const waited = now - (momentOf(since) ?? now)
  const cause: Cause =
    waited > longStart
      ? {
          code: 'cluster_trouble',
          says: `The cluster has not started it for ${durationText(waited)}`,
          todo: 'if it lasts, tell the administrators',
          findings: [finding(object, 'has no pod, and nothing says why', since)],
        }
      : { code: 'starting', says: 'It is about to start', findings: [finding(object, 'was made', since)] }
  return { short: 'pending', old: 'Pending', cause, notes, since }
}
