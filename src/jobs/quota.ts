import type { QuotaCategory } from '../contract/schemas.ts'
import { parseQuantity } from './quantities.ts'
import type { KubeLimitRange, KubeQuota } from './wire.ts'

type Amounts = Record<string, string>

interface Item {
  readonly name: string
  readonly resource: string
}

const categories: readonly { readonly name: string; readonly items: readonly Item[] }[] = [
  {
    name: 'Running jobs',
    items: [
      { name: 'Total running jobs at once (Kubernetes pods)', resource: 'pods' },
      { name: 'Running one-off and cron jobs', resource: 'count/jobs.batch' },
      { name: 'CPU', resource: 'limits.cpu' },
      { name: 'Memory', resource: 'limits.memory' },
    ],
  },
  {
    name: 'Job definitions',
    items: [
      { name: 'Cron jobs', resource: 'count/cronjobs.batch' },
      { name: 'Continuous jobs (including web services)', resource: 'count/deployments.apps' },
    ],
  },
]

const perJob: readonly Item[] = [
  { name: 'CPU', resource: 'cpu' },
  { name: 'Memory', resource: 'memory' },
]

/** What a tool may use and uses, by category; what nothing limits is left out, and so is a category without items. */
export function quotaCategories(quotas: readonly KubeQuota[], limitRanges: readonly KubeLimitRange[]): QuotaCategory[] {
  const [running, definitions] = categories.map(({ name, items }) => ({
    name,
    items: items.flatMap(item => quotaItem(item, quotas)),
  }))
  const limits = containerLimits(limitRanges).map(({ max = {} }) => max)
  const job = {
    name: 'Per-job limits',
    items: perJob.flatMap(({ name, resource }) => {
      const limit = lowest(limits.map(max => max[resource]))
      return limit === undefined ? [] : [{ name, limit }]
    }),
  }
  return [running, job, definitions].filter(category => category !== undefined).filter(({ items }) => items.length > 0)
}

/** Of several quotas the tightest counts. */
function quotaItem({ name, resource }: Item, quotas: readonly KubeQuota[]) {
  const all = quotas.filter(({ spec }) => spec?.scopes === undefined && spec?.scopeSelector === undefined)
  const hard = (quota: KubeQuota): Amounts => quota.status?.hard ?? quota.spec?.hard ?? {}
  const limit = lowest(all.map(quota => hard(quota)[resource]))
  if (limit === undefined) return []
  const used = all.find(quota => hard(quota)[resource] === limit)?.status?.used?.[resource] ?? '0'
  return [{ name, limit, used }]
}

function lowest(texts: readonly (string | undefined)[]): string | undefined {
  return texts
    .filter(text => text !== undefined)
    .reduce<string | undefined>((least, text) => (least === undefined || isLess(text, least) ? text : least), undefined)
}

const isLess = (a: string, b: string): boolean => (parseQuantity(a) ?? 0n) < (parseQuantity(b) ?? 0n)

/** The limits for a single container. */
const containerLimits = (limitRanges: readonly KubeLimitRange[]) =>
  limitRanges.flatMap(({ spec }) => spec?.limits ?? []).filter(({ type }) => type === 'Container')

/**
 * Why no pod with these resources can ever start in the tool's namespace, one sentence a resource; the cluster itself would
 * take the job and then fail to start it.
 */
export function limitProblems(
  { limits, requests }: { limits: Amounts; requests: Amounts },
  limitRanges: readonly KubeLimitRange[],
): string[] {
  return containerLimits(limitRanges).flatMap(({ min = {}, max = {} }) =>
    perJob.flatMap(({ resource }) => {
      const [asked, least, most] = [limits[resource], min[resource], max[resource]]
      const set = requests[resource]
      if (asked !== undefined && most !== undefined && isLess(most, asked))
        return [`Requested ${resource} ${asked} is over maximum allowed per container (${most})`]
      if (set !== undefined && least !== undefined && isLess(set, least))
        return [`Requested ${resource} ${set} is less than minimum required per container (${least})`]
      return []
    }),
  )
}
