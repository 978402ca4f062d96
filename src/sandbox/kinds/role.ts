import { type FieldError, invalid, required } from '../field-error.ts'
import type { Kind } from '../kind.ts'
import type { Role } from './types.ts'

export const roles: Kind<Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  name: 'path',
  columns: [{ name: 'Created At', value: role => role.metadata.creationTimestamp }],

  validate(role) {
    return (role.rules ?? []).flatMap((rule, i) => [
      ...validateRule(rule, `rules[${i}]`),
      ...validateResourceRule(rule, `rules[${i}]`),
    ])
  },
}

const validateResourceRule = ({ nonResourceURLs = [] }: Rule, path: string): FieldError[] =>
  nonResourceURLs.length === 0
    ? []
    : [invalid(`${path}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs')]

export type Rule = NonNullable<Role['rules']>[number]

export function validateRule(rule: Rule, path: string): FieldError[] {
  const errors: FieldError[] = []
  if ((rule.verbs ?? []).length === 0) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
  if ((rule.nonResourceURLs ?? []).length > 0) return errors
  if ((rule.apiGroups ?? []).length === 0) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
  }
  if ((rule.resources ?? []).length === 0) {
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'))
  }
  return errors
}
