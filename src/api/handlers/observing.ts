import { selectorOf } from '../../jobs/labels.ts'
import { type Observed, observe } from '../../jobs/observed.ts'
import type { KubeEvent } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import { findWorkload, isLive, isOurs, nameOf, type Place } from './workloads.ts'

/** The kinds that the state of jobs is read from. */
export const observedKinds = ['jobs', 'cronjobs', 'deployments', 'pods', 'events'] as const

/** What went wrong lately, with any job: events carry no labels. */
const warnings = async (cluster: ToolCluster, signal: AbortSignal): Promise<readonly KubeEvent[]> =>
  (await cluster.list('events', { fields: { type: 'Warning' }, signal })).items

/** All jobs of a tool, or those of one name, with what the cluster knows of them; by name. */
export async function observeJobs(
  { cluster, tool, signal }: Pick<Place, 'cluster' | 'tool' | 'signal'>,
  name?: string,
): Promise<Observed[]> {
  const labels = selectorOf(tool, undefined, name)
  const [jobs, cronjobs, deployments, pods, events] = await Promise.all([
    cluster.list('jobs', { labels, signal }),
    cluster.list('cronjobs', { labels, signal }),
    cluster.list('deployments', { labels, signal }),
    cluster.list('pods', { labels, signal }),
    warnings(cluster, signal),
  ])
  const lists = { jobs: jobs.items, cronjobs: cronjobs.items, deployments: deployments.items, pods: pods.items, events }
  return observe(lists)
    .filter(({ workload }) => isLive(workload) && isOurs(workload, tool))
    .sort((a, b) => (nameOf(a.workload) < nameOf(b.workload) ? -1 : 1))
}

/** One job with what the cluster knows of it. @throws DomainError not_found when there is none. */
export async function observeJob(place: Place, name: string): Promise<Observed> {
  const known = (await observeJobs(place, name)).find(({ workload }) => nameOf(workload) === name)
  if (known !== undefined) return known
  const workload = await findWorkload(place, name)
  return { workload, jobs: [], pods: [], events: [] }
}
