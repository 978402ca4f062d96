import type { V1TokenReviewSpec } from '@kubernetes/client-node'
import type { Kind, KubeObject, Wire } from '../kind.ts'

export type TokenReview = KubeObject & { spec: Wire<V1TokenReviewSpec> }

/** A question, never stored: `token-review.ts` answers it. */
export const tokenReviews: Kind<TokenReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  singular: 'tokenreview',
  namespaced: false,
  verbs: ['create'],
}
