import type { QuotaUse } from '../../contract/plan-schemas.ts'
import { needOf, quotaUse } from '../../jobs/quota.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { KubeQuota } from '../../jobs/wire.ts'
import type { Step } from './planning.ts'
import { heldBy, objectsIn } from './preparing.ts'

const jobCount = 'count/jobs.batch'

export interface Counted {
  readonly quotas: readonly KubeQuota[]
  readonly settings: JobsSettings
  /** Finished one-offs beside the plan, which give way to new jobs. */
  readonly spare: number
}

/** What the quotas hold when these steps are done. */
export function planQuota(steps: readonly Step[], { quotas, settings, spare }: Counted): QuotaUse[] {
  const deltas = steps.map(step => deltaOf(step, settings))
  const use = quotaUse(quotas, deltas)
  const jobs = use.find(({ name }) => name === jobCount)
  if (jobs === undefined || jobs.fits) return use
  const away = Math.min(Number(jobs.planned) - Number(jobs.limit), spare)
  return quotaUse(quotas, [...deltas, { taken: {}, freed: { [jobCount]: String(away) } }])
}

export const fitsAll = (use: readonly QuotaUse[]): boolean => use.every(({ fits }) => fits)

/** What a step takes of the quotas, less what it gives back; runs of scheduled jobs to come are left out. */
function deltaOf({ planned, prepared, present }: Step, settings: JobsSettings) {
  if (planned.action === 'keep') return { taken: {}, freed: {} }
  const freed = present === undefined ? {} : heldBy(present, settings)
  if (prepared === undefined) return { taken: {}, freed: planned.action === 'remove' ? freed : {} }
  const need = needOf(prepared.complete, settings)
  return { taken: prepared.workload.kind === 'cronjobs' ? objectsIn(need, 'cronjobs') : need, freed }
}
