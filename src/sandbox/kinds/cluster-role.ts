import type { Kind } from '../kind.ts'
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

  validate(role) {
    return (role.rules ?? []).flatMap((rule, i) => validateRule(rule, `rules[${i}]`))
  },
}
