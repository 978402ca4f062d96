import { type FieldError, invalid, notSupported, required } from '../field-error.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import { roles } from './role.ts'
import type { RoleBinding } from './types.ts'

export const roleBindings: Kind<RoleBinding> = {
  group: roles.group,
  version: roles.version,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  name: 'path',
  columns: [{ name: 'Role', value: binding => `${binding.roleRef.kind}/${binding.roleRef.name}` }],

  defaults: defaultBinding,

  validate(binding, old) {
    return validateBinding(binding, old, ['Role', 'ClusterRole'])
  },
}

type Binding = Pick<RoleBinding, 'roleRef' | 'subjects'>
const rbac = roles.group

export function defaultBinding(binding: Binding): void {
  binding.roleRef.apiGroup ||= rbac
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbac
  }
}

/** The role that a binding names never changes: who may bind it has been checked only once. */
export function validateBinding(binding: Binding, old: Binding | undefined, roleKinds: string[]): FieldError[] {
  const { roleRef, subjects = [] } = binding
  const errors: FieldError[] = []
  if (roleRef.apiGroup !== rbac) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [rbac]))
  if (!roleKinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind ?? '', roleKinds))
  if (!roleRef.name) errors.push(required('roleRef.name'))
  for (const [i, subject] of subjects.entries()) {
    if (!subject.name) errors.push(required(`subjects[${i}].name`))
    if (!['ServiceAccount', 'User', 'Group'].includes(subject.kind)) {
      errors.push(notSupported(`subjects[${i}].kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']))
    }
  }
  if (old !== undefined && !same(roleRef, old.roleRef))
    errors.push(invalid('roleRef', roleRef, 'cannot change roleRef'))
  return errors
}
