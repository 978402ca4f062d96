import { type FieldError, invalid } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import type { Lease } from './types.ts'

/** Who leads, and until when: for those who look, it has no effect by itself. */
export const leases: Kind<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  unconditional: false,
  columns: [{ name: 'Holder', value: ({ spec }) => spec.holderIdentity ?? '' }],

  /** Coordinated election is off in Kubernetes unless somebody turns it on. */
  defaults({ spec }) {
    delete spec.strategy
    delete spec.preferredHolder
  },

  validate({ spec: { leaseDurationSeconds, leaseTransitions } }): FieldError[] {
    const errors: FieldError[] = []
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
    }
    if (leaseTransitions !== undefined && leaseTransitions < 0) {
      errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'))
    }
    return errors
  },
}
