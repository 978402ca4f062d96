import { quotaCategories } from '../../jobs/quota.ts'
import type { Handlers } from '../handlers.ts'
import { type HandlerDeps, messages } from './deps.ts'

export function quotaHandlers({ clusters }: HandlerDeps): Pick<Handlers, 'showQuota'> {
  return {
    async showQuota(_, { caller, signal }) {
      const { cluster } = await clusters.for(caller.tool, signal)
      const [quotas, limits] = await Promise.all([
        cluster.list('resourcequotas', { signal }),
        cluster.list('limitranges', { signal }),
      ])
      return { quota: { categories: quotaCategories(quotas.items, limits.items) }, messages: messages() }
    },
  }
}
