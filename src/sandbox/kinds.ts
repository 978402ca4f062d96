import type { Kind } from './kind.ts'
import { clusterRoles } from './kinds/cluster-role.ts'
import { clusterRoleBindings } from './kinds/cluster-role-binding.ts'
import { configMaps } from './kinds/config-map.ts'
import { events } from './kinds/event.ts'
import { jobs } from './kinds/job.ts'
import { limitRanges } from './kinds/limit-range.ts'
import { namespaces } from './kinds/namespace.ts'
import { pods } from './kinds/pod.ts'
import { resourceQuotas } from './kinds/resource-quota.ts'
import { roles } from './kinds/role.ts'
import { roleBindings } from './kinds/role-binding.ts'
import { selfSubjectAccessReviews } from './kinds/self-subject-access-review.ts'

/** Every kind that the sandbox has, in the order of discovery. */
export const kinds: readonly Kind[] = [
  configMaps,
  events,
  limitRanges,
  namespaces,
  pods,
  resourceQuotas,
  selfSubjectAccessReviews,
  jobs,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
]
