import { isRefusal } from '../../contract/errors.ts'
import { isSelected, selectorOf } from '../../jobs/labels.ts'
import { ownerOf, uidOf } from '../../jobs/observed.ts'
import { isEnded } from '../../jobs/pod-status.ts'
import type { KubeDeployment, Workload } from '../../jobs/wire.ts'
import type { KindName } from '../../kube/kinds.ts'
import { getWorkloadNow, listWorkloads, nameOf, type Place, workloadKinds } from './workloads.ts'

/*
 * A cluster's garbage collector that lost its watch, and finds another object of the same name when it begins again, takes it
 * for the one it knew and never removes what that one owned: pods of a deleted job run until the controllers are started anew
 * (seen with Kubernetes 1.36). So whoever makes or deletes a job clears what one of before has left.
 */

type WorkloadKind = Workload['kind']

/** How owners are called, and what they own. */
const owners = {
  jobs: { kind: 'Job', owned: ['pods'] },
  cronjobs: { kind: 'CronJob', owned: ['jobs'] },
  deployments: { kind: 'Deployment', owned: ['replicasets', 'services', 'ingresses'] },
} as const satisfies Record<WorkloadKind, { kind: string; owned: readonly KindName[] }>

interface Search {
  readonly place: Place
  readonly kinds: readonly WorkloadKind[]
  /** Of jobs and of what they own. */
  readonly labels: Record<string, string>
  /** Jobs that are there. */
  readonly known: readonly Workload[]
}

/** Clears what jobs of this one's kind and name have left. @throws DomainError as the cluster refuses */
export const clearBefore = (workload: Workload, place: Place): Promise<void> =>
  clear({
    place,
    kinds: [workload.kind],
    labels: selectorOf(place.tool, undefined, nameOf(workload)),
    known: [workload],
  })

/** Clears what the tool's jobs have left that are there no more. @throws DomainError as the cluster refuses */
export async function clearAll(place: Place): Promise<void> {
  const labels = selectorOf(place.tool)
  await clear({ place, kinds: workloadKinds, labels, known: await listWorkloads(place, labels) })
}

async function clear(search: Search): Promise<void> {
  const { place, kinds } = search
  const left = await Promise.all(kinds.flatMap(by => owners[by].owned.map(kind => clearKind(kind, by, search))))
  const uids = new Set(left.flat())
  if (uids.size === 0) return
  // They may be overlooked as well.
  const pods = (await objectsOf('pods', search)).filter(pod => uids.has(ownerOf(pod)?.uid ?? ''))
  await Promise.all(pods.map(pod => remove('pods', pod, place)))
}

type Owned = Parameters<typeof ownerOf>[0] & { metadata?: { deletionTimestamp?: string } }

/** Clears what owners of a kind left of another; gives the uids of what it was. */
async function clearKind(kind: KindName, by: WorkloadKind, search: Search): Promise<string[]> {
  const { place, known } = search
  const uids = new Set(known.map(({ object }) => object.metadata?.uid))
  const lost = (await objectsOf(kind, search)).filter(object => {
    const owner = ownerOf(object)
    return owner?.kind === owners[by].kind && !uids.has(owner.uid)
  })
  const cleared = [...Map.groupBy(lost, object => ownerOf(object)?.name ?? '')].map(async ([name, objects]) => {
    // Memory may be behind.
    const present = await getWorkloadNow(place, by, name)
    const left = objects.filter(object => ownerOf(object)?.uid !== present?.object.metadata?.uid)
    await Promise.all(left.map(object => clearOne(kind, object, { present, place })))
    return left.map(uidOf)
  })
  return (await Promise.all(cleared)).flat()
}

/** Those that do not end by themselves. What a tool may not see was not made here either. */
async function objectsOf(kind: KindName, { place: { cluster, signal }, labels }: Search): Promise<Owned[]> {
  const options = { labels, signal }
  try {
    const objects: readonly Owned[] =
      kind === 'pods'
        ? (await cluster.list('pods', options)).items.filter(pod => !isEnded(pod))
        : (await cluster.list(kind, options)).items
    return objects.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
  } catch (error) {
    if (isRefusal(error, 'not_allowed')) return []
    throw error
  }
}

interface Clearing {
  /** What has the owner's name now. */
  readonly present: Workload | undefined
  readonly place: Place
}

const remove = (kind: KindName, object: Owned, { cluster, signal }: Place): Promise<unknown> =>
  cluster.remove(kind, object.metadata?.name ?? '', { uid: uidOf(object), signal })

async function clearOne(kind: KindName, object: Owned, { present, place }: Clearing): Promise<void> {
  const next = kind === 'replicasets' && present?.kind === 'deployments' ? present.object : undefined
  if (next !== undefined && isSelected(object, next.spec?.selector.matchLabels ?? {}))
    await handOver(object, next, place)
  else await remove(kind, object, place)
}

/**
 * Gives a ReplicaSet, without pods, to the Deployment that is there. One that is removed would be made again by a controller that
 * is behind, for the Deployment of before.
 */
async function handOver(object: Owned, { metadata }: KubeDeployment, { cluster, signal }: Place): Promise<void> {
  const { name = '', uid = '' } = metadata ?? {}
  const owner = { apiVersion: 'apps/v1', kind: owners.deployments.kind, name, uid, controller: true }
  const patch = { metadata: { uid: uidOf(object), ownerReferences: [owner] }, spec: { replicas: 0 } }
  try {
    await cluster.patch('replicasets', object.metadata?.name ?? '', { patch, signal })
  } catch (error) {
    if (!isRefusal(error, 'not_found', 'conflict')) throw error
  }
}
