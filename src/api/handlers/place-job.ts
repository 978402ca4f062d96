import { DomainError } from '../../contract/errors.ts'
import { selectorOf } from '../../jobs/labels.ts'
import { endOf } from '../../jobs/observed.ts'
import type { KubeJob } from '../../jobs/wire.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'
import { isLive, isOurs, waitGone } from './find-job.ts'

export interface Place {
  readonly cluster: ToolCluster
  readonly tool: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Milliseconds to wait for an object to go, or for the quota to count that it has gone. */
const longestWait = 5000
const betweenTries = 100

/**
 * Creates a job's object. A finished job of that name gives way to it, and the oldest finished one where there are too many.
 * @throws DomainError exists while a job of that name has not ended; quota, admission and others as the cluster refuses.
 */
export async function placeJob(object: KubeJob, place: Place): Promise<KubeJob> {
  const { clock } = place
  const end = clock.now() + longestWait
  const name = object.metadata?.name ?? ''
  let hasRoom = false
  for (;;) {
    const made = await tryOnce(object, place)
    if (!(made instanceof DomainError)) return made
    if (clock.now() >= end) throw made
    hasRoom = await giveWay(made, { name, hasRoom, place })
  }
}

/** The job as it was made, or a refusal that something can be done about. */
async function tryOnce(object: KubeJob, { cluster, signal }: Place): Promise<KubeJob | DomainError> {
  try {
    return await cluster.create('jobs', object, { signal })
  } catch (error) {
    if (error instanceof DomainError && (isTaken(error) || isTooMany(error))) return error
    throw error
  }
}

interface Refused {
  readonly name: string
  /** Whether a job was removed to make room. */
  readonly hasRoom: boolean
  readonly place: Place
}

/** Does what there is to do about a refusal; gives whether a job was removed to make room. */
async function giveWay(refusal: DomainError, { name, hasRoom, place }: Refused): Promise<boolean> {
  if (!isTooMany(refusal)) {
    await clearName(name, place)
    return hasRoom
  }
  // The quota is counted a little after the deletion.
  if (hasRoom) await place.clock.sleep(betweenTries, place.signal)
  else if (!(await makeRoom(place))) throw refusal
  return true
}

const isTaken = ({ code }: DomainError): boolean => code === 'exists' || code === 'conflict'

/** Whether the refusal is about the number of jobs, finished ones among them. */
const isTooMany = ({ code, message }: DomainError): boolean => code === 'quota' && message.includes('count/jobs.batch')

async function clearName(name: string, place: Place): Promise<void> {
  const { cluster, tool, clock, signal } = place
  const existing = await cluster.get('jobs', name, { signal })
  if (existing === undefined) return clock.sleep(betweenTries, signal)
  if (!isOurs(existing, tool))
    throw new DomainError('exists', `'${name}' is the name of a job on Kubernetes that was not made here; use another`)
  if (isLive(existing)) {
    if (endOf(existing) === undefined)
      throw new DomainError(
        'exists',
        'A job with this name exists already; wait until it has ended, or delete it first',
      )
    await remove(existing, place)
  }
  const isGone = await waitGone(cluster, existing, { ...place, limit: longestWait })
  if (!isGone)
    throw new DomainError('conflict', `The job '${name}' of before is still being deleted; try again in a minute`)
}

/** Removes this very object; one that is gone or replaced already is left to whoever did that. */
async function remove({ metadata }: KubeJob, { cluster, signal }: Place): Promise<void> {
  const uid = metadata?.uid
  await cluster.remove('jobs', metadata?.name ?? '', { ...(uid === undefined ? {} : { uid }), signal })
}

/** Removes the job that ended longest ago; gives whether there was one. */
async function makeRoom(place: Place): Promise<boolean> {
  const { cluster, tool, signal } = place
  const { items } = await cluster.list('jobs', { labels: selectorOf(tool, 'one-off'), signal })
  const ended = items.filter(job => isLive(job) && endOf(job) !== undefined)
  const [oldest] = ended.sort((a, b) => endTime(a) - endTime(b))
  if (oldest === undefined) return false
  await remove(oldest, place)
  await waitGone(cluster, oldest, { ...place, limit: longestWait })
  return true
}

const endTime = (job: KubeJob): number => Date.parse(job.status?.completionTime ?? endOf(job)?.at ?? '') || 0
