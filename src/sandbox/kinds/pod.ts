import { type FieldError, invalid, notPermitted } from '../field-error.ts'
import { clone, same } from '../json.ts'
import type { Kind } from '../kind.ts'
import { defaultPod, qosClass, validatePodSpec } from './pod-spec.ts'
import type { Pod } from './types.ts'

export const pods: Kind<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'log'],
  returnsDeleted: true,
  generation: true,
  fields: {
    'spec.nodeName': pod => pod.spec.nodeName ?? '',
    'spec.restartPolicy': pod => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': pod => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': pod => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': pod => String(pod.spec.hostNetwork ?? false),
    'status.phase': pod => pod.status.phase ?? '',
    'status.podIP': pod => pod.status.podIP ?? '',
    'status.nominatedNodeName': pod => pod.status.nominatedNodeName ?? '',
  },
  columns: [
    { name: 'Ready', value: pod => `${ready(pod)}/${pod.spec.containers.length}` },
    { name: 'Status', value: pod => reason(pod) },
    { name: 'Restarts', value: pod => restarts(pod) },
  ],

  defaults(pod) {
    defaultPod(pod.spec)
  },

  prepare(pod) {
    pod.spec.priority ??= 0
    pod.spec.preemptionPolicy ??= 'PreemptLowerPriority'
    pod.status = { phase: 'Pending', qosClass: qosClass(pod.spec) }
  },

  validate(pod, old) {
    const errors = validatePodSpec(pod.spec, 'spec')
    return old === undefined ? errors : [...errors, ...validateUpdate(pod, old)]
  },

  /** A pod that runs nowhere, or has ended, goes at once. */
  grace(pod, requested) {
    const { nodeName, terminationGracePeriodSeconds } = pod.spec
    if (!nodeName || pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') return 0
    const grace = requested ?? terminationGracePeriodSeconds ?? 0
    return grace < 0 ? 1 : grace
  },
}

/** Of a pod's spec only images, a shorter deadline and further tolerations may change. */
function validateUpdate(pod: Pod, old: Pod): FieldError[] {
  const { activeDeadlineSeconds: deadline } = pod.spec
  const { activeDeadlineSeconds: oldDeadline } = old.spec
  if (deadline !== undefined && oldDeadline !== undefined && deadline > oldDeadline) {
    return [invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value')]
  }
  const allowed = clone(pod.spec)
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, container] of (allowed[list] ?? []).entries()) {
      const image = old.spec[list]?.[i]?.image
      if (image !== undefined) container.image = image
    }
  }
  const kept = { ...allowed, activeDeadlineSeconds: oldDeadline, tolerations: old.spec.tolerations }
  if (same(kept, old.spec)) return []
  return [
    notPermitted(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ]
}

const ready = (pod: Pod): number => (pod.status.containerStatuses ?? []).filter(status => status.ready).length

const restarts = (pod: Pod): number =>
  (pod.status.containerStatuses ?? []).reduce((sum, status) => sum + status.restartCount, 0)

function reason(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  for (const { state } of pod.status.containerStatuses ?? []) {
    if (state?.waiting?.reason) return state.waiting.reason
    if (state?.terminated?.reason) return state.terminated.reason
  }
  return pod.status.reason ?? pod.status.phase ?? ''
}
