import type { Pod, ReplicaSet } from '../kinds/types.ts'
import { isReady, readyCondition } from './pods.ts'

// What a ReplicaSet's controller sees in pods.

/** Milliseconds since 1970 since which a pod is ready. */
const readySince = (pod: Pod): number => Date.parse(readyCondition(pod)?.lastTransitionTime ?? '')

/** Milliseconds until a ready pod has been so for long enough; 0 when it has, infinite when it is not ready. */
export function availableIn(pod: Pod, { spec }: ReplicaSet, now: number): number {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY
  const { minReadySeconds = 0 } = spec
  if (minReadySeconds === 0) return 0
  const since = readySince(pod)
  return Number.isNaN(since) ? Number.POSITIVE_INFINITY : Math.max(0, since + minReadySeconds * 1000 - now)
}

const phases = ['Pending', 'Unknown', 'Running']
const deletionCost = ({ metadata }: Pod): number =>
  Number(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0
const restarts = ({ status }: Pod): number =>
  Math.max(0, ...(status.containerStatuses ?? []).map(({ restartCount }) => restartCount))

/** Each says how far a pod has come: who has come less far goes first. Of the last two, who is younger. */
const measures: readonly ((pod: Pod) => number)[] = [
  pod => (pod.spec.nodeName ? 1 : 0),
  pod => phases.indexOf(pod.status.phase ?? 'Unknown'),
  pod => (isReady(pod) ? 1 : 0),
  deletionCost,
  pod => (isReady(pod) ? -readySince(pod) || 0 : 0),
  pod => -restarts(pod),
  pod => -Date.parse(pod.metadata.creationTimestamp),
]

function compare(a: Pod, b: Pod): number {
  for (const measure of measures) {
    const difference = measure(a) - measure(b)
    if (difference !== 0) return difference
  }
  return 0
}

/** The pods that a set with too many ends. */
export const forRemoval = (active: readonly Pod[], count: number): Pod[] => active.toSorted(compare).slice(0, count)
