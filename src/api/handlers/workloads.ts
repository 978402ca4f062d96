import { DomainError, isRefusal } from '../../contract/errors.ts'
import { isSelected, requestAnnotation, selectorOf } from '../../jobs/labels.ts'
import { isRun } from '../../jobs/observed.ts'
import type { Workload } from '../../jobs/wire.ts'
import type { Removal, ToolCluster } from '../../kube/cluster.ts'
import type { ObjectOf } from '../../kube/kinds.ts'
import type { Clock } from '../../platform/clock.ts'
import { backoffDelay } from '../../platform/retry.ts'

/** A tool's way into the cluster, for as long as one request takes. */
export interface Place {
  readonly cluster: ToolCluster
  readonly tool: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Names the request. */
  readonly requestId: string
  /** Does work that may go on when the request is answered; changes that the tool asks for next wait for it. */
  outlasting<T>(work: () => Promise<T>): Promise<T>
}

/** The same for work that must not end with the request. */
export const lasting = (place: Place): Place => ({ ...place, signal: new AbortController().signal })

/** The same to take back what was begun; what it makes is not what the request made. */
const backwards = (place: Place): Place => ({ ...lasting(place), requestId: `${place.requestId}-back` })

export const workloadKinds = ['jobs', 'cronjobs', 'deployments'] as const

export const nameOf = ({ object }: Workload): string => object.metadata?.name ?? ''

/** For calls that are about this very object and no other of its name. */
export const uidOf = ({ object }: Workload): { uid?: string } => {
  const uid = object.metadata?.uid
  return uid === undefined ? {} : { uid }
}

/** Whether it is there to stay. */
export const isLive = ({ object }: Workload): boolean => object.metadata?.deletionTimestamp === undefined

/** Whether it is one of the tool's jobs, made by this service or the one before it; a run of a scheduled job is none. */
export const isOurs = (workload: Workload, tool: string): boolean =>
  isSelected(workload.object, selectorOf(tool)) && !(workload.kind === 'jobs' && isRun(workload.object))

type WorkloadKind = Workload['kind']

/** The one place where a kind and an object of it become one: the call that gave the object was made for the kind. */
const tagged = <K extends WorkloadKind>(kind: K, object: ObjectOf<K>): Workload => ({ kind, object }) as Workload

/** What `ask` gives for each kind that a job can be, together. */
const ofAllKinds = async (ask: (kind: WorkloadKind) => Promise<Workload[]>): Promise<Workload[]> =>
  (await Promise.all(workloadKinds.map(ask))).flat()

/** The objects with these labels, of all kinds that a job can be. */
export const listWorkloads = ({ cluster, signal }: Place, labels: Record<string, string>): Promise<Workload[]> =>
  ofAllKinds(async kind => (await cluster.list(kind, { labels, signal })).items.map(object => tagged(kind, object)))

/** The object of a kind and name, whoever made it; undefined only when the cluster itself says that there is none. */
export async function getWorkload(place: Place, kind: WorkloadKind, name: string): Promise<Workload | undefined> {
  const object = await place.cluster.get(kind, name, { signal: place.signal })
  return object && tagged(kind, object)
}

/** The same from the cluster itself, whatever is in memory. */
export async function getWorkloadNow(place: Place, kind: WorkloadKind, name: string): Promise<Workload | undefined> {
  const object = await place.cluster.get(kind, name, { fresh: true, signal: place.signal })
  return object && tagged(kind, object)
}

const getWorkloads = (place: Place, name: string): Promise<Workload[]> =>
  ofAllKinds(async kind => {
    const found = await getWorkload(place, kind, name)
    return found === undefined ? [] : [found]
  })

/** The tool's job of that name as far as is known; one made a moment ago through another instance may be missing. */
export async function knownWorkload(place: Place, name: string): Promise<Workload | undefined> {
  const known = await listWorkloads(place, selectorOf(place.tool, undefined, name))
  return known.find(one => nameOf(one) === name && isOurs(one, place.tool) && isLive(one))
}

/** The tool's job of that name, or undefined when there is none. */
export async function lookUp(place: Place, name: string): Promise<Workload | undefined> {
  const known = await knownWorkload(place, name)
  if (known !== undefined) return known
  const all = await getWorkloads(place, name)
  return all.find(one => isOurs(one, place.tool) && isLive(one))
}

/** @throws DomainError not_found when the tool has no such job, or it is being deleted. */
export async function findWorkload(place: Place, name: string): Promise<Workload> {
  const found = await lookUp(place, name)
  if (found !== undefined) return found
  throw new DomainError('not_found', `Job '${name}' does not exist`)
}

interface Options {
  /** The cluster checks it all, and keeps nothing. */
  readonly dryRun?: boolean
}

/** Has the cluster check a new object, and keep nothing. */
export async function tryCreate({ cluster, signal }: Place, { kind, object }: Workload): Promise<void> {
  await cluster.create(kind, object, { dryRun: true, signal })
}

/** Creates an object once and no more, also where the answer to the first try is lost. */
export async function createWorkload(place: Place, workload: Workload): Promise<Workload> {
  const { kind, object } = withRequest(workload, place)
  const create = async () => tagged(kind, await place.cluster.create(kind, object, { signal: place.signal }))
  try {
    return await create()
  } catch (error) {
    const made = await madeAllTheSame(error, workload, place)
    if (made !== undefined) return made
    if (isRefusal(error, 'exists')) throw error
  }
  try {
    return await create()
  } catch (error) {
    // The first try may have come through after it was looked for.
    const made = await madeAllTheSame(error, workload, place)
    if (made === undefined) throw error
    return made
  }
}

/** The object, if this very request has made it whatever the error says. @throws what says best why that cannot be known */
async function madeAllTheSame(error: unknown, workload: Workload, place: Place): Promise<Workload | undefined> {
  if (!isRefusal(error, 'unavailable', 'exists')) throw error
  return await madeBefore(workload, place).catch(failure => {
    // That somebody else has made it is not known either.
    throw isRefusal(failure, 'unavailable') ? failure : error
  })
}

/** For how long, and how often, work is repeated that must not be left half done, in milliseconds. */
const patience = 10_000
const pauses = { first: 200, most: 2000 }

/** Repeats work as long as the cluster cannot be asked; for what leaves a job out if it stays undone. */
export const insist = <T>(work: () => Promise<T>, { clock, outlasting }: Place): Promise<T> =>
  outlasting(() => repeated(work, clock))

async function repeated<T>(work: () => Promise<T>, clock: Clock): Promise<T> {
  const end = clock.now() + patience
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (!isRefusal(error, 'unavailable') || clock.now() >= end) throw error
      await clock.sleep(backoffDelay(pauses, tried))
    }
  }
}

/** Takes back what was begun, also when nobody waits for it any more. */
export function takeBack<T>(place: Place, work: (back: Place) => Promise<T>): Promise<T> {
  const back = backwards(place)
  return insist(() => work(back), back)
}

function withRequest({ kind, object }: Workload, { requestId }: Place): Workload {
  const annotations = { ...object.metadata?.annotations, [requestAnnotation]: requestId }
  // The union's kind and object stay together.
  return { kind, object: { ...object, metadata: { ...object.metadata, annotations } } } as Workload
}

/** The object, if this very request has made it. */
export async function madeBefore(workload: Workload, place: Place): Promise<Workload | undefined> {
  const found = await getWorkload(place, workload.kind, nameOf(workload))
  return found?.object.metadata?.annotations?.[requestAnnotation] === place.requestId ? found : undefined
}

export async function replaceWorkload(
  place: Place,
  { kind, object }: Workload,
  options: Options = {},
): Promise<Workload> {
  return tagged(kind, await place.cluster.replace(kind, object, { ...options, signal: place.signal }))
}

/** Deletes this very object; one that is gone or replaced already is left to whoever did that. */
export const removeWorkload = ({ cluster, signal }: Place, workload: Workload): Promise<Removal> =>
  cluster.remove(workload.kind, nameOf(workload), { ...uidOf(workload), signal })

/** How often to look whether something has come to be, in milliseconds: soon at first, then less often. */
const firstLook = 20
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
export function waitGone(workload: Workload, place: Place, limit: number): Promise<boolean> {
  const { kind, object } = workload
  const isGone = async () =>
    (await getWorkload(place, kind, nameOf(workload)))?.object.metadata?.uid !== object.metadata?.uid
  return waitUntil(isGone, { ...place, limit })
}
