import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { Kind } from '../kind.ts'
import type { Job, Pod } from '../kinds/types.ts'
import { StatusError } from '../status.ts'
import type { Change, Store } from '../store.ts'
import type { Recorder } from './events.ts'
import { type Backoff, noBackoff } from './job-backoff.ts'
import { beyondUs, type Plan, planFor } from './job-plan.ts'
import { isTracked, trackedPodFor, trackingFinalizer } from './job-pods.ts'
import { conditionOf, finished, nextStatus, toRelease } from './job-status.ts'
import { controlled, controlledBy, controllerOf, keyOf } from './owned.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

export interface JobControllerDeps {
  store: Store
  jobs: Kind<Job>
  pods: Kind<Pod>
  /** For events by `job-controller`. */
  record: Recorder
  clock: Clock
  log: Logger
}

/** A status written by ourselves calls for nothing; if it did, a failure would be retried without a pause. */
const isOwnProgress = (job: Job, old: Job | undefined): boolean =>
  old !== undefined &&
  job.metadata.generation === old.metadata.generation &&
  job.metadata.deletionTimestamp === old.metadata.deletionTimestamp &&
  finished(job.status) === undefined

/** Makes and ends pods as jobs ask for it, counts how they end, and removes jobs whose time is over. */
export function createJobController({ store, jobs, pods, record, clock, log }: JobControllerDeps) {
  const backoffs = new Map<string, Backoff>()
  let unsubscribe: (() => void)[] = []

  const podsOf = (job: Job): Pod[] => controlled(store, pods, { owner: job, by: jobs })

  /** The job that a pod belongs to, as long as it is there. */
  const jobOf = (pod: Pod): Job | undefined => {
    const owner = controllerOf(pod, jobs)
    if (owner === undefined) return undefined
    const job = store.get(jobs, { namespace: pod.metadata.namespace, name: owner.name })
    return job?.metadata.uid === owner.uid ? job : undefined
  }

  const release = (pod: Pod): void => {
    const now = store.get(pods, pod.metadata)
    if (now === undefined || now.metadata.uid !== pod.metadata.uid || !isTracked(now)) return
    const { finalizers = [], resourceVersion: _, ...metadata } = now.metadata
    const rest = finalizers.filter(name => name !== trackingFinalizer)
    store.update(pods, { ...now, metadata: { ...metadata, finalizers: rest } })
  }

  const remove = (job: Job, pod: Pod, failing: boolean): void => {
    if (!failing) release(pod)
    if (store.get(pods, pod.metadata) === undefined) return
    store.remove(pods, pod.metadata, { propagation: 'Background', uid: pod.metadata.uid })
    record({ about: job, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }

  /** @returns whether the pod could be made. */
  const create = (job: Job): boolean => {
    try {
      const { metadata } = store.create(pods, trackedPodFor(controlledBy(job, jobs), job))
      record({ about: job, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${metadata.name}` })
      return true
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      const ending = error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
      const message = `Error creating: ${error.message}`
      if (!ending) record({ about: job, type: 'Warning', reason: 'FailedCreate', message })
      return false
    }
  }

  /** @returns whether everything could be done. */
  const perform = (job: Job, { create: count, remove: leaving, removedFail }: Plan): boolean => {
    for (const pod of leaving) remove(job, pod, removedFail)
    for (let made = 0; made < count; made++) if (!create(job)) return false
    return true
  }

  const tell = (before: Job, after: Job): void => {
    const suspended = (job: Job) => conditionOf(job.status, 'Suspended')?.status
    if (suspended(before) !== suspended(after)) {
      const { reason, message } =
        suspended(after) === 'True'
          ? { reason: 'Suspended', message: 'Job suspended' }
          : { reason: 'Resumed', message: 'Job resumed' }
      record({ about: after, type: 'Normal', reason, message })
    }
    const end = finished(after.status)
    if (end?.type === 'Complete') {
      record({ about: after, type: 'Normal', reason: 'Completed', message: 'Job completed' })
    } else if (end !== undefined) {
      record({ about: after, type: 'Warning', reason: end.reason ?? '', message: end.message ?? '' })
    }
  }

  const run = (job: Job): Outcome => {
    const now = clock.now()
    const plan = planFor({ job, pods: podsOf(job), now }, backoffs.get(job.metadata.uid) ?? noBackoff)
    backoffs.set(job.metadata.uid, plan.backoff)
    const done = perform(job, plan)
    const after = podsOf(job)
    const status = nextStatus({ job, pods: after, now }, plan.ending)
    const { resourceVersion: _, ...metadata } = job.metadata
    const updated = store.update(jobs, { ...job, metadata, status }, { subresource: 'status' })
    for (const pod of toRelease(job, after, plan.ending)) release(pod)
    tell(job, updated)
    return { wait: plan.wait, failed: !done }
  }

  /** A finished job goes when its time is over. */
  const expire = (job: Job, since: string | undefined): Outcome => {
    const { ttlSecondsAfterFinished: seconds } = job.spec
    if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return idle
    const wait = Date.parse(since ?? job.metadata.creationTimestamp) + seconds * 1000 - clock.now()
    if (wait > 0) return { wait, failed: false }
    store.remove(jobs, job.metadata, { propagation: 'Foreground', uid: job.metadata.uid })
    return idle
  }

  const sync = (key: string): Outcome => {
    const [namespace = '', name = ''] = key.split('/')
    const job = store.get(jobs, { namespace, name })
    if (job === undefined || job.spec.managedBy !== undefined) return idle
    const end = finished(job.status)
    if (end !== undefined) {
      backoffs.delete(job.metadata.uid)
      for (const pod of podsOf(job)) release(pod)
      return expire(job, end.lastTransitionTime)
    }
    const beyond = beyondUs(job)
    if (beyond === undefined) return run(job)
    const message = `the sandbox does not run ${beyond}; a Kubernetes cluster does`
    record({ about: job, type: 'Warning', reason: 'SandboxLimitation', message })
    return idle
  }

  const queue = createWorkQueue(sync, { clock, log })

  const jobChanged = ({ type, object, old }: Change<Job>): void => {
    if (!isOwnProgress(object, old)) queue.add(keyOf(object))
    if (type !== 'DELETED') return
    backoffs.delete(object.metadata.uid)
    for (const pod of podsOf(object)) release(pod)
  }

  const podChanged = (pod: Pod): void => {
    const job = jobOf(pod)
    if (job !== undefined) queue.add(keyOf(job))
    else if (isTracked(pod)) release(pod)
  }

  return {
    start(): void {
      unsubscribe = [store.subscribe(jobs, jobChanged), store.subscribe(pods, ({ object }) => podChanged(object))]
      for (const job of store.list(jobs).items) queue.add(keyOf(job))
      for (const pod of store.list(pods).items) podChanged(pod)
    },
    stop(): void {
      for (const end of unsubscribe) end()
      unsubscribe = []
      queue.stop()
    },
  }
}
