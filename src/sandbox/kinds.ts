import type { Kind } from './kind.ts'
import { certificateSigningRequests } from './kinds/certificate-signing-request.ts'
import { clusterRoles } from './kinds/cluster-role.ts'
import { clusterRoleBindings } from './kinds/cluster-role-binding.ts'
import { configMaps } from './kinds/config-map.ts'
import { cronJobs } from './kinds/cron-job.ts'
import { deployments } from './kinds/deployment.ts'
import { events } from './kinds/event.ts'
import { ingresses } from './kinds/ingress.ts'
import { jobs } from './kinds/job.ts'
import { leases } from './kinds/lease.ts'
import { limitRanges } from './kinds/limit-range.ts'
import { namespaces } from './kinds/namespace.ts'
import { networkPolicies } from './kinds/network-policy.ts'
import { pods } from './kinds/pod.ts'
import { replicaSets } from './kinds/replica-set.ts'
import { resourceQuotas } from './kinds/resource-quota.ts'
import { roles } from './kinds/role.ts'
import { roleBindings } from './kinds/role-binding.ts'
import { secrets } from './kinds/secret.ts'
import { selfSubjectAccessReviews } from './kinds/self-subject-access-review.ts'
import { services } from './kinds/service.ts'
import { serviceAccounts } from './kinds/service-account.ts'
import { tokenReviews } from './kinds/token-review.ts'

/** Every kind that the sandbox has, in the order of discovery. */
export const kinds: readonly Kind[] = [
  configMaps,
  events,
  limitRanges,
  namespaces,
  pods,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  tokenReviews,
  selfSubjectAccessReviews,
  deployments,
  replicaSets,
  cronJobs,
  jobs,
  certificateSigningRequests,
  leases,
  ingresses,
  networkPolicies,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
]
