import type { Deployment, ReplicaSet } from '../kinds/types.ts'
import { desiredReplicasAnnotation } from './deployment-sets.ts'
import { newSize, oldSizes, proportionalSizes, sizeOf, wantedOf } from './deployment-size.ts'

/** The replica sets of a Deployment. */
export interface Sets {
  newest: ReplicaSet | undefined
  /** Oldest first. */
  old: readonly ReplicaSet[]
}

export interface Steps {
  resize: ReadonlyMap<ReplicaSet, number>
  /** Whether the set of the present template is to be made now. */
  create: boolean
}

const allOf = ({ newest, old }: Sets): ReplicaSet[] => (newest === undefined ? [...old] : [...old, newest])
const isActive = (set: ReplicaSet): boolean => sizeOf(set) > 0
const desired = ({ metadata }: ReplicaSet): string | undefined => metadata.annotations?.[desiredReplicasAnnotation]
const nothing: Steps = { resize: new Map(), create: false }

/** Whether the number wanted has changed since the sets' sizes were decided. */
export function isScaled(deployment: Deployment, sets: Sets): boolean {
  const wanted = String(wantedOf(deployment))
  return allOf(sets).some(set => isActive(set) && (desired(set) ?? wanted) !== wanted)
}

/** Whether old pods end before new ones start. */
export const recreates = ({ spec }: Deployment, portsCollide: boolean): boolean =>
  spec.strategy?.type === 'Recreate' ||
  (portsCollide && spec.template.spec.containers.some(({ ports = [] }) => ports.length > 0))

/** What is to be done next; `rolling` unless it is paused or has just been scaled. */
export function sizesFor(
  deployment: Deployment,
  sets: Sets,
  { rolling, portsCollide }: { rolling: boolean; portsCollide: boolean },
): Steps {
  if (!rolling) return { resize: scale(deployment, sets), create: false }
  return recreates(deployment, portsCollide) ? recreate(deployment, sets) : roll(deployment, sets)
}

function scale(deployment: Deployment, sets: Sets): ReadonlyMap<ReplicaSet, number> {
  const wanted = wantedOf(deployment)
  const all = allOf(sets)
  const active = all.filter(isActive)
  if (active.length < 2) {
    const one = active[0] ?? sets.newest ?? sets.old.at(-1)
    return new Map(one === undefined ? [] : [[one, wanted]])
  }
  if (isSaturated(deployment, sets.newest)) {
    return new Map(active.filter(set => set !== sets.newest).map(set => [set, 0]))
  }
  return deployment.spec.strategy?.type === 'RollingUpdate' ? proportionalSizes(deployment, active) : new Map()
}

function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  const wanted = wantedOf(deployment)
  if (newest === undefined || desired(newest) !== String(wanted)) return false
  return sizeOf(newest) === wanted && (newest.status.availableReplicas ?? 0) === wanted
}

const onlyChanges = (sizes: ReadonlyMap<ReplicaSet, number>): Steps => ({
  resize: new Map([...sizes].filter(([set, size]) => size !== sizeOf(set))),
  create: false,
})

/** First as many new ones as there may be, then fewer old ones; the next step follows when pods have changed. */
function roll(deployment: Deployment, sets: Sets): Steps {
  const { newest } = sets
  if (newest === undefined) return { ...nothing, create: true }
  const wanted = wantedOf(deployment)
  const size = sizeOf(newest) > wanted ? wanted : newSize(deployment, allOf(sets), sizeOf(newest))
  if (size !== sizeOf(newest)) return onlyChanges(new Map([[newest, size]]))
  return onlyChanges(oldSizes(deployment, sets.old.filter(isActive), newest))
}

/** Old ones end, and are gone, before new ones begin. */
function recreate(deployment: Deployment, { newest, old }: Sets): Steps {
  if (old.some(isActive)) return onlyChanges(new Map(old.map(set => [set, 0])))
  const isEnding = ({ status }: ReplicaSet): boolean => status.replicas + (status.terminatingReplicas ?? 0) > 0
  if (old.some(isEnding)) return nothing
  return newest === undefined ? { ...nothing, create: true } : onlyChanges(new Map([[newest, wantedOf(deployment)]]))
}
