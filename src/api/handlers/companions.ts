import { DomainError, isRefusal } from '../../contract/errors.ts'
import { ingressOf } from '../../jobs/ingress.ts'
import { readJob } from '../../jobs/read.ts'
import { type JobToReach, serviceOf } from '../../jobs/service.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { KubeIngress, KubeService, Workload } from '../../jobs/wire.ts'
import type { ObjectOf } from '../../kube/kinds.ts'
import { nameOf, type Place, waitUntil } from './workloads.ts'

/** What a continuous job has beside its Deployment, which owns it: a Service for its port, an Ingress where it is published. */
export interface Companions {
  readonly service: KubeService | undefined
  readonly ingress: KubeIngress | undefined
}

/** What a job is to have beside it. */
export const companionsFor = (job: JobToReach): Companions => ({ service: serviceOf(job), ingress: ingressOf(job) })

/** Milliseconds for the companions of a job of before to go, and for the quota to count that they have gone. */
const goneWait = 5000
const recountWait = 2000

type Kind = 'services' | 'ingresses'
type Companion = KubeService | KubeIngress

/**
 * Makes the Service and the Ingress as they are to be, and removes what is not to be; safe to run again.
 * @throws DomainError as the cluster refuses them; exists when the name is that of something else.
 */
export async function settleCompanions(owner: Workload, { service, ingress }: Companions, place: Place): Promise<void> {
  if (owner.kind !== 'deployments') return
  // What leads to a Service comes after it, and a Service that cannot be made has no Ingress before it.
  await settleTwice('services', service, { owner, place })
  await settleTwice('ingresses', ingress, { owner, place })
}

/** Gives a job that is there what it tells of, as far as that can be: a failure may have left it half made. */
export async function mendCompanions(owner: Workload, settings: JobsSettings, place: Place): Promise<void> {
  const { complete } = readJob(owner)
  const wanted = companionsFor({ complete, tool: { name: place.tool }, settings })
  await settleCompanions(owner, wanted, place).catch(() => undefined)
}

/** What the job has beside it now, as it can be made again. */
export async function companionsOf(owner: Workload, place: Place): Promise<Companions> {
  if (owner.kind !== 'deployments') return { service: undefined, ingress: undefined }
  const [service, ingress] = await Promise.all([
    ownOf('services', { owner, place }),
    ownOf('ingresses', { owner, place }),
  ])
  return { service: asNewCompanion(service), ingress: asNewCompanion(ingress) }
}

/** Without what the cluster wrote into it, such as the address that it gave. */
function asNewCompanion<T extends Companion>(object: T | undefined): T | undefined {
  if (object === undefined) return undefined
  const { name, labels = {} } = object.metadata ?? {}
  const { status: _, ...rest } = object
  const spec: Record<string, unknown> = { ...object.spec }
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[field]
  // The same kind of object with fewer fields, all of which the cluster fills in by itself.
  return { ...rest, metadata: { ...(name === undefined ? {} : { name }), labels }, spec } as T
}

/** Whether the cluster has them as they are to be: an outage may have come between a Deployment and its Service. */
export async function hasCompanions(owner: Workload, wanted: Companions, place: Place): Promise<boolean> {
  if (owner.kind !== 'deployments') return true
  const same = async (kind: Kind, companion: Companion | undefined) =>
    isSettled(await ownOf(kind, { owner, place }), companion)
  const all = await Promise.all([same('services', wanted.service), same('ingresses', wanted.ingress)])
  return all.every(Boolean)
}

interface Owned {
  readonly owner: Workload
  readonly place: Place
}

const isOwnedBy = (object: Companion, owner: Workload): boolean =>
  object.metadata?.ownerReferences?.some(({ uid }) => uid === owner.object.metadata?.uid) === true

/** The Service or Ingress of the job, where there is one. */
async function ownOf<K extends Kind>(kind: K, { owner, place }: Owned): Promise<ObjectOf<K> | undefined> {
  const found = await place.cluster.get(kind, nameOf(owner), { signal: place.signal })
  return found !== undefined && isOwnedBy(found, owner) ? found : undefined
}

/** Once more where nobody knows whether the first time did it: the second look tells. */
async function settleTwice(kind: Kind, wanted: Companion | undefined, owned: Owned): Promise<void> {
  try {
    await settle(kind, wanted, owned)
  } catch (error) {
    if (!isRefusal(error, 'unavailable', 'not_found')) throw error
    await settle(kind, wanted, owned)
  }
}

async function settle(kind: Kind, wanted: Companion | undefined, owned: Owned): Promise<void> {
  const { owner, place } = owned
  const { cluster, signal } = place
  const present = await cluster.get(kind, nameOf(owner), { signal })
  const own = present !== undefined && isOwnedBy(present, owner) ? present : undefined
  if (isSettled(own, wanted)) return
  if (wanted === undefined) {
    await cluster.remove(kind, nameOf(owner), { ...uidOfObject(own), signal })
    return
  }
  const object = ownedBy(owner, wanted)
  if (own !== undefined) {
    await cluster.replace(kind, changedTo(own, object), { signal })
    return
  }
  await whenFree(kind, owned, () => cluster.create(kind, object, { signal }))
}

/** What is there with what is wanted put in: the address that a Service was given stays. */
const changedTo = <T extends Companion>(present: T, wanted: T): T => ({
  ...present,
  metadata: { ...present.metadata, ...wanted.metadata },
  spec: { ...present.spec, ...wanted.spec },
})

const uidOfObject = (object: Companion | undefined): { uid?: string } =>
  object?.metadata?.uid === undefined ? {} : { uid: object.metadata.uid }

/** Whether what is there does what is wanted; fields that the cluster fills in do not count. */
const isSettled = (present: Companion | undefined, wanted: Companion | undefined): boolean =>
  wanted === undefined ? present === undefined : present !== undefined && covers(present.spec, wanted.spec)

/** Whether all that is wanted is there as it is wanted. */
function covers(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(present) && present.length === wanted.length && wanted.every((one, at) => covers(present[at], one))
    )
  if (typeof wanted !== 'object' || wanted === null) return present === wanted
  return (
    typeof present === 'object' &&
    present !== null &&
    Object.entries(wanted).every(([name, value]) => covers(Reflect.get(present, name), value))
  )
}

function ownedBy<T extends Companion>(owner: Workload, object: T): T {
  const { uid = '' } = owner.object.metadata ?? {}
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(owner), uid, controller: true }
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } }
}

/** Creates what the companion of a job of before may still be in the way of; that one goes by itself, or is helped to. */
async function whenFree(kind: Kind, { owner, place }: Owned, create: () => Promise<unknown>): Promise<void> {
  const recounted = place.clock.now() + recountWait
  let refusal: unknown
  const isMade = async (): Promise<boolean> => {
    refusal = await create().then(
      () => undefined,
      error => error ?? new Error('no reason'),
    )
    if (refusal === undefined) return true
    if (isRefusal(refusal, 'exists')) return await isMadeMeanwhile(kind, { owner, place })
    // The quota is counted a little after a deletion.
    if (!isRefusal(refusal, 'quota') || place.clock.now() >= recounted) throw refusal
    return false
  }
  if (!(await waitUntil(isMade, { ...place, limit: goneWait }))) throw refusal
}

/** Whether another request of the same job made it; removes one of a job of before. @throws DomainError exists for any other */
async function isMadeMeanwhile(kind: Kind, { owner, place: { cluster, signal } }: Owned): Promise<boolean> {
  const other = await cluster.get(kind, nameOf(owner), { signal })
  if (other === undefined) return false
  if (isOwnedBy(other, owner)) return true
  if (!isOrphan(other)) throw foreign(kind, nameOf(owner))
  await cluster.remove(kind, nameOf(owner), { ...uidOfObject(other), signal })
  return false
}

/** Whether it was a job's: a Deployment of that name owned it, and another stands in its place now. */
const isOrphan = ({ metadata }: Companion): boolean =>
  metadata?.ownerReferences?.some(({ kind, name }) => kind === 'Deployment' && name === metadata.name) === true

const foreign = (kind: Kind, name: string): DomainError =>
  new DomainError(
    'exists',
    `'${name}' is the name of ${kind === 'services' ? 'a Service' : 'an Ingress'} that was not made here; use another name for the job`,
  )
