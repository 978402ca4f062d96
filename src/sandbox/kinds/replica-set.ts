import { invalid } from '../field-error.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import { formatSelector } from '../object-selector.ts'
import { defaultPodSpec } from './pod-spec.ts'
import { listContainers, validateCounts, validateReplicated } from './pod-template.ts'
import type { ReplicaSet } from './types.ts'

export const replicaSets: Kind<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  generation: true,
  fields: {
    'status.replicas': ({ status }) => String(status.replicas),
  },
  columns: [
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    { name: 'Containers', wide: true, value: ({ spec }) => listContainers(spec.template, ({ name }) => name) },
    { name: 'Images', wide: true, value: ({ spec }) => listContainers(spec.template, ({ image }) => image) },
    { name: 'Selector', wide: true, value: ({ spec }) => formatSelector(spec.selector) },
  ],

  defaults({ spec }) {
    spec.replicas ??= 1
    defaultPodSpec(spec.template.spec)
  },

  prepare(set) {
    set.status = { replicas: 0 }
  },

  validate({ spec }, old) {
    const errors = [...validateCounts(spec, ['replicas', 'minReadySeconds']), ...validateReplicated(spec)]
    if (old === undefined || same(spec.selector, old.spec.selector)) return errors
    return [...errors, invalid('spec.selector', spec.selector, 'field is immutable')]
  },
}
