import type { Deployment, ReplicaSet } from '../kinds/types.ts'
import { maxReplicasAnnotation } from './deployment-sets.ts'

// How many pods each replica set of a Deployment is to have: whole numbers, rounded as Kubernetes does.

export const wantedOf = ({ spec }: Deployment): number => spec.replicas ?? 1

export const sizeOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 1

export const totalOf = (sets: readonly ReplicaSet[], read: (set: ReplicaSet) => number = sizeOf): number =>
  sets.reduce((sum, set) => sum + read(set), 0)

const scaled = (value: number | string, total: number, round: (value: number) => number): number =>
  typeof value === 'number' ? value : round((Number.parseInt(value, 10) * total) / 100)

interface Fences {
  /** Pods that may be there beyond those wanted. */
  surge: number
  /** Pods that may be missing. */
  unavailable: number
}

/** A surge is rounded up, what may be missing down; one of the two is left. */
export function fencesOf(deployment: Deployment): Fences {
  const { type, rollingUpdate } = deployment.spec.strategy ?? {}
  if (type !== 'RollingUpdate') return { surge: 0, unavailable: 0 }
  const wanted = wantedOf(deployment)
  const surge = scaled(rollingUpdate?.maxSurge ?? 0, wanted, Math.ceil)
  const unavailable = scaled(rollingUpdate?.maxUnavailable ?? 0, wanted, Math.floor)
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { surge, unavailable: Math.min(least, wanted) }
}

/** What the newest set may have, next to all the others. */
export function newSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedOf(deployment)
  if (deployment.spec.strategy?.type === 'Recreate') return wanted
  const room = wanted + fencesOf(deployment).surge - totalOf(all)
  return room <= 0 ? current : current + Math.min(room, wanted - current)
}

const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value))

/** How much of a change of the whole falls to one set: positive or negative. */
function shareOf(deployment: Deployment, set: ReplicaSet): number {
  const wanted = wantedOf(deployment)
  if (wanted === 0) return -sizeOf(set)
  const before = Number(set.metadata.annotations?.[maxReplicasAnnotation] ?? 0) || (deployment.status.replicas ?? 0)
  if (before === 0) return 0
  return roundHalfAway((sizeOf(set) * (wanted + fencesOf(deployment).surge)) / before) - sizeOf(set)
}

/** Sizes after a change of the number wanted in the midst of a rollout: each active set keeps its proportion. */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const wanted = wantedOf(deployment)
  const change = (wanted > 0 ? wanted + fencesOf(deployment).surge : 0) - totalOf(active)
  const age = (set: ReplicaSet): number => Date.parse(set.metadata.creationTimestamp)
  const newerFirst = change > 0 ? -1 : 1
  const order = active.toSorted((a, b) => sizeOf(b) - sizeOf(a) || newerFirst * (age(a) - age(b)))
  const sizes = new Map<ReplicaSet, number>()
  let added = 0
  for (const set of order) {
    const left = change - added
    const share =
      left === 0 ? 0 : change > 0 ? Math.min(shareOf(deployment, set), left) : Math.max(shareOf(deployment, set), left)
    sizes.set(set, sizeOf(set) + share)
    added += share
  }
  const [largest] = order
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + change - added))
  return sizes
}

/** Pods of old sets that may go now: first those that are of no use, then as many as the new ones stand in for. */
export function oldSizes(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  newest: ReplicaSet,
): Map<ReplicaSet, number> {
  const available = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0
  const least = wantedOf(deployment) - fencesOf(deployment).unavailable
  const all = [...old, newest]
  const waiting = sizeOf(newest) - available(newest)
  const sizes = new Map(old.map(set => [set, sizeOf(set)]))
  let most = totalOf(all) - least - waiting
  if (most <= 0) return sizes
  const shrink = (set: ReplicaSet, count: number): number => {
    const before = sizes.get(set) ?? 0
    const less = Math.max(0, Math.min(count, before))
    sizes.set(set, before - less)
    return less
  }
  for (const set of old) most -= shrink(set, Math.min(most, sizeOf(set) - available(set)))
  let spare = totalOf(all, available) - least
  for (const set of old) spare -= shrink(set, spare)
  return sizes
}
