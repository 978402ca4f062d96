import type { KubeObject } from '../kind.ts'
import type { Job, Pod } from '../kinds/types.ts'

// What a Job's controller sees in pods.

/** Keeps a pod until the controller has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false

const isTerminal = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined

export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !isDeleting(pod)

export const isTerminating = (pod: Pod): boolean => !isTerminal(pod) && isDeleting(pod)

export const isSucceeded = (pod: Pod): boolean => pod.status.phase === 'Succeeded'

/** A pod that is being deleted counts as failed: who knows whether it will ever end by itself. */
export const isFailed = (pod: Pod, { spec }: Job): boolean =>
  pod.status.phase === 'Failed' || (spec.podReplacementPolicy !== 'Failed' && isTerminating(pod))

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

/** Milliseconds since 1970 at which a pod ended, as far as it says. */
export function finishedAt({ metadata, status }: Pod): number {
  const ends = (status.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''))
  if (ends.length > 0 && !ends.some(Number.isNaN)) return Math.max(...ends)
  const notReady = status.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False')
  if (notReady?.lastTransitionTime !== undefined) return Date.parse(notReady.lastTransitionTime)
  if (metadata.deletionTimestamp === undefined) return Date.parse(metadata.creationTimestamp)
  return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
}

/** The pod that a job's template describes, ready to be created. */
export function podFor({ metadata, spec }: Job) {
  const { labels, annotations, finalizers = [] } = spec.template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      finalizers: [...finalizers.filter(name => name !== trackingFinalizer), trackingFinalizer],
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name: metadata.name,
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: spec.template.spec,
  }
}
