import type { V1SelfSubjectAccessReviewSpec } from '@kubernetes/client-node'
import type { Kind, KubeObject, Wire } from '../kind.ts'

export type SelfSubjectAccessReview = KubeObject & { spec: Wire<V1SelfSubjectAccessReviewSpec> }

/** A question, never stored: `access-review.ts` answers it. */
export const selfSubjectAccessReviews: Kind<SelfSubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  namespaced: false,
  verbs: ['create'],
}
