import type { KubeCronJob, KubePod } from '../jobs/wire.ts'
import type { KindName, ObjectOf } from './kinds.ts'
import type { ListOptions } from './tool-cluster.ts'

/** What of a kind is kept in memory: all of the tool's namespace, or what has these fields. */
const viewed: Partial<Record<KindName, Required<Pick<ListOptions, 'fields'>>>> = {
  jobs: { fields: {} },
  cronjobs: { fields: {} },
  deployments: { fields: {} },
  pods: { fields: {} },
  events: { fields: { type: 'Warning' } },
  resourcequotas: { fields: {} },
  limitranges: { fields: {} },
}

/** The fields that all watched objects of a kind have; undefined for a kind that is not viewed. */
export const watchedFields = (kind: KindName): Record<string, string> | undefined => viewed[kind]?.fields

/** The kinds that belong to the first read, whichever it is: what is shown of jobs is made of them. */
export const openedTogether = ['jobs', 'cronjobs', 'deployments', 'pods', 'events'] as const satisfies KindName[]

/** Objects of one kind; where there are more the cluster is asked. */
export const mostObjects = 5000

type Trim = { [K in KindName]?: (object: ObjectOf<K>) => ObjectOf<K> }

type Container = NonNullable<KubePod['spec']>['containers'][number]

const trimContainer = ({ env: _e, envFrom: _f, volumeMounts: _v, ...container }: Container): Container => container

/** What a pod was made with stands in its job; of the pod it matters what became of it. */
function trimPod(pod: KubePod): KubePod {
  if (pod.spec === undefined) return pod
  const { volumes: _v, tolerations: _t, containers, initContainers, ...spec } = pod.spec
  const first = initContainers === undefined ? {} : { initContainers: initContainers.map(trimContainer) }
  return { ...pod, spec: { ...spec, ...first, containers: containers.map(trimContainer) } }
}

/** Of who wrote it only when: that tells since when its schedule has held. */
function trimCronJob(cronjob: KubeCronJob): KubeCronJob {
  const { managedFields, ...metadata } = cronjob.metadata ?? {}
  if (managedFields === undefined) return cronjob
  const times = managedFields.map(({ time, subresource }) => ({
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined ? {} : { subresource }),
  }))
  return { ...cronjob, metadata: { ...metadata, managedFields: times } }
}

const trims: Trim = { pods: trimPod, cronjobs: trimCronJob }

/** An object as it is kept: without what nobody reads, and never to be changed. */
export function kept<K extends KindName>(kind: K, object: ObjectOf<K>): ObjectOf<K> {
  const trimmed = trims[kind]?.(object) ?? object
  if (trimmed.metadata === undefined || kind === 'cronjobs') return frozen(trimmed)
  const { managedFields: _m, ...metadata } = trimmed.metadata
  return frozen({ ...trimmed, metadata })
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}
