import type { Clock } from '../../platform/clock.ts'
import { rfc3339 } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import type { CronJob, Job } from '../kinds/types.ts'
import { StatusError } from '../status.ts'
import type { Change, Store } from '../store.ts'
import { untilNext } from './cron-missed.ts'
import { type CronPlan, planCron, type Saying } from './cron-plan.ts'
import { controllerOf, type Reference, referenceTo, runFor, runName } from './cron-run.ts'
import { createSchedule } from './cron-schedule.ts'
import type { Recorder } from './events.ts'
import { createWorkQueue, idle, type Outcome } from './work-queue.ts'

const failed: Outcome = { ...idle, failed: true }

export interface CronJobControllerDeps {
  store: Store
  cronJobs: Kind<CronJob>
  jobs: Kind<Job>
  /** For events by `cronjob-controller`. */
  record: Recorder
  clock: Clock
  log: Logger
}

const keyOf = ({ metadata }: CronJob): string => `${metadata.namespace}/${metadata.name}`

function withActive({ active: _, ...status }: CronJob['status'], active: Reference[]): CronJob['status'] {
  return active.length > 0 ? { active, ...status } : status
}

type Started = Pick<Outcome, 'failed'> & { reference?: Reference }

/** Starts jobs when their time has come, keeps book of them, and removes old ones. */
export function createCronJobController({ store, cronJobs, jobs, record, clock, log }: CronJobControllerDeps) {
  let unsubscribe: (() => void)[] = []

  /** Kubernetes, too, looks at the controller's name only. */
  const runsOf = ({ metadata }: CronJob): Job[] =>
    store.list(jobs, { namespace: metadata.namespace, where: job => controllerOf(job)?.name === metadata.name }).items

  const tell = (about: CronJob, saying: Saying): void => record({ about, ...saying })

  const remove = (cronJob: CronJob, name: string): void => {
    store.remove(jobs, { namespace: cronJob.metadata.namespace, name }, { propagation: 'Background' })
    tell(cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` })
  }

  /** A job of that name that is ours is one of which the status does not know yet; another one is not our business. */
  const adopt = (cronJob: CronJob, name: string): Started => {
    const job = store.get(jobs, { namespace: cronJob.metadata.namespace, name })
    if (job === undefined || controllerOf(job)?.uid !== cronJob.metadata.uid) return { failed: false }
    return { failed: false, reference: referenceTo(job) }
  }

  const create = (cronJob: CronJob, moment: number): Started => {
    try {
      const job = store.create(jobs, runFor(cronJob, moment))
      tell(cronJob, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${job.metadata.name}` })
      return { failed: false, reference: referenceTo(job) }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (error.reason === 'AlreadyExists') return adopt(cronJob, runName(cronJob, moment))
      tell(cronJob, { type: 'Warning', reason: 'FailedCreate', message: `Error creating job: ${error.message}` })
      return { failed: true }
    }
  }

  /** @returns the status that follows, and what the queue is to do. */
  const start = (cronJob: CronJob, { status, start: due, wait }: CronPlan): [CronJob['status'], Outcome] => {
    if (due === undefined) return [status, { wait, failed: false }]
    for (const { name = '' } of due.replaces) remove(cronJob, name)
    const left = (status.active ?? []).filter(reference => !due.replaces.includes(reference))
    const { reference, failed: refused } = create(cronJob, due.moment)
    if (reference === undefined) return [withActive(status, left), refused ? failed : idle]
    const lastScheduleTime = rfc3339(due.moment)
    return [
      { ...withActive(status, [...left, reference]), lastScheduleTime },
      { wait, failed: false },
    ]
  }

  const sync = (key: string): Outcome => {
    const [namespace = '', name = ''] = key.split('/')
    const cronJob = store.get(cronJobs, { namespace, name })
    if (cronJob === undefined) return idle
    const exists = (job: string): boolean => store.get(jobs, { namespace, name: job }) !== undefined
    const plan = planCron({ cronJob, jobs: runsOf(cronJob), exists, now: clock.now() })
    for (const { metadata } of plan.expired) remove(cronJob, metadata.name)
    for (const saying of plan.events) tell(cronJob, saying)
    const [status, outcome] = start(cronJob, plan)
    const { resourceVersion: _, ...metadata } = cronJob.metadata
    store.update(cronJobs, { ...cronJob, metadata, status }, { subresource: 'status' })
    return outcome
  }

  const queue = createWorkQueue(sync, { clock, log })

  /** A new schedule begins with its next moment: those that it would have had already are left to the next look. */
  const cronJobChanged = ({ type, object, old }: Change<CronJob>): void => {
    const rescheduled =
      type === 'MODIFIED' &&
      old !== undefined &&
      !same([object.spec.schedule, object.spec.timeZone], [old.spec.schedule, old.spec.timeZone])
    const { schedule, timeZone } = object.spec
    if (!rescheduled) queue.add(keyOf(object))
    else queue.addAfter(keyOf(object), untilNext(object, createSchedule(schedule, timeZone), clock.now()))
  }

  /** The cron job that a job belongs to, as long as it is there. */
  const cronJobOf = (job: Job): CronJob | undefined => {
    const owner = controllerOf(job)
    if (owner?.kind !== 'CronJob') return undefined
    const cronJob = store.get(cronJobs, { namespace: job.metadata.namespace, name: owner.name })
    return cronJob?.metadata.uid === owner.uid ? cronJob : undefined
  }

  const jobChanged = ({ object, old }: Change<Job>): void => {
    for (const job of old === undefined ? [object] : [object, old]) {
      const cronJob = cronJobOf(job)
      if (cronJob !== undefined) queue.add(keyOf(cronJob))
    }
  }

  return {
    start(): void {
      unsubscribe = [store.subscribe(cronJobs, cronJobChanged), store.subscribe(jobs, jobChanged)]
      for (const cronJob of store.list(cronJobs).items) queue.add(keyOf(cronJob))
    },
    stop(): void {
      for (const end of unsubscribe) end()
      unsubscribe = []
      queue.stop()
    },
  }
}
