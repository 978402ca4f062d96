import { rfc3339 } from '../../platform/clock.ts'
import type { Pod, ReplicaSet } from '../kinds/types.ts'
import { selects } from '../object-selector.ts'
import { isActive, isReady, isTerminating } from './pods.ts'
import { availableIn } from './replica-set-pods.ts'

export type ReplicaSetStatus = ReplicaSet['status']
type Condition = NonNullable<ReplicaSetStatus['conditions']>[number]

export const failureType = 'ReplicaFailure'

/** Why not all pods could be made. */
export interface Failure {
  reason: 'FailedCreate'
  message: string
}

const some = <Name extends string>(name: Name, count: number): { [Key in Name]?: number } => {
  const field: { [Key in Name]?: number } = {}
  if (count > 0) field[name] = count
  return field
}

/** What the set's status is to be with these pods. */
export function nextStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  { failure, now }: { failure: Failure | undefined; now: number },
): ReplicaSetStatus {
  const active = pods.filter(isActive)
  const labels = { matchLabels: set.spec.template.metadata?.labels ?? {} }
  const conditions = conditionsOf(set, failure, now)
  return {
    replicas: active.length,
    ...some('fullyLabeledReplicas', active.filter(pod => selects(labels, pod.metadata.labels)).length),
    ...some('readyReplicas', active.filter(isReady).length),
    ...some('availableReplicas', active.filter(pod => availableIn(pod, set, now) === 0).length),
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length === 0 ? {} : { conditions }),
  }
}

/** The first failure stays until there is none. */
function conditionsOf({ status }: ReplicaSet, failure: Failure | undefined, now: number): Condition[] {
  const before = status.conditions ?? []
  const others = before.filter(({ type }) => type !== failureType)
  if (failure === undefined) return others
  if (others.length < before.length) return before
  return [...others, { type: failureType, status: 'True', lastTransitionTime: rfc3339(now), ...failure }]
}

/** Milliseconds until the next pod has been ready for long enough; infinite for none. */
export const nextAvailable = (set: ReplicaSet, pods: readonly Pod[], now: number): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...pods
      .filter(isActive)
      .map(pod => availableIn(pod, set, now))
      .filter(wait => wait > 0),
  )
