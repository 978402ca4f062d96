import type { KindName, ObjectOf } from '../../kube/kinds.ts'
import type { NamespacedCluster } from '../../kube/platform-cluster.ts'
import type { MergePatch } from '../../kube/tool-cluster.ts'
import { noteNames } from '../notes.ts'

/** What is stopped by its number of copies, the owners before what they own. */
const scaled = ['deployments', 'statefulsets', 'replicationcontrollers', 'replicasets'] as const
/** What is stopped by a flag of its own, the owners first. */
const suspended = ['cronjobs', 'jobs'] as const

type StoppedKind = (typeof scaled)[number] | (typeof suspended)[number]

interface Metadata {
  name?: string
  annotations?: Record<string, string>
  ownerReferences?: readonly { controller?: boolean }[]
}
/** What all kinds that are stopped have in common. */
interface Workload {
  metadata?: Metadata | undefined
  spec?: { replicas?: number; suspend?: boolean } | undefined
  status?: object | undefined
}

const isOwned = ({ metadata }: Pick<Workload, 'metadata'>): boolean =>
  metadata?.ownerReferences?.some(owner => owner.controller) === true
const noteOf = ({ metadata }: Workload, name: string): string | undefined => metadata?.annotations?.[name]

interface Change {
  readonly annotations: Record<string, string | null>
  readonly spec: { replicas: number } | { suspend: boolean }
}

/** To no copies; how many there were is written down in the same request, so that it is never lost. */
function scaleDown(workload: Workload): Change | undefined {
  const replicas = workload.spec?.replicas ?? 1
  if (replicas === 0) return undefined
  return { annotations: { [noteNames.replicas]: String(replicas) }, spec: { replicas: 0 } }
}

function scaleUp(workload: Workload): Change | undefined {
  const former = Number(noteOf(workload, noteNames.replicas) ?? Number.NaN)
  if (!Number.isSafeInteger(former) || former < 0) return undefined
  return { annotations: { [noteNames.replicas]: null }, spec: { replicas: former } }
}

/** What was suspended before is not resumed later. */
const suspend = (workload: Workload): Change | undefined =>
  workload.spec?.suspend === true ? undefined : { annotations: { [noteNames.resume]: 'true' }, spec: { suspend: true } }

const resume = (workload: Workload): Change | undefined =>
  noteOf(workload, noteNames.resume) === undefined
    ? undefined
    : { annotations: { [noteNames.resume]: null }, spec: { suspend: false } }

/** Whether a job has ended: there is nothing to stop. */
function isFinished({ status }: Workload): boolean {
  const conditions = status !== undefined && 'conditions' in status ? status.conditions : undefined
  return Array.isArray(conditions) && conditions.some(isEnd)
}
const isEnd = (condition: { type?: unknown; status?: unknown }): boolean =>
  (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True'

/** The rule of each kind gives fields that it has. */
const patchOf = <K extends StoppedKind>(_kind: K, { annotations, spec }: Change): MergePatch<ObjectOf<K>> =>
  ({ metadata: { annotations }, spec }) as MergePatch<ObjectOf<K>>

type Rule = (workload: Workload) => Change | undefined

async function changeAll(cluster: NamespacedCluster, kind: StoppedKind, rule: Rule): Promise<void> {
  const items: readonly Workload[] = (await cluster.list(kind)).items
  for (const item of items) {
    const change = isOwned(item) || isFinished(item) ? undefined : rule(item)
    if (change === undefined) continue
    await cluster.patch(kind, item.metadata?.name ?? '', { patch: patchOf(kind, change) })
  }
}

/** Pods of nobody cannot be stopped and go on later: they end. What has ended by itself stays for its logs. */
async function endBarePods(cluster: NamespacedCluster): Promise<void> {
  const { items } = await cluster.list('pods')
  const running = items.filter(pod => !isOwned(pod) && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''))
  for (const { metadata } of running) {
    const { name = '', uid } = metadata ?? {}
    await cluster.remove('pods', name, uid === undefined ? {} : { uid })
  }
}

/**
 * Stops all that runs in a namespace: jobs and scheduled jobs are suspended, what has copies gets none, each with what it had
 * before noted on it. Done twice, the notes stay those of the first time.
 */
export async function stopWorkloads(cluster: NamespacedCluster): Promise<void> {
  for (const kind of suspended) await changeAll(cluster, kind, suspend)
  for (const kind of scaled) await changeAll(cluster, kind, scaleDown)
  await endBarePods(cluster)
}

/** Lets all go on that was stopped by `stopWorkloads`, as it was. */
export async function resumeWorkloads(cluster: NamespacedCluster): Promise<void> {
  for (const kind of scaled) await changeAll(cluster, kind, scaleUp)
  for (const kind of [...suspended].reverse()) await changeAll(cluster, kind, resume)
}

/** The kinds that are written to, for the list of rights. */
export const stoppedKinds: readonly KindName[] = [...suspended, ...scaled]
