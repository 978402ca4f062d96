import { DomainError } from '../../contract/errors.ts'
import { type CompleteJob, completeJob } from '../../jobs/complete.ts'
import type { GivenJob } from '../../jobs/given.ts'
import { type Image, resolveImage } from '../../jobs/images.ts'
import { manifestOf } from '../../jobs/manifests.ts'
import { parseQuantity } from '../../jobs/quantities.ts'
import { limitProblems, type Need, needOf, quotaProblems } from '../../jobs/quota.ts'
import { readJob } from '../../jobs/read.ts'
import { resourcesOf } from '../../jobs/resources.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { KubeLimitRange, KubeQuota, Workload } from '../../jobs/wire.ts'
import type { Accounts } from './accounts.ts'
import { type Companions, companionsFor } from './companions.ts'
import type { ToolAccess } from './deps.ts'
import type { ImageCatalog } from './image-catalog.ts'
import { hasEnded } from './place-job.ts'
import { type Place, waitUntil } from './workloads.ts'

/** A job that can be made: all that the cluster is to be told, and what it will take. */
export interface Prepared extends Companions {
  readonly given: GivenJob
  readonly complete: CompleteJob
  readonly workload: Workload
  readonly warnings: readonly string[]
  /** The tool's. */
  readonly home: string
}

/** What a tool may use. */
export interface Bounds {
  readonly limits: readonly KubeLimitRange[]
  readonly quotas: readonly KubeQuota[]
}

export interface Preparing {
  readonly settings: JobsSettings
  readonly catalog: ImageCatalog
  readonly accounts: Accounts
}

export async function boundsOf({ cluster }: Pick<ToolAccess, 'cluster'>, signal: AbortSignal): Promise<Bounds> {
  const [limits, quotas] = await Promise.all([
    cluster.list('limitranges', { signal }),
    cluster.list('resourcequotas', { signal }),
  ])
  return { limits: limits.items, quotas: quotas.items }
}

/**
 * Makes jobs out of what was given, one after another, for a tool whose home and namespace agree.
 * @throws DomainError not_allowed when they do not, unavailable when the images cannot be looked up.
 */
export async function preparer(
  { settings, catalog, accounts }: Preparing,
  access: ToolAccess,
  { names, signal }: { names: readonly string[]; signal: AbortSignal },
): Promise<(given: GivenJob) => Prepared> {
  const { tool, uid, gid, home } = access.credentials
  const [images] = await Promise.all([catalog.imagesFor(access, { names, signal }), accounts.check(access, signal)])
  const account = { name: tool, uid, gid, home }
  return given => {
    const image = resolveImage(images, given.imagename)
    const complete = completeJob(given, image)
    const job = { given, complete, tool: account, image: image.image, kind: image.kind, settings }
    return {
      given,
      complete,
      workload: manifestOf(job),
      ...companionsFor(job),
      warnings: warningsOf(given, image),
      home,
    }
  }
}

/** Why no pod of the job could ever start. */
export const boundProblems = ({ complete }: Prepared, { limits }: Bounds, settings: JobsSettings): string[] =>
  limitProblems(resourcesOf(complete, settings), limits)

/** What a job that is there holds of the quotas for certain: a finished one its object only, a scheduled one no run. */
export function heldBy(present: Workload, settings: JobsSettings): Need {
  const need = needOf(readJob(present).actual, settings)
  if (present.kind === 'cronjobs' || hasEnded(present)) return objectsIn(need, present.kind)
  return need
}

/** Of what a job needs, the number of its own objects. */
export function objectsIn(need: Need, kind: Workload['kind']): Need {
  const own = kind === 'cronjobs' ? 'count/cronjobs.batch' : 'count/jobs.batch'
  return Object.fromEntries(Object.entries(need).filter(([name]) => name === own))
}

interface Within {
  readonly bounds: Bounds
  readonly settings: JobsSettings
  /** The job in whose place it comes. */
  readonly instead?: Workload | undefined
}

/** Milliseconds after which a quota has counted what was deleted. */
const recountWait = 2000

/** @throws DomainError bad_request when no pod of the job could ever start, quota when there is no room for it. */
export async function checkBounds(prepared: Prepared, within: Within, place: Place): Promise<void> {
  const { bounds, settings } = within
  const problems = boundProblems(prepared, bounds, settings)
  if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
  const missingIn = roomProblems(prepared, within)
  const quotas = await countedQuotas(bounds.quotas, one => missingIn(one).length === 0, place)
  const missing = missingIn(quotas)
  if (missing.length > 0) throw new DomainError('quota', missing.join('\n'))
}

/**
 * The quotas, looked at for a while longer when there is no room in them: they count a little after a deletion. Not where
 * even empty ones have too little.
 */
export async function countedQuotas(
  quotas: readonly KubeQuota[],
  isRoomy: (quotas: readonly KubeQuota[]) => boolean,
  place: Place,
): Promise<readonly KubeQuota[]> {
  if (isRoomy(quotas) || !isRoomy(quotas.map(unused))) return quotas
  let counted = quotas
  const hasRoom = async () => {
    counted = (await place.cluster.list('resourcequotas', { signal: place.signal })).items
    return isRoomy(counted)
  }
  await waitUntil(hasRoom, { ...place, limit: recountWait })
  return counted
}

const unused = (quota: KubeQuota): KubeQuota => ({ ...quota, status: { ...quota.status, used: {} } })

/** What says why there is no room for the job in the quotas, as they are at the time. */
function roomProblems(
  { complete, workload }: Prepared,
  { settings, instead }: Within,
): (quotas: readonly KubeQuota[]) => string[] {
  const before = instead?.kind === 'deployments' ? readJob(instead).actual : undefined
  const freed = instead === undefined ? {} : heldBy(instead, settings)
  const isMore = ([name, amount]: [string, string]) =>
    (parseQuantity(amount) ?? 0n) > (parseQuantity(freed[name] ?? '0') ?? 0n)
  // Finished jobs make room for new ones; and what takes no more than before needs none.
  const needed = Object.entries(needOf(complete, settings, before)).filter(
    entry => isMore(entry) && !(workload.kind === 'jobs' && entry[0] === 'count/jobs.batch'),
  )
  return quotas => quotaProblems(Object.fromEntries(needed), quotas, freed)
}

function warningsOf({ filelog, filelog_stdout, filelog_stderr }: GivenJob, image: Image): string[] {
  const warnings: string[] = []
  if (image.state !== 'stable')
    warnings.push(`The image '${image.name}' is ${image.state}: it still runs, and will be removed; change to another`)
  if (filelog === false && (filelog_stdout ?? filelog_stderr) !== undefined)
    warnings.push('filelog_stdout and filelog_stderr mean nothing without filelog')
  return warnings
}
