import { DomainError } from '../../contract/errors.ts'
import { isSelected, selectorOf } from '../../jobs/labels.ts'
import type { KubeJob } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'

export interface JobPath {
  readonly tool: string
  readonly name: string
}

/** Whether an object is one of the tool's jobs, made by this service or the one before it. */
export const isOurs = (object: KubeJob, tool: string): boolean => isSelected(object, selectorOf(tool, 'one-off'))

/** Whether it is there to stay. */
export const isLive = ({ metadata }: KubeJob): boolean => metadata?.deletionTimestamp === undefined

/** @throws DomainError not_found when the tool has no such job, or it is being deleted. */
export async function findJob(cluster: ToolCluster, { tool, name }: JobPath, signal: AbortSignal): Promise<KubeJob> {
  const job = await cluster.get('jobs', name, { signal })
  if (job !== undefined && isOurs(job, tool) && isLive(job)) return job
  throw new DomainError('not_found', `Job '${name}' does not exist`)
}

/** How often to look whether something has come to be, in milliseconds: soon at first, then less often. */
const firstLook = 50
const longestLook = 500

/** Looks until `look` says yes, at most `limit` milliseconds; gives whether it did. */
export async function waitUntil(
  look: () => Promise<boolean>,
  { clock, limit, signal }: { clock: Clock; limit: number; signal: AbortSignal },
): Promise<boolean> {
  const end = clock.now() + limit
  for (let wait = firstLook; ; wait = Math.min(wait * 2, longestLook)) {
    if (await look()) return true
    if (clock.now() >= end) return false
    await clock.sleep(wait, signal)
  }
}

/** Waits until a job's object is gone, or another stands in its place; gives whether that came to be. */
export function waitGone(
  cluster: ToolCluster,
  job: KubeJob,
  wait: { clock: Clock; limit: number; signal: AbortSignal },
): Promise<boolean> {
  const { name = '', uid } = job.metadata ?? {}
  const isGone = async () => (await cluster.get('jobs', name, { signal: wait.signal }))?.metadata?.uid !== uid
  return waitUntil(isGone, wait)
}
