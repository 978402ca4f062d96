import { itemsOf, momentOf, textOf } from './lenient.ts'
import type { KubeCronJob, KubeDeployment, KubeEvent, KubeJob, KubePod, Workload } from './wire.ts'

/** What a cluster knows of one job. */
export interface Observed {
  readonly workload: Workload
  /** The runs of a scheduled job, the oldest first; empty for other types. */
  readonly jobs: readonly KubeJob[]
  /** The job's own and those of its runs, the oldest first. */
  readonly pods: readonly KubePod[]
  /** About the job, its runs, its ReplicaSets and its pods, those of its Jobs that are gone too; the newest first. */
  readonly events: readonly KubeEvent[]
}

/** What lists gave; what is left out counts as empty. */
export interface Lists {
  readonly jobs?: readonly KubeJob[]
  readonly cronjobs?: readonly KubeCronJob[]
  readonly deployments?: readonly KubeDeployment[]
  readonly pods?: readonly KubePod[]
  readonly events?: readonly KubeEvent[]
}

interface Owner {
  kind?: string
  name?: string
  uid?: string
  controller?: boolean
}
interface Made {
  metadata?: {
    name?: string
    uid?: string
    creationTimestamp?: string
    labels?: Record<string, string>
    ownerReferences?: Owner[]
  }
}

export const uidOf = ({ metadata }: Made): string => textOf(metadata?.uid)
export const nameOf = ({ metadata }: Made): string => textOf(metadata?.name)
export const madeAt = ({ metadata }: Made): string => textOf(metadata?.creationTimestamp)

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
const byAge = (a: Made, b: Made): number => compare(madeAt(a), madeAt(b)) || compare(nameOf(a), nameOf(b))
const byTime = (a: KubeEvent, b: KubeEvent): number => momentOfEvent(b) - momentOfEvent(a)

/** The one that manages an object; a second owner only keeps it from being removed. */
export function ownerOf({ metadata }: Made): Owner | undefined {
  const owners = itemsOf(metadata?.ownerReferences)
  return owners.find(({ controller }) => controller === true) ?? owners[0]
}

/** When an event happened last, RFC 3339; empty where nobody says. */
export const timeOf = ({ series, lastTimestamp, eventTime, metadata }: KubeEvent): string =>
  textOf(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata?.creationTimestamp)

/** The same in milliseconds since 1970, 0 where nobody says; moments are written in whole seconds or finer. */
export const momentOfEvent = (event: KubeEvent): number => momentOf(timeOf(event)) ?? 0

/** Whether a Job is a run of a scheduled job, and so no job of its own. */
export const isRun = (job: KubeJob): boolean => ownerOf(job)?.kind === 'CronJob'

/** A Deployment's ReplicaSet is called like it, with a hash without hyphens behind. */
const deploymentOf = (replicaSet: string): string => replicaSet.slice(0, Math.max(0, replicaSet.lastIndexOf('-')))

/** Where a pod belongs: the uid of its Job, or the name of its Deployment; ReplicaSets are not read. */
function ownerKeyOf(pod: KubePod): string {
  const { kind, name, uid } = ownerOf(pod) ?? {}
  if (kind !== 'ReplicaSet') return byUid(textOf(uid))
  const hash = textOf(pod.metadata?.labels?.['pod-template-hash'])
  const deployment = deploymentOf(textOf(name))
  return hash !== '' && name === `${deployment}-${hash}` ? byName(deployment) : ''
}

function eventKeyOf({ involvedObject }: KubeEvent): string {
  const { kind, name, uid } = involvedObject ?? {}
  return kind === 'ReplicaSet' ? byName(deploymentOf(textOf(name))) : byUid(textOf(uid))
}

/** A Job's pods are called like it, cut to 58 characters, with five more behind: that tells whose a pod was that is gone. */
const byBase = (base: string): string => (base === '' ? '' : `pods ${base}`)
const baseOf = (job: string): string => (job === '' ? '' : `${job}-`.slice(0, 58))
const podKeyOf = ({ involvedObject }: KubeEvent): string =>
  involvedObject?.kind === 'Pod' ? byBase(textOf(involvedObject.name).slice(0, -5)) : ''

const byUid = (uid: string): string => (uid === '' ? '' : `uid ${uid}`)
const byName = (name: string): string => (name === '' ? '' : `deployment ${name}`)

/** The items of one key; what has no key belongs to nobody. */
function index<T extends object>(items: readonly T[] | undefined, keyOf: (item: T) => string) {
  const groups = Map.groupBy(itemsOf(items), keyOf)
  return (key: string): readonly T[] => (key === '' ? [] : (groups.get(key) ?? []))
}

/** Sorts what lists gave to the jobs that it is about, each item once: the work grows with the lists and no faster. */
export function observe({ jobs, cronjobs, deployments, pods, events }: Lists): Observed[] {
  const podsOf = index(pods, ownerKeyOf)
  const eventsOf = index(events, eventKeyOf)
  const runsOf = index(jobs, job => (isRun(job) ? byUid(textOf(ownerOf(job)?.uid)) : ''))
  const eventsOfGone = index(events, podKeyOf)
  const known = new Set(itemsOf(pods).map(uidOf))
  const eventsAbout = (keys: readonly string[], own: readonly KubePod[]): readonly KubeEvent[] =>
    [...keys, ...own.map(pod => byUid(uidOf(pod)))].flatMap(eventsOf)
  /** About the pods of a Job that are there no more. */
  const eventsAboutGone = (job: KubeJob): KubeEvent[] =>
    eventsOfGone(byBase(baseOf(nameOf(job)))).filter(
      event => !known.has(textOf(event.involvedObject.uid)) && momentOfEvent(event) >= (momentOf(madeAt(job)) ?? 0),
    )

  function ofJobs(workload: Workload, runs: readonly KubeJob[]): Observed {
    const keys = [...new Set([workload.object, ...runs].map(object => byUid(uidOf(object))))]
    const own = keys.flatMap(podsOf).sort(byAge)
    const gone = (workload.kind === 'jobs' ? [workload.object] : runs).flatMap(eventsAboutGone)
    return { workload, jobs: runs, pods: own, events: [...eventsAbout(keys, own), ...gone].sort(byTime) }
  }
  function ofDeployment(object: KubeDeployment): Observed {
    // One that had the name before may have left pods and events, which are older.
    const since = madeAt(object)
    const key = byName(nameOf(object))
    const own = podsOf(key)
      .filter(pod => madeAt(pod) >= since)
      .sort(byAge)
    const events = eventsAbout([byUid(uidOf(object)), key], own)
    const about = events.toSorted(byTime).filter(event => momentOfEvent(event) >= (momentOf(since) ?? 0))
    return { workload: { kind: 'deployments', object }, jobs: [], pods: own, events: about }
  }

  return [
    ...itemsOf(jobs)
      .filter(job => !isRun(job))
      .map(object => ofJobs({ kind: 'jobs', object }, [])),
    ...itemsOf(cronjobs).map(object =>
      ofJobs({ kind: 'cronjobs', object }, runsOf(byUid(uidOf(object))).toSorted(byAge)),
    ),
    ...itemsOf(deployments).map(ofDeployment),
  ]
}

/** The pods of a Job, and of no other that had its name before, the oldest first. */
export const podsOf = (job: KubeJob, pods: readonly KubePod[]): KubePod[] =>
  itemsOf(pods)
    .filter(pod => uidOf(job) !== '' && ownerOf(pod)?.uid === uidOf(job))
    .sort(byAge)

/** How a Job ended. */
export interface JobEnd {
  readonly succeeded: boolean
  readonly reason: string
  readonly message: string
  /** RFC 3339. */
  readonly at?: string
}

/** A Job's last condition: how it ended, or undefined while it has not. */
export function endOf({ status }: KubeJob): JobEnd | undefined {
  const final = itemsOf(status?.conditions).find(
    ({ type, status: holds }) => holds === 'True' && (type === 'Complete' || type === 'Failed'),
  )
  if (final === undefined) return undefined
  const at = textOf(final.lastTransitionTime)
  return {
    succeeded: final.type === 'Complete',
    reason: textOf(final.reason),
    message: textOf(final.message),
    ...(at === '' ? {} : { at }),
  }
}
