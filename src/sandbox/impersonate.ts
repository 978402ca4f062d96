import type { User } from './authenticate.ts'
import { type Authorizer, type ResourceAttributes, refuse } from './authorize.ts'
import { accountGroups, accountOf } from './kinds/service-account.ts'
import { badRequest, notImplemented } from './status.ts'

/** Who a request is made for: its user, or another whom that user may act as. @throws StatusError 400, 403, 501. */
export function effectiveUser(
  user: User,
  header: (name: string) => string | undefined,
  authorizer: Pick<Authorizer, 'decide'>,
): User {
  const name = header('impersonate-user')
  const groups = (header('impersonate-group') ?? '').split(', ').filter(group => group !== '')
  if (header('impersonate-uid') !== undefined) throw notImplemented('impersonation of a uid')
  if (!name) {
    if (groups.length > 0) throw badRequest(`requested groups ${groups.join(', ')} without impersonating a user`)
    return user
  }
  const account = accountOf(name)
  const who =
    account === undefined ? { plural: 'users', namespace: '', name } : { plural: 'serviceaccounts', ...account }
  for (const one of [who, ...groups.map(group => ({ plural: 'groups', namespace: '', name: group }))]) {
    const attributes: ResourceAttributes = { verb: 'impersonate', group: '', subresource: '', ...one }
    const { allowed, reason } = authorizer.decide(user, attributes)
    if (!allowed) throw refuse(user, attributes, reason)
  }
  const usual = account === undefined || groups.length > 0 ? groups : accountGroups(account.namespace)
  return { name, groups: [...new Set([...usual, 'system:authenticated'])] }
}
