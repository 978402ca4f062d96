import type { Kind } from '../kind.ts'
import { roles } from './role.ts'
import { defaultBinding, validateBinding } from './role-binding.ts'
import type { ClusterRoleBinding } from './types.ts'

export const clusterRoleBindings: Kind<ClusterRoleBinding> = {
  group: roles.group,
  version: roles.version,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  name: 'path',
  columns: [{ name: 'Role', value: binding => `${binding.roleRef.kind}/${binding.roleRef.name}` }],

  defaults: defaultBinding,

  validate(binding, old) {
    return validateBinding(binding, old, ['ClusterRole'])
  },
}
