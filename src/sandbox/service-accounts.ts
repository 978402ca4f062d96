import { keepInEachNamespace } from './in-each-namespace.ts'
import { serviceAccounts } from './kinds/service-account.ts'
import type { Store } from './store.ts'

/** Every namespace has an account `default`, which comes back when it is removed. The result ends it. */
export const startServiceAccounts = (store: Store): (() => void) =>
  keepInEachNamespace(store, serviceAccounts, { metadata: { name: 'default' } })
