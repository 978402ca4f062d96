import type { Kind } from '../kind.ts'
import type { Namespace } from './types.ts'

export const namespaces: Kind<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  subresources: ['status'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  name: 'label',
  fixed: ['spec'],
  returnsDeleted: true,
  fields: {
    'status.phase': namespace => namespace.status.phase ?? '',
  },
  columns: [{ name: 'Status', value: namespace => namespace.status.phase ?? '' }],

  defaults(namespace) {
    const { metadata } = namespace
    metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
  },

  prepare(namespace) {
    namespace.spec = { finalizers: ['kubernetes'] }
    namespace.status = { phase: 'Active' }
  },

  /** Until it is empty. */
  held({ spec }) {
    return (spec.finalizers ?? []).length > 0
  },

  leaving(namespace) {
    namespace.status = { phase: 'Terminating' }
  },
}
