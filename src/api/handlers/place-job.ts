import { DomainError } from '../../contract/errors.ts'
import { limits } from '../../contract/limits.ts'
import { selectorOf } from '../../jobs/labels.ts'
import { endOf } from '../../jobs/observed.ts'
import type { Workload } from '../../jobs/wire.ts'
import {
  createWorkload,
  getWorkload,
  isLive,
  isOurs,
  knownWorkload,
  listWorkloads,
  nameOf,
  type Place,
  removeWorkload,
  tryCreate,
  waitGone,
} from './workloads.ts'

/** Milliseconds to wait for an object to go, or for the quota to count that it has gone. */
const longestWait = 5000
const recountWait = 2000
const betweenTries = 100

/** Whether it is a one-off that has run to its end. */
export const hasEnded = ({ kind, object }: Workload): boolean => kind === 'jobs' && endOf(object) !== undefined

/**
 * Creates a job's object. A finished one-off of that name gives way to it once the cluster would take the new one, and the
 * oldest finished one where there are too many.
 * @throws DomainError exists while there is a job of that name; quota, admission and others as the cluster refuses.
 */
export async function placeJob(workload: Workload, place: Place): Promise<Workload> {
  const { clock } = place
  const begun = clock.now()
  const other = await knownWorkload(place, nameOf(workload))
  if (other !== undefined && other.kind !== workload.kind) await giveUp(other, workload, place)
  let hasRoom = false
  for (;;) {
    const made = await tryOnce(workload, place)
    if (!(made instanceof DomainError)) return made
    const limit = isFull(made) && !hasRoom ? recountWait : longestWait
    if (clock.now() >= begun + limit) throw made
    hasRoom = await giveWay(made, { workload, hasRoom, place })
  }
}

export const taken = (name: string): DomainError =>
  new DomainError('exists', `A job with the name '${name}' exists already; wait until it has ended, or delete it first`)

/** Makes a name free that a finished job has. @throws DomainError exists for one that has not ended, or what the new one meets */
async function giveUp(present: Workload, next: Workload, place: Place): Promise<void> {
  if (!hasEnded(present)) throw taken(nameOf(present))
  await tryOut(next, place)
  await removeWorkload(place, present)
}

/** The job as it was made, or a refusal that something can be done about. */
async function tryOnce(workload: Workload, place: Place): Promise<Workload | DomainError> {
  try {
    return await createWorkload(place, workload)
  } catch (error) {
    if (error instanceof DomainError && (isTaken(error) || isFull(error))) return error
    throw error
  }
}

interface Refused {
  readonly workload: Workload
  /** Whether a job was removed to make room. */
  readonly hasRoom: boolean
  readonly place: Place
}

/** Does what there is to do about a refusal; gives whether a job was removed to make room. */
async function giveWay(refusal: DomainError, { workload, hasRoom, place }: Refused): Promise<boolean> {
  if (!isFull(refusal)) {
    await clearName(workload, place)
    return hasRoom
  }
  if (!hasRoom && isTooMany(refusal) && (await makeRoom(place))) return true
  // The quota is counted a little after a deletion.
  await place.clock.sleep(betweenTries, place.signal)
  return hasRoom
}

const isTaken = ({ code }: DomainError): boolean => code === 'exists' || code === 'conflict'

const isFull = ({ code }: DomainError): boolean => code === 'quota'

/** Whether the refusal is about the number of jobs, finished ones among them. */
const isTooMany = ({ message }: DomainError): boolean => message.includes('count/jobs.batch')

async function clearName(workload: Workload, place: Place): Promise<void> {
  const name = nameOf(workload)
  const existing = await getWorkload(place, workload.kind, name)
  if (existing === undefined) return place.clock.sleep(betweenTries, place.signal)
  if (!isOurs(existing, place.tool))
    throw new DomainError(
      'exists',
      `'${name}' is the name of something on Kubernetes that was not made here; use another`,
    )
  if (isLive(existing)) await giveUp(existing, workload, place)
  if (!(await waitGone(existing, place, longestWait)))
    throw new DomainError('conflict', `The job '${name}' of before is still being deleted; try again in a minute`)
}

/** A name that no other object of the tool has, and that is as long as names may be. */
function trialName(name: string): string {
  const mark = '.trial'
  return `${name.slice(0, limits.jobNameLength - mark.length).replace(/[-.]+$/, '')}${mark}`
}

/**
 * Has the cluster check a job and its pod under another name, with nothing kept: what runs now is only given up for what can be.
 * @throws DomainError as the cluster would refuse them; a quota that is full is no reason, since the old one makes room.
 */
export async function tryOut(workload: Workload, place: Place): Promise<void> {
  const { cluster, signal } = place
  const name = trialName(nameOf(workload))
  const trial = { ...workload, object: { ...workload.object, metadata: { ...workload.object.metadata, name } } }
  const template =
    workload.kind === 'cronjobs' ? workload.object.spec?.jobTemplate.spec?.template : workload.object.spec?.template
  const metadata = { ...template?.metadata, name }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  }
  // The union's kind and object stay together.
  const checks = [tryCreate(place, trial as Workload), cluster.create('pods', pod, { dryRun: true, signal })]
  for (const check of await Promise.allSettled(checks)) {
    if (check.status === 'fulfilled') continue
    const { reason } = check
    if (!(reason instanceof DomainError && reason.code === 'quota')) throw reason
  }
}

/** Removes the job that ended longest ago; gives whether there was one. */
async function makeRoom(place: Place): Promise<boolean> {
  const jobs = await listWorkloads(place, selectorOf(place.tool, 'one-off'))
  const ended = jobs.filter(one => isLive(one) && hasEnded(one))
  const [oldest] = ended.sort((a, b) => endTime(a) - endTime(b))
  if (oldest === undefined) return false
  await removeWorkload(place, oldest)
  await waitGone(oldest, place, longestWait)
  return true
}

const endTime = ({ kind, object }: Workload): number =>
  kind === 'jobs' ? Date.parse(object.status?.completionTime ?? endOf(object)?.at ?? '') || 0 : 0
