import type { Kind } from '../kind.ts'
import type { ServiceAccount } from './types.ts'

export const serviceAccounts: Kind<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  subresources: ['token'],
  returnsDeleted: true,

  /** Of the Secrets that it names only the names are kept. */
  defaults(account) {
    if (account.secrets !== undefined) account.secrets = account.secrets.map(({ name = '' }) => ({ name }))
  },
}

/** The user that an account is. */
export const accountName = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`

/** The account that a user is, if it is one. */
export function accountOf(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

/** The groups that all accounts of a namespace belong to. */
export const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]
