import type { V1TokenRequestSpec } from '@kubernetes/client-node'
import type { Kind, KubeObject, Wire } from '../kind.ts'

export type TokenRequest = KubeObject & { spec: Partial<Wire<V1TokenRequestSpec>> }

/** What a service account's subresource `token` is asked with and answers: `token-request.ts`. */
export const tokenRequests: Kind<TokenRequest> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  plural: 'tokenrequests',
  singular: 'tokenrequest',
  namespaced: true,
}
