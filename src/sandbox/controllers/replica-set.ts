import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Kind } from '../kind.ts'
import type { Pod, ReplicaSet } from '../kinds/types.ts'
import { StatusError } from '../status.ts'
import type { Change, Store } from '../store.ts'
import type { Recorder } from './events.ts'
import { controlled, controlledBy, controllerOf, keyOf } from './owned.ts'
import { isActive, podFor } from './pods.ts'
import { forRemoval } from './replica-set-pods.ts'
import { type Failure, nextAvailable, nextStatus } from './replica-set-status.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

/** How many pods are made at once. */
const burst = 500

export interface ReplicaSetControllerDeps {
  store: Store
  replicaSets: Kind<ReplicaSet>
  pods: Kind<Pod>
  /** For events by `replicaset-controller`. */
  record: Recorder
  clock: Clock
  log: Logger
}

/** A status written by ourselves calls for nothing; if it did, a failure would be retried without a pause. */
const isOwnProgress = ({ metadata }: ReplicaSet, old: ReplicaSet | undefined): boolean =>
  old !== undefined &&
  metadata.generation === old.metadata.generation &&
  metadata.deletionTimestamp === old.metadata.deletionTimestamp

/** Keeps as many pods of a template as are asked for. */
export function createReplicaSetController(deps: ReplicaSetControllerDeps) {
  const { store, replicaSets, pods, record, clock, log } = deps
  let unsubscribe: (() => void)[] = []

  const podsOf = (set: ReplicaSet): Pod[] => controlled(store, pods, { owner: set, by: replicaSets })

  /** @throws StatusError for a pod that may not be. */
  const create = (set: ReplicaSet): void => {
    const { metadata } = store.create(pods, podFor(controlledBy(set, replicaSets), set))
    record({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${metadata.name}` })
  }

  const remove = (set: ReplicaSet, pod: Pod): void => {
    store.remove(pods, pod.metadata, { propagation: 'Background', uid: pod.metadata.uid })
    record({ about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }

  const refused = (set: ReplicaSet, error: unknown): Failure | undefined => {
    if (!(error instanceof StatusError)) throw error
    if (isTerminatingNamespace(error)) return undefined
    record({ about: set, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` })
    return { reason: 'FailedCreate', message: error.message }
  }

  /** Ends at the first pod that cannot be made: the others could not be either. @returns why. */
  const manage = (set: ReplicaSet): Failure | undefined => {
    const active = podsOf(set).filter(isActive)
    const missing = (set.spec.replicas ?? 1) - active.length
    for (const pod of forRemoval(active, Math.max(0, -missing))) remove(set, pod)
    try {
      for (let made = 0; made < Math.min(missing, burst); made++) create(set)
      return undefined
    } catch (error) {
      return refused(set, error)
    }
  }

  const sync = (key: string): Outcome => {
    const [namespace = '', name = ''] = key.split('/')
    const set = store.get(replicaSets, { namespace, name })
    if (set === undefined) return idle
    const failure = set.metadata.deletionTimestamp === undefined ? manage(set) : undefined
    const now = clock.now()
    const owned = podsOf(set)
    const status = nextStatus(set, owned, { failure, now })
    const { resourceVersion: _, ...metadata } = set.metadata
    store.update(replicaSets, { ...set, metadata, status }, { subresource: 'status' })
    return { wait: nextAvailable(set, owned, now), failed: failure !== undefined }
  }

  const queue = createWorkQueue(sync, { clock, log })

  const podChanged = (pod: Pod): void => {
    const owner = controllerOf(pod, replicaSets)
    if (owner !== undefined) queue.add(`${pod.metadata.namespace}/${owner.name}`)
  }

  const setChanged = ({ object, old }: Change<ReplicaSet>): void => {
    if (!isOwnProgress(object, old)) queue.add(keyOf(object))
  }

  return {
    start(): void {
      unsubscribe = [
        store.subscribe(replicaSets, setChanged),
        store.subscribe(pods, ({ object }) => podChanged(object)),
      ]
      for (const set of store.list(replicaSets).items) queue.add(keyOf(set))
    },
    stop(): void {
      for (const end of unsubscribe) end()
      unsubscribe = []
      queue.stop()
    },
  }
}

/** There nothing can be made any more, and nobody need be told. */
const isTerminatingNamespace = (error: StatusError): boolean =>
  error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
