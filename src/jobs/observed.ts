import type { KubeEvent, KubeJob, KubePod } from './wire.ts'

/** What a cluster knows of one job. */
export interface Observed {
  readonly job: KubeJob
  /** The job's own, in the order in which they were made. */
  readonly pods: readonly KubePod[]
  /** About the job and its pods, the newest first. */
  readonly events: readonly KubeEvent[]
}

interface Owned {
  metadata?: { ownerReferences?: { uid: string }[] }
}

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string | undefined, T[]> =>
  Map.groupBy(items, keyOf)

const ownerOf = ({ metadata }: Owned): string | undefined => metadata?.ownerReferences?.[0]?.uid

/** When an event happened last, RFC 3339; empty where nobody says. */
export const timeOf = (event: KubeEvent): string =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''

const byAge = (a: KubePod, b: KubePod): number =>
  compare(a.metadata?.creationTimestamp ?? '', b.metadata?.creationTimestamp ?? '') ||
  compare(a.metadata?.name ?? '', b.metadata?.name ?? '')

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** The pods of a job, and of no other job that had its name before, in the order in which they were made. */
export const podsOf = (job: KubeJob, pods: readonly KubePod[]): KubePod[] =>
  pods.filter(pod => ownerOf(pod) === job.metadata?.uid).sort(byAge)

/** Sorts what lists gave to the jobs that it is about. */
export function observe(
  jobs: readonly KubeJob[],
  { pods, events }: { pods: readonly KubePod[]; events: readonly KubeEvent[] },
): Observed[] {
  const podsByOwner = grouped(pods, ownerOf)
  const eventsByObject = grouped(events, event => event.involvedObject.uid)
  return jobs.map(job => {
    const uid = job.metadata?.uid
    const own = (uid === undefined ? [] : (podsByOwner.get(uid) ?? [])).toSorted(byAge)
    const objects = [uid, ...own.map(pod => pod.metadata?.uid)].filter(one => one !== undefined)
    const about = objects.flatMap(one => eventsByObject.get(one) ?? [])
    return { job, pods: own, events: about.sort((a, b) => compare(timeOf(b), timeOf(a))) }
  })
}

/** A job's last condition: how it ended, or undefined while it has not. */
export function endOf({
  status,
}: KubeJob): { succeeded: boolean; reason: string; message: string; at?: string } | undefined {
  for (const { type, status: holds, reason = '', message = '', lastTransitionTime } of status?.conditions ?? []) {
    const succeeded = type === 'Complete'
    if (holds !== 'True' || !(succeeded || type === 'Failed')) continue
    return { succeeded, reason, message, ...(lastTransitionTime === undefined ? {} : { at: lastTransitionTime }) }
  }
  return undefined
}
