import type { QuotaUse } from '../contract/plan-schemas.ts'
import type { QuotaCategory } from '../contract/schemas.ts'
import { changesOf, restartsOn } from './changes.ts'
import type { CompleteJob } from './complete.ts'
import { components } from './labels.ts'
import { formatQuantity, parseQuantity, type Quantity } from './quantities.ts'
import { resourcesOf } from './resources.ts'
import type { JobsSettings } from './settings.ts'
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
  const tightest = tightestFor(resource, quotas)
  return tightest === undefined ? [] : [{ name, ...tightest }]
}

/** The tightest quota for a resource; those for some kinds of pods only are none. */
function tightestFor(resource: string, quotas: readonly KubeQuota[]): { limit: string; used: string } | undefined {
  const all = quotas.filter(({ spec }) => spec?.scopes === undefined && spec?.scopeSelector === undefined)
  const limit = lowest(all.map(quota => hardOf(quota)[resource]))
  if (limit === undefined) return undefined
  const used = all.find(quota => hardOf(quota)[resource] === limit)?.status?.used?.[resource] ?? '0'
  return { limit, used }
}

const hardOf = ({ spec, status }: KubeQuota): Amounts => status?.hard ?? spec?.hard ?? {}

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

/** What a job takes of a quota while it runs: amounts by the quota's own names. */
export type Need = Readonly<Record<string, string>>

const scheduledCount = 'count/cronjobs.batch'

/**
 * What a job takes while it runs, a scheduled one in a single run. With `before`, the continuous job that it takes the place
 * of, also what its pods need to be replaced without an outage.
 */
export function needOf(job: CompleteJob, settings: JobsSettings, before?: CompleteJob): Need {
  const { limits, requests } = resourcesOf(job, settings)
  const copies = BigInt(podsOf(job, before))
  const times = (amount: string) => timesText(amount, copies)
  return {
    ...objectsOf(job),
    pods: String(copies),
    'count/pods': String(copies),
    'requests.cpu': times(requests.cpu),
    'requests.memory': times(requests.memory),
    'limits.cpu': times(limits.cpu),
    'limits.memory': times(limits.memory),
    cpu: times(requests.cpu),
    memory: times(requests.memory),
  }
}

function podsOf(job: CompleteJob, before: CompleteJob | undefined): number {
  if (components[job.job_type] !== 'deployments') return 1
  const { replicas = 1 } = job
  const isRolling = before !== undefined && restartsOn(changesOf(job, before), job.job_type)
  // A quarter of the copies may be missing meanwhile: of two or three none.
  return isRolling && replicas > 1 && replicas < 4 ? replicas + 1 : replicas
}

function objectsOf({ job_type, port, publish }: CompleteJob): Record<string, string> {
  switch (components[job_type]) {
    case 'jobs':
      return { 'count/jobs.batch': '1' }
    case 'cronjobs':
      return { [scheduledCount]: '1', 'count/jobs.batch': '1' }
    case 'deployments':
      return {
        'count/deployments.apps': '1',
        ...(port === undefined ? {} : { services: '1', 'count/services': '1' }),
        ...(publish === undefined ? {} : { 'count/ingresses.networking.k8s.io': '1' }),
      }
  }
}

const timesText = (amount: string, times: bigint): string =>
  times === 1n ? amount : format((parseQuantity(amount) ?? 0n) * times, amount)

const format = (value: Quantity, like: string): string =>
  formatQuantity(value, like.endsWith('i') ? 'binary' : 'decimal')

/**
 * Why a job cannot be made within the quotas, one sentence for each: what was asked for, what is used and what there is.
 * `freed` is given back before. What a scheduled job takes in its runs must fit at some time only.
 */
export function quotaProblems(need: Need, quotas: readonly KubeQuota[], freed: Need = {}): string[] {
  const runsLater = need[scheduledCount] !== undefined
  return Object.entries(need).flatMap(([resource, asked]) => {
    const quota = tightestFor(resource, quotas)
    if (quota === undefined) return []
    const isLater = runsLater && resource !== scheduledCount
    const used = isLater ? 0n : atLeastNone(amountOf(quota.used) - amountOf(freed[resource]))
    if (used + amountOf(asked) <= amountOf(quota.limit) || amountOf(asked) === 0n) return []
    return [problemText({ resource, asked, ...quota })]
  })
}

const amountOf = (text: string | undefined): Quantity => parseQuantity(text ?? '0') ?? 0n
const atLeastNone = (value: Quantity): Quantity => (value < 0n ? 0n : value)

function problemText({
  resource,
  asked,
  used,
  limit,
}: Record<'resource' | 'asked' | 'used' | 'limit', string>): string {
  const numbers = `${resource}: asked for ${asked}, used ${used}, limit ${limit}`
  if (amountOf(asked) > amountOf(limit)) return `Out of quota for ${numbers}; it can never fit, so ask for less`
  return `Out of quota for ${numbers}; delete other jobs, or ask for less`
}

/** What the quotas hold when some jobs have come and others have gone, and all of these run at once. */
export function quotaUse(
  quotas: readonly KubeQuota[],
  deltas: readonly { readonly taken: Need; readonly freed: Need }[],
): QuotaUse[] {
  const resources = new Set(quotas.flatMap(quota => Object.keys(hardOf(quota))))
  return [...resources].sort().flatMap(name => {
    const quota = tightestFor(name, quotas)
    if (quota === undefined) return []
    const sum = (side: 'taken' | 'freed') => deltas.reduce((all, delta) => all + amountOf(delta[side][name]), 0n)
    const used = amountOf(quota.used)
    // What does not run just now, such as a scheduled job, gives nothing back.
    const planned = atLeastNone(used - sum('freed')) + sum('taken')
    const text = planned === used ? quota.used : format(planned, quota.limit)
    return [{ name, ...quota, planned: text, fits: planned <= amountOf(quota.limit) || planned <= used }]
  })
}
