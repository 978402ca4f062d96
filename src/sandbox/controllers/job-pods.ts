import type { NewObject, OwnerReference } from '../kind.ts'
import type { Job, Pod } from '../kinds/types.ts'
import { isTerminating, podFor, readyCondition } from './pods.ts'

// What a Job's controller sees in pods.

/** Keeps a pod until the controller has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false

export const isSucceeded = (pod: Pod): boolean => pod.status.phase === 'Succeeded'

/** A pod that is being deleted counts as failed: who knows whether it will ever end by itself. */
export const isFailed = (pod: Pod, { spec }: Job): boolean =>
  pod.status.phase === 'Failed' || (spec.podReplacementPolicy !== 'Failed' && isTerminating(pod))

/** Milliseconds since 1970 at which a pod ended, as far as it says. */
export function finishedAt(pod: Pod): number {
  const { metadata, status } = pod
  const ends = (status.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''))
  if (ends.length > 0 && !ends.some(Number.isNaN)) return Math.max(...ends)
  const ready = readyCondition(pod)
  if (ready?.status === 'False' && ready.lastTransitionTime !== undefined) return Date.parse(ready.lastTransitionTime)
  if (metadata.deletionTimestamp === undefined) return Date.parse(metadata.creationTimestamp)
  return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
}

/** The pod that a job's template describes, ready to be created and to be counted. */
export function trackedPodFor(owner: OwnerReference, job: Job): NewObject {
  const pod = podFor(owner, job)
  const { finalizers = [] } = pod.metadata
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      finalizers: [...finalizers.filter(name => name !== trackingFinalizer), trackingFinalizer],
    },
  }
}
