import { printable } from '../platform/printable.ts'
import { containerName } from './labels.ts'
import { countOf, itemsOf, textOf } from './lenient.ts'
import { madeAt, nameOf, uidOf } from './observed.ts'
import type { KubePod } from './wire.ts'

type Status = NonNullable<KubePod['status']>
type ContainerStatus = NonNullable<Status['containerStatuses']>[number]
type Condition = NonNullable<Status['conditions']>[number]
type Spec = NonNullable<KubePod['spec']>
export type Container = Spec['containers'][number]

/** How a container's process ended. */
export interface ProcessEnd {
  readonly code: number
  readonly reason: string
  readonly message: string
  /** RFC 3339, or empty. */
  readonly startedAt: string
  readonly finishedAt: string
}

/** What a pod's status tells, whatever is missing in it. */
export interface PodFacts {
  readonly name: string
  readonly uid: string
  readonly made: string
  /** Names the version of a continuous job that it runs. */
  readonly hash: string
  readonly phase: string
  readonly reason: string
  readonly message: string
  /** Whether it was told to end. */
  readonly isLeaving: boolean
  /** Why no node has it yet. */
  readonly unscheduled?: Reason
  /** Why the cluster ended it. */
  readonly disruption?: Reason
  /** The container that counts: one that prepares the pod while that does not end well, else the job's. */
  readonly container?: Container
  readonly waiting?: Reason
  readonly runningSince?: string
  readonly isReady: boolean
  /** Since when the cluster does not count it as ready any more though its node, which is silent, last said that it is. */
  readonly cutOffSince?: string
  /** Its process now has ended. */
  readonly end?: ProcessEnd
  /** The process before had ended. */
  readonly lastEnd?: ProcessEnd
  readonly restarts: number
  /** `Always`, `OnFailure`, `Never`, or empty. */
  readonly restartPolicy: string
}

export interface Reason {
  readonly reason: string
  readonly message: string
}

const reasonOf = (from: { reason?: string; message?: string } | undefined): Reason => ({
  reason: textOf(from?.reason),
  message: textOf(from?.message),
})

/** The container that is the job; pods of other software have theirs under another name, the first. */
const main = <T extends { name?: string }>(containers: readonly T[] | undefined): T | undefined => {
  const all = itemsOf(containers)
  return all.find(({ name }) => name === containerName) ?? all[0]
}

/** The status of the job's container; none while only others have one. */
export function mainStatus({ spec, status }: KubePod): ContainerStatus | undefined {
  const statuses = itemsOf(status?.containerStatuses)
  const name = main(spec?.containers)?.name ?? containerName
  return statuses.find(one => one.name === name)
}

/** A container that must end before the others start, and does not end well. */
const stuckInit = ({ status }: KubePod): ContainerStatus | undefined =>
  itemsOf(status?.initContainerStatuses).find(({ state }) => {
    const { waiting, terminated } = state ?? {}
    if (terminated) return terminated.exitCode !== 0
    return waiting ? !ordinaryReasons.includes(textOf(waiting.reason)) : false
  })

/** While a container is made the ordinary way. */
export const ordinaryReasons = ['', 'ContainerCreating', 'PodInitializing']

function endOfProcess(from: NonNullable<ContainerStatus['state']>['terminated']): ProcessEnd | undefined {
  if (typeof from !== 'object' || from === null) return undefined
  const { exitCode, startedAt, finishedAt } = from
  return { code: countOf(exitCode), ...reasonOf(from), startedAt: textOf(startedAt), finishedAt: textOf(finishedAt) }
}

/**
 * A node sets both conditions at once; who speaks for a silent one takes back the first only. What else a pod may wait for
 * before it counts as ready has a reason of its own.
 */
function isCutOff(conditions: readonly Condition[]): boolean {
  const ready = conditions.find(({ type }) => type === 'Ready')
  const containers = conditions.find(({ type }) => type === 'ContainersReady')
  return ready?.status === 'False' && ready.reason !== 'ReadinessGatesNotReady' && containers?.status === 'True'
}

export function podFacts(pod: KubePod): PodFacts {
  const { metadata, spec, status } = pod
  const stuck = stuckInit(pod)
  const container = stuck ?? mainStatus(pod)
  const { waiting, running, terminated } = container?.state ?? {}
  const conditions = itemsOf(status?.conditions)
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const disruption = conditions.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  const ready = conditions.find(({ type }) => type === 'Ready')
  const all = [...itemsOf(spec?.initContainers), ...itemsOf(spec?.containers)]
  const declared = all.find(({ name }) => name === container?.name) ?? main(spec?.containers)
  const end = endOfProcess(terminated)
  const lastEnd = endOfProcess(container?.lastState?.terminated)
  return {
    name: nameOf(pod),
    uid: uidOf(pod),
    made: madeAt(pod),
    hash: textOf(metadata?.labels?.['pod-template-hash']),
    phase: textOf(status?.phase),
    ...reasonOf(status),
    isLeaving: textOf(metadata?.deletionTimestamp) !== '',
    ...(unscheduled === undefined ? {} : { unscheduled: reasonOf(unscheduled) }),
    ...(disruption === undefined ? {} : { disruption: reasonOf(disruption) }),
    ...(declared === undefined ? {} : { container: declared }),
    ...(waiting ? { waiting: reasonOf(waiting) } : {}),
    ...(running ? { runningSince: textOf(running.startedAt) } : {}),
    ...(end === undefined ? {} : { end }),
    ...(lastEnd === undefined ? {} : { lastEnd }),
    isReady: container?.ready === true && ready?.status !== 'False',
    ...(isCutOff(conditions) ? { cutOffSince: textOf(ready?.lastTransitionTime) } : {}),
    restarts: countOf(container?.restartCount),
    restartPolicy: textOf(spec?.restartPolicy),
  }
}

/** A cluster's text within a sentence of ours: one line, and not endless. */
export const said = (text: unknown): string =>
  printable(textOf(text).trim().replace(/\s+/g, ' ').replace(/\.$/, ''), 300)

export const isEnded = ({ status }: KubePod): boolean => status?.phase === 'Failed' || status?.phase === 'Succeeded'

/** Whether a pod is neither over nor told to end. */
export const isLivePod = ({ phase, isLeaving }: PodFacts): boolean =>
  phase !== 'Failed' && phase !== 'Succeeded' && !isLeaving
