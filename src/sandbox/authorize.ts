import type { User } from './authenticate.ts'
import { clusterRoles } from './kinds/cluster-role.ts'
import { clusterRoleBindings } from './kinds/cluster-role-binding.ts'
import { type Rule, roles } from './kinds/role.ts'
import { roleBindings } from './kinds/role-binding.ts'
import { accountName } from './kinds/service-account.ts'
import type { RoleBinding } from './kinds/types.ts'
import { forbidden, forbiddenPath, type StatusError } from './status.ts'
import type { Store } from './store.ts'
import type { Target } from './target.ts'

/** A verb on a resource; all fields but `verb` may be empty. */
export interface ResourceAttributes {
  verb: string
  group: string
  plural: string
  subresource: string
  namespace: string
  name: string
}

export type Attributes = ResourceAttributes | { verb: string; path: string }

export interface Decision {
  allowed: boolean
  /** Why it is allowed, or what could not be looked at. */
  reason: string
}

export interface Authorizer {
  decide(user: User, attributes: Attributes): Decision
  /** All that a user may do in a namespace, or of the cluster (empty); `problems` says which roles are not there. */
  rulesFor(user: User, namespace: string): { rules: Rule[]; problems: string }
}

type Binding = Pick<RoleBinding, 'roleRef' | 'subjects' | 'metadata' | 'kind'>

/** Role-based access control over the roles and bindings in the store. */
export function createAuthorizer(store: Store): Authorizer {
  const bindingsFor = (namespace: string): Binding[] => {
    const all: Binding[] = store.list(clusterRoleBindings).items
    return namespace === '' ? all : [...all, ...store.list(roleBindings, { namespace }).items]
  }

  /** Undefined when the role is not there. */
  const rulesOf = ({ roleRef, metadata }: Binding): readonly Rule[] | undefined => {
    const role =
      roleRef.kind === 'ClusterRole'
        ? store.get(clusterRoles, { name: roleRef.name })
        : store.get(roles, { namespace: metadata.namespace ?? '', name: roleRef.name })
    return role === undefined ? undefined : (role.rules ?? [])
  }

  const grants = function* (user: User, namespace: string): Generator<Grant> {
    for (const binding of bindingsFor(namespace)) {
      const subject = binding.subjects?.find(candidate => isMeant(candidate, user, binding.metadata.namespace))
      if (subject !== undefined) yield { binding, subject, rules: rulesOf(binding) }
    }
  }

  return {
    decide: (user, attributes) => {
      if (user.groups.includes('system:masters')) return { allowed: true, reason: '' }
      const problems: string[] = []
      for (const { binding, subject, rules } of grants(user, namespaceOf(attributes))) {
        if (rules === undefined) problems.push(missingRole(binding))
        else if (rules.some(rule => covers(rule, attributes)))
          return { allowed: true, reason: because(binding, subject) }
      }
      return { allowed: false, reason: problems.length === 0 ? '' : `RBAC: ${together(problems)}` }
    },
    rulesFor: (user, namespace) => {
      const found = [...grants(user, namespace)]
      const missing = found.filter(({ rules }) => rules === undefined).map(({ binding }) => missingRole(binding))
      return {
        rules: found.flatMap(({ rules = [] }) => rules),
        problems: missing.length === 0 ? '' : together(missing),
      }
    },
  }
}

const namespaceOf = (attributes: Attributes): string => ('namespace' in attributes ? attributes.namespace : '')

/** A binding that means the user; `rules` are absent when its role is. */
interface Grant {
  binding: Binding
  subject: Subject
  rules: readonly Rule[] | undefined
}

const together = (texts: readonly string[]): string => (texts.length === 1 ? texts.join() : `[${texts.join(', ')}]`)

type Subject = NonNullable<Binding['subjects']>[number]

/** An account without a namespace is one of the binding's. */
function isMeant({ kind, name, namespace }: Subject, user: User, around: string | undefined): boolean {
  if (kind === 'User') return name === user.name
  if (kind === 'Group') return user.groups.includes(name)
  const home = namespace || around
  return home !== undefined && accountName(home, name) === user.name
}

const missingRole = ({ roleRef }: Binding): string => {
  const kind = roleRef.kind === 'ClusterRole' ? clusterRoles : roles
  return `${kind.singular}.${kind.group} "${roleRef.name}" not found`
}

function because({ kind, metadata, roleRef }: Binding, subject: Subject): string {
  const home = subject.kind === 'ServiceAccount' ? `/${subject.namespace || (metadata.namespace ?? '')}` : ''
  const where = metadata.namespace === undefined ? '' : `/${metadata.namespace}`
  return `RBAC: allowed by ${kind} "${metadata.name}${where}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${subject.name}${home}"`
}

const includes = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value))

function covers(rule: Rule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false
  if (!('plural' in attributes)) return coversPath(rule.nonResourceURLs, attributes.path)
  const { group, name } = attributes
  if (!includes(rule.apiGroups, group) || !coversResource(rule.resources, attributes)) return false
  return rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name)
}

function coversResource(
  resources: readonly string[] | undefined,
  { plural, subresource }: ResourceAttributes,
): boolean {
  const combined = subresource === '' ? plural : `${plural}/${subresource}`
  if (includes(resources, combined)) return true
  return subresource !== '' && (resources ?? []).includes(`*/${subresource}`)
}

/** A path ends in `*` to mean all that begin so. */
const coversPath = (paths: readonly string[] | undefined, path: string): boolean =>
  (paths ?? []).some(allowed =>
    allowed.endsWith('*') ? path.startsWith(allowed.slice(0, -1).replace(/\*+$/, '')) : allowed === path,
  )

export function attributesOf({ verb, path, resource }: Target): Attributes {
  if (resource === undefined) return { verb, path }
  const { group, plural, subresource, namespace, name } = resource
  return { verb, group, plural, subresource, namespace, name }
}

/** The refusal, in the words of a Kubernetes API server. */
export function refuse(user: User, attributes: Attributes, reason: string): StatusError {
  const why = reason === '' ? '' : `: ${reason}`
  if (!('plural' in attributes)) {
    return forbiddenPath(`User "${user.name}" cannot ${attributes.verb} path "${attributes.path}"${why}`)
  }
  const { verb, group, plural, subresource, namespace, name } = attributes
  const resource = subresource === '' ? plural : `${plural}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const what = `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}${why}`
  return forbidden({ group, plural }, { name, why: what })
}
