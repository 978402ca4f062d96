import type { User } from './authenticate.ts'
import { type Authorizer, type ResourceAttributes, refuse } from './authorize.ts'
import { badRequest, notImplemented } from './status.ts'

/** Who a request is made for: its user, or another whom that user may act as. @throws StatusError 400, 403, 501. */
export function effectiveUser(user: User, header: (name: string) => string | undefined, authorizer: Authorizer): User {
  const name = header('impersonate-user')
  const groups = (header('impersonate-group') ?? '').split(', ').filter(group => group !== '')
  if (header('impersonate-uid') !== undefined) throw notImplemented('impersonation of a uid')
  if (!name) {
    if (groups.length > 0) throw badRequest(`requested groups ${groups.join(', ')} without impersonating a user`)
    return user
  }
  const wanted = [{ plural: 'users', name }, ...groups.map(group => ({ plural: 'groups', name: group }))]
  for (const { plural, name: who } of wanted) {
    const attributes: ResourceAttributes = {
      verb: 'impersonate',
      group: '',
      plural,
      subresource: '',
      namespace: '',
      name: who,
    }
    const { allowed, reason } = authorizer.decide(user, attributes)
    if (!allowed) throw refuse(user, attributes, reason)
  }
  return { name, groups: [...new Set([...groups, 'system:authenticated'])] }
}
