import { same } from './json.ts'
import { resourceQuotas } from './kinds/resource-quota.ts'
import { usedIn } from './quota-usage.ts'
import type { Store } from './store.ts'

/** Keeps the status of every quota at what is used. The result ends it. */
export function startQuotaStatus(store: Store): () => void {
  const refresh = (namespace: string): void => {
    for (const quota of store.list(resourceQuotas, { namespace }).items) {
      if (quota.metadata.deletionTimestamp !== undefined) continue
      const hard = quota.spec.hard ?? {}
      const status = Object.keys(hard).length === 0 ? {} : { hard: { ...hard }, used: usedIn(store, namespace, hard) }
      if (!same(status, quota.status)) store.update(resourceQuotas, { ...quota, status }, { subresource: 'status' })
    }
  }

  const ends = store.kinds
    .filter(kind => kind.namespaced)
    .map(kind => store.subscribe(kind, ({ object }) => refresh(object.metadata.namespace ?? '')))
  return () => {
    for (const end of ends) end()
  }
}
