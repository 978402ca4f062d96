import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Kind } from '../kind.ts'
import type { Deployment, ReplicaSet } from '../kinds/types.ts'
import { StatusError } from '../status.ts'
import type { Change, Store } from '../store.ts'
import {
  forCleanup,
  newSet,
  replicaAnnotations,
  revisionAnnotation,
  revisionOf,
  setAnnotations,
  sortSets,
} from './deployment-sets.ts'
import { fencesOf, newSize, sizeOf, wantedOf } from './deployment-size.ts'
import {
  conditionOf,
  type DeploymentCondition,
  type DeploymentStatus,
  hasDeadline,
  isComplete,
  type NewCondition,
  progressing,
  progressLeft,
  rolloutStatus,
  statusOf,
  withCondition,
  withPause,
} from './deployment-status.ts'
import { isScaled, recreates, type Sets, sizesFor } from './deployment-steps.ts'
import type { Recorder } from './events.ts'
import { controlled, controlledBy, controllerOf, keyOf } from './owned.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

export interface DeploymentControllerDeps {
  store: Store
  deployments: Kind<Deployment>
  replicaSets: Kind<ReplicaSet>
  /** For events by `deployment-controller`. */
  record: Recorder
  /** Whether two pods cannot have the same port: then a rollout ends the old ones first. */
  portsCollide: boolean
  clock: Clock
  log: Logger
}

const isOwnProgress = ({ metadata }: Deployment, old: Deployment | undefined): boolean =>
  old !== undefined &&
  metadata.generation === old.metadata.generation &&
  metadata.deletionTimestamp === old.metadata.deletionTimestamp

/** Rolls out templates: one replica set for each, whose sizes it changes step by step. */
export function createDeploymentController(deps: DeploymentControllerDeps) {
  const { store, deployments, replicaSets, record, portsCollide, clock, log } = deps
  let unsubscribe: (() => void)[] = []

  const setsOf = (deployment: Deployment): Sets =>
    sortSets(deployment, controlled(store, replicaSets, { owner: deployment, by: deployments }))

  const updateSet = (set: ReplicaSet, change: { annotations: Record<string, string>; spec?: object }): ReplicaSet => {
    const { resourceVersion: _, ...metadata } = set.metadata
    const annotations = { ...metadata.annotations, ...change.annotations }
    return store.update(replicaSets, {
      ...set,
      metadata: { ...metadata, annotations },
      spec: { ...set.spec, ...change.spec },
    })
  }

  const resize = (deployment: Deployment, set: ReplicaSet, replicas: number): void => {
    const annotations = replicaAnnotations(wantedOf(deployment), fencesOf(deployment).surge)
    const before = sizeOf(set)
    updateSet(set, { annotations, spec: { replicas } })
    if (before === replicas) return
    const direction = before < replicas ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`
    record({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message })
  }

  /** The newest set's annotations, and how long its pods must be ready, are those of the Deployment. */
  const keepUp = (deployment: Deployment, { newest, old }: Sets): void => {
    if (newest === undefined) return
    const annotations = setAnnotations(deployment, old, newest.metadata.annotations)
    const { minReadySeconds } = deployment.spec
    updateSet(newest, { annotations, spec: { minReadySeconds: minReadySeconds || undefined } })
  }

  /** What has become of the attempt to make the set of the present template. */
  interface Made {
    condition?: Omit<NewCondition, 'type'>
    collided?: boolean
    failed: boolean
  }

  const make = (deployment: Deployment, { old }: Sets): Made => {
    const replicas = recreates(deployment, portsCollide) ? wantedOf(deployment) : newSize(deployment, old, 0)
    const annotations = {
      ...setAnnotations(deployment, old),
      ...replicaAnnotations(wantedOf(deployment), fencesOf(deployment).surge),
    }
    const set = newSet(deployment, { owner: controlledBy(deployment, deployments), annotations, replicas })
    const { name, namespace } = { namespace: '', ...set.metadata }
    try {
      store.create(replicaSets, set)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return notMade(deployment, name, error)
    }
    log.debug({ namespace, name }, 'a new replica set')
    if (replicas > 0) {
      const message = `Scaled up replica set ${name} from 0 to ${replicas}`
      record({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message })
    }
    const message = `Created new replica set ${JSON.stringify(name)}`
    return { condition: { status: 'True', reason: 'NewReplicaSetCreated', message }, failed: false }
  }

  const notMade = (deployment: Deployment, name: string, error: StatusError): Made => {
    if (error.reason === 'AlreadyExists') return { collided: true, failed: true }
    if (error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return { failed: false }
    const message = `Failed to create new replica set ${JSON.stringify(name)}: ${error.message}`
    record({ about: deployment, type: 'Warning', reason: 'ReplicaSetCreateError', message })
    return { condition: { status: 'False', reason: 'ReplicaSetCreateError', message }, failed: true }
  }

  const cleanUp = (deployment: Deployment, { old }: Sets): void => {
    for (const set of forCleanup(deployment, old)) store.remove(replicaSets, set.metadata, { uid: set.metadata.uid })
  }

  const write = (deployment: Deployment, status: DeploymentStatus, revision: string | undefined): void => {
    const { resourceVersion: _, annotations, ...metadata } = deployment.metadata
    const known = revision === undefined ? annotations : { ...annotations, [revisionAnnotation]: revision }
    store.update(
      deployments,
      { ...deployment, metadata: { ...metadata, ...(known === undefined ? {} : { annotations: known }) }, status },
      { subresource: 'status' },
    )
  }

  /** Changes sizes, makes and removes sets. @returns what is to be said, besides what the sets say themselves. */
  const act = (deployment: Deployment, rolling: boolean): Made => {
    const sets = setsOf(deployment)
    const sizes = sizesFor(deployment, sets, { rolling, portsCollide })
    for (const [set, size] of sizes.resize) resize(deployment, set, size)
    return sizes.create ? make(deployment, sets) : { failed: false }
  }

  const conditionsAfter = (deployment: Deployment, made: Made, now: number): DeploymentCondition[] => {
    const conditions = withPause(deployment, deployment.status.conditions ?? [], now)
    if (!hasDeadline(deployment.spec)) return conditions
    if (made.condition !== undefined) {
      return withCondition(conditions, { type: progressing, ...made.condition }, now)
    }
    const { newest } = setsOf(deployment)
    if (newest === undefined || conditionOf(conditions, progressing) !== undefined) return conditions
    const message = `Found new replica set ${JSON.stringify(newest.metadata.name)}`
    return withCondition(conditions, { type: progressing, status: 'True', reason: 'FoundNewReplicaSet', message }, now)
  }

  /** @returns the status that was written. */
  const report = (
    deployment: Deployment,
    { made, rolling, now }: { made: Made; rolling: boolean; now: number },
  ): DeploymentStatus => {
    const { newest, old } = setsOf(deployment)
    const all = newest === undefined ? old : [...old, newest]
    const rollout = { deployment, newest, all, conditions: conditionsAfter(deployment, made, now), now }
    const status = rolling ? rolloutStatus(rollout) : statusOf(rollout)
    if (made.collided) status.collisionCount = (status.collisionCount ?? 0) + 1
    write(deployment, status, newest && String(revisionOf(newest)))
    return status
  }

  const run = (deployment: Deployment): Outcome => {
    const now = clock.now()
    const { paused = false } = deployment.spec
    keepUp(deployment, setsOf(deployment))
    const rolling = !paused && !isScaled(deployment, setsOf(deployment))
    const made = act(deployment, rolling)
    const status = report(deployment, { made, rolling, now })
    if (paused || isComplete(deployment, status)) cleanUp(deployment, setsOf(deployment))
    const left = paused ? Number.POSITIVE_INFINITY : progressLeft(deployment, status.conditions ?? [], now)
    // Times are written in whole seconds: a moment later it has passed by any count.
    return { wait: Math.max(0, left) + 1000, failed: made.failed }
  }

  const sync = (key: string): Outcome => {
    const [namespace = '', name = ''] = key.split('/')
    const deployment = store.get(deployments, { namespace, name })
    if (deployment === undefined) return idle
    if (deployment.metadata.deletionTimestamp === undefined) return run(deployment)
    const { newest, old } = setsOf(deployment)
    const all = newest === undefined ? old : [...old, newest]
    const { conditions = [] } = deployment.status
    write(deployment, statusOf({ deployment, newest, all, conditions, now: clock.now() }), undefined)
    return idle
  }

  const queue = createWorkQueue(sync, { clock, log })

  const setChanged = ({ object }: Change<ReplicaSet>): void => {
    const owner = controllerOf(object, deployments)
    if (owner !== undefined) queue.add(`${object.metadata.namespace}/${owner.name}`)
  }

  const deploymentChanged = ({ object, old }: Change<Deployment>): void => {
    if (!isOwnProgress(object, old)) queue.add(keyOf(object))
  }

  return {
    start(): void {
      unsubscribe = [store.subscribe(deployments, deploymentChanged), store.subscribe(replicaSets, setChanged)]
      for (const deployment of store.list(deployments).items) queue.add(keyOf(deployment))
    },
    stop(): void {
      for (const end of unsubscribe) end()
      unsubscribe = []
      queue.stop()
    },
  }
}
