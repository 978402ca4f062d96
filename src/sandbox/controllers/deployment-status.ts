import { rfc3339 } from '../../platform/clock.ts'
import type { Deployment, ReplicaSet } from '../kinds/types.ts'
import { fencesOf, totalOf, wantedOf } from './deployment-size.ts'
import { failureType } from './replica-set-status.ts'

export type DeploymentStatus = Deployment['status']
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number]
export type NewCondition = Pick<DeploymentCondition, 'type' | 'status'> & { reason: string; message: string }

export const progressing = 'Progressing'
const timedOutReason = 'ProgressDeadlineExceeded'
const availableReason = 'NewReplicaSetAvailable'
const pausedReason = 'DeploymentPaused'

export const conditionOf = (
  conditions: readonly DeploymentCondition[],
  type: string,
): DeploymentCondition | undefined => conditions.find(condition => condition.type === type)

const without = (conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] =>
  conditions.filter(condition => condition.type !== type)

/** The conditions with this one; as they were when status and reason are the same. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  { type, status, reason, message }: NewCondition,
  now: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, type)
  if (before?.status === status && before.reason === reason) return [...conditions]
  return renewed(conditions, { type, status, reason, message }, now)
}

/** The same, but the condition counts as updated even if it says nothing new. */
function renewed(
  conditions: readonly DeploymentCondition[],
  condition: NewCondition,
  now: number,
): DeploymentCondition[] {
  const before = conditionOf(conditions, condition.type)
  const time = rfc3339(now)
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined
  const next = { ...condition, lastUpdateTime: time, lastTransitionTime: since ?? time }
  return [...without(conditions, condition.type), next]
}

/** Says that the Deployment is paused, or no longer; a rollout that has timed out stays so. */
export function withPause(
  { spec }: Deployment,
  conditions: readonly DeploymentCondition[],
  now: number,
): DeploymentCondition[] {
  const reason = conditionOf(conditions, progressing)?.reason
  if (!hasDeadline(spec) || reason === timedOutReason) return [...conditions]
  const paused = spec.paused === true
  if (paused === (reason === pausedReason)) return [...conditions]
  const said = paused
    ? { reason: pausedReason, message: 'Deployment is paused' }
    : { reason: 'DeploymentResumed', message: 'Deployment is resumed' }
  return withCondition(conditions, { type: progressing, status: 'Unknown', ...said }, now)
}

/** A deadline of 2³¹ − 1 seconds is none. */
export const hasDeadline = ({ progressDeadlineSeconds: seconds }: Deployment['spec']): boolean =>
  seconds !== undefined && seconds !== 2 ** 31 - 1

export interface Rollout {
  deployment: Deployment
  /** The set of the present template; absent until it is made. */
  newest: ReplicaSet | undefined
  all: readonly ReplicaSet[]
  /** Those to go on from. */
  conditions: readonly DeploymentCondition[]
  now: number
}

const some = <Name extends string>(name: Name, count: number): { [Key in Name]?: number } => {
  const field: { [Key in Name]?: number } = {}
  if (count > 0) field[name] = count
  return field
}

/** What the status is to be; nothing is said of progress. */
export function statusOf({ deployment, newest, all, conditions, now }: Rollout): DeploymentStatus {
  const wanted = wantedOf(deployment)
  const available = totalOf(all, set => set.status.availableReplicas ?? 0)
  const enough = available >= wanted - fencesOf(deployment).unavailable
  const availability = enough
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
  const { collisionCount } = deployment.status
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...some(
      'replicas',
      totalOf(all, set => set.status.replicas),
    ),
    ...some('updatedReplicas', newest?.status.replicas ?? 0),
    ...some(
      'readyReplicas',
      totalOf(all, set => set.status.readyReplicas ?? 0),
    ),
    ...some('availableReplicas', available),
    ...some('unavailableReplicas', totalOf(all) - available),
    terminatingReplicas: totalOf(all, set => set.status.terminatingReplicas ?? 0),
    conditions: withCondition(conditions, { type: 'Available', ...availability }, now),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
}

export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  const wanted = spec.replicas ?? 1
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status
  return (
    updatedReplicas === wanted &&
    replicas === wanted &&
    availableReplicas === wanted &&
    observedGeneration >= (metadata.generation ?? 1)
  )
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas
  const grew = (name: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean =>
    (after[name] ?? 0) > (before[name] ?? 0)
  return grew('updatedReplicas') || old(after) < old(before) || grew('readyReplicas') || grew('availableReplicas')
}

/** Milliseconds until a rollout without progress has failed; infinite when nothing is expected of it. */
export function progressLeft({ spec }: Deployment, conditions: readonly DeploymentCondition[], now: number): number {
  const { reason, lastUpdateTime } = conditionOf(conditions, progressing) ?? {}
  if (!hasDeadline(spec) || lastUpdateTime === undefined) return Number.POSITIVE_INFINITY
  if (reason === availableReason || reason === timedOutReason) return Number.POSITIVE_INFINITY
  return Date.parse(lastUpdateTime) + (spec.progressDeadlineSeconds ?? 0) * 1000 - now
}

/** The status with what is to be said of the rollout. */
export function rolloutStatus(rollout: Rollout): DeploymentStatus {
  const status = statusOf(rollout)
  const conditions = withFailure(rollout, withProgress(rollout, status))
  return { ...status, conditions }
}

function withProgress({ deployment, newest, now }: Rollout, status: DeploymentStatus): DeploymentCondition[] {
  const { conditions = [] } = status
  if (!hasDeadline(deployment.spec)) return without(conditions, progressing)
  const current = conditionOf(conditions, progressing)
  const settled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === availableReason
  if (settled) return [...conditions]
  const { name } = (newest ?? deployment).metadata
  const what = `${newest === undefined ? 'Deployment' : 'ReplicaSet'} ${JSON.stringify(name)}`
  const say = (truth: 'True' | 'False', reason: string, text: string): NewCondition => ({
    type: progressing,
    status: truth,
    reason,
    message: `${what} ${text}`,
  })
  if (isComplete(deployment, status)) {
    return withCondition(conditions, say('True', availableReason, 'has successfully progressed.'), now)
  }
  if (hasProgressed(deployment.status, status)) {
    return renewed(conditions, say('True', 'ReplicaSetUpdated', 'is progressing.'), now)
  }
  if (current !== undefined && current.reason !== availableReason && progressLeft(deployment, conditions, now) < 0) {
    return withCondition(conditions, say('False', timedOutReason, 'has timed out progressing.'), now)
  }
  return [...conditions]
}

/** Why pods could not be made: what the newest set says goes before what old ones say. */
function withFailure({ newest, all, now }: Rollout, conditions: readonly DeploymentCondition[]): DeploymentCondition[] {
  const sets = newest === undefined ? all : [newest, ...all]
  const failure = sets.flatMap(set => set.status.conditions ?? []).find(({ type }) => type === failureType)
  if (failure === undefined) return without(conditions, failureType)
  const { status, reason = '', message = '', lastTransitionTime } = failure
  const before = conditionOf(conditions, failureType)
  if (before?.status === status && before.reason === reason) return [...conditions]
  const time = lastTransitionTime ?? rfc3339(now)
  const next = { type: failureType, status, reason, message, lastTransitionTime: time, lastUpdateTime: time }
  return [...without(conditions, failureType), next]
}
