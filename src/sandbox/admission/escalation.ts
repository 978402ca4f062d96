import type { User } from '../authenticate.ts'
import { createAuthorizer, type ResourceAttributes } from '../authorize.ts'
import { same } from '../json.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { clusterRoles } from '../kinds/cluster-role.ts'
import { clusterRoleBindings } from '../kinds/cluster-role-binding.ts'
import { type Rule, roles } from '../kinds/role.ts'
import { roleBindings } from '../kinds/role-binding.ts'
import type { Role, RoleBinding } from '../kinds/types.ts'
import { groupsText, missingFrom, ruleText } from '../rules.ts'
import { forbidden, notFound, StatusError } from '../status.ts'
import type { Admission, AdmissionRequest } from '../store.ts'

/** Nobody gives rights that he does not hold, unless he may escalate roles, or bind just this one. */
export const escalation: Admission = {
  admit(request) {
    const { operation, user, object, old } = request
    if (operation === 'DELETE' || user === undefined || user.groups.includes('system:masters')) return
    if (old !== undefined && changesOnlyHolders(object, old)) return
    if (isRole(object)) checkRole({ ...request, user }, object)
    else if (isBinding(object)) checkBinding({ ...request, user }, object)
  },
}

const isRole = (object: KubeObject): object is Role => object.kind === roles.kind || object.kind === clusterRoles.kind

const isBinding = (object: KubeObject): object is RoleBinding =>
  object.kind === roleBindings.kind || object.kind === clusterRoleBindings.kind

/** Who collects garbage must be able to change what holds an object. */
function changesOnlyHolders(object: KubeObject, old: KubeObject): boolean {
  const { ownerReferences: _o, finalizers: _f, ...metadata } = object.metadata
  const { ownerReferences, finalizers, ...before } = old.metadata
  return same({ ...object, metadata }, { ...old, metadata: before })
}

interface Request extends AdmissionRequest {
  user: User
}

function checkRole(request: Request, role: Role): void {
  const { operation, kind } = request
  const { name, namespace = '' } = role.metadata
  // The request for a new role has no name yet.
  if (may(request, { verb: 'escalate', kind, namespace, name: operation === 'CREATE' ? '' : name })) return
  confirm(request, { namespace, rules: role.rules ?? [] })
}

function checkBinding(request: Request, { roleRef, metadata }: RoleBinding): void {
  const { namespace = '' } = metadata
  const kind: Kind<Role> | undefined = [roles, clusterRoles].find(one => one.kind === roleRef.kind)
  if (kind === undefined) {
    throw new StatusError({ code: 500, message: `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}` })
  }
  if (may(request, { verb: 'bind', kind, namespace, name: roleRef.name })) return
  const role = request.store.get(kind, { namespace, name: roleRef.name })
  // Kubernetes tells it of the binding's own kind.
  if (role === undefined) throw notFound(request.kind, roleRef.name)
  confirm(request, { namespace, rules: role.rules ?? [] })
}

type Right = Pick<ResourceAttributes, 'verb' | 'namespace' | 'name'> & { kind: Kind }

const may = ({ store, user }: Request, { kind, ...right }: Right): boolean =>
  createAuthorizer(store).decide(user, { group: kind.group, plural: kind.plural, subresource: '', ...right }).allowed

/** @throws StatusError 403 that names what is missing. */
function confirm({ store, user, kind, object }: Request, wanted: { namespace: string; rules: readonly Rule[] }): void {
  const { rules, problems } = createAuthorizer(store).rulesFor(user, wanted.namespace)
  const missing = missingFrom(rules, wanted.rules)
  if (missing.length === 0) return
  const lines = [...new Set(missing.map(ruleText))].sort()
  const who = `user ${JSON.stringify(user.name)} (groups=${groupsText(user.groups)})`
  const unresolved = problems.length === 0 ? '' : `; resolution errors: [${problems}]`
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${unresolved}`
  throw forbidden(kind, { name: object.metadata.name, why })
}
