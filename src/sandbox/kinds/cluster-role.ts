import type { Kind } from '../kind.ts'
import { notImplemented } from '../status.ts'
import { roles, validateRule } from './role.ts'
import type { ClusterRole } from './types.ts'

export const clusterRoles: Kind<ClusterRole> = {
  group: roles.group,
  version: roles.version,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  name: 'path',
  columns: [{ name: 'Created At', value: role => role.metadata.creationTimestamp }],

  /** @throws StatusError 501 for a role that is put together from others. */
  validate(role) {
    if (role.aggregationRule !== undefined) throw notImplemented('aggregated cluster roles')
    return (role.rules ?? []).flatMap((rule, i) => validateRule(rule, `rules[${i}]`))
  },
}
