import type { KubeObject, NewObject, OwnerReference } from '../kind.ts'
import type { Pod, PodTemplate } from '../kinds/types.ts'

// What every controller of pods sees in them.

export const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

export const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined

export const isActive = (pod: Pod): boolean => !isOver(pod) && !isDeleting(pod)

export const isTerminating = (pod: Pod): boolean => !isOver(pod) && isDeleting(pod)

export const readyCondition = ({ status }: Pod) => status.conditions?.find(({ type }) => type === 'Ready')

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True'

/** The pod that an owner's template describes, ready to be created. */
export function podFor(owner: OwnerReference, { metadata, spec }: KubeObject & { spec: { template: PodTemplate } }) {
  const { labels, annotations, finalizers } = spec.template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [owner],
    },
    spec: spec.template.spec,
  } satisfies NewObject
}
