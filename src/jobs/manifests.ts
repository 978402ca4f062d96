import type { CompleteJob, ImageFacts } from './complete.ts'
import type { GivenJob } from './given.ts'
import {
  components,
  jobAnnotation,
  labelsOf,
  manualAnnotation,
  restartedAnnotation,
  scheduleAnnotation,
  selectorOf,
} from './labels.ts'
import { podSpecOf } from './manifests-pod.ts'
import { actualSchedule } from './schedule.ts'
import type { JobsSettings } from './settings.ts'
import type { KubeCronJob, KubeDeployment, KubeJob, Workload } from './wire.ts'

/** A tool as its jobs' pods need it. */
export interface ToolAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Absolute path, the same in the pod. */
  readonly home: string
}

export interface JobToRun {
  readonly given: GivenJob
  readonly complete: CompleteJob
  readonly tool: ToolAccount
  /** As a pod's `image` names it. */
  readonly image: string
  readonly kind: ImageFacts['kind']
  readonly settings: JobsSettings
  /** When a continuous job was last restarted, RFC 3339: another moment starts its pods anew. */
  readonly restartedAt?: string | undefined
}

/**
 * The one object that is a job, with all that its pods need on a bare cluster.
 * @throws DomainError bad_request when a log file would lie outside the tool's home.
 */
export function manifestOf(job: JobToRun): Workload {
  switch (components[job.given.job_type]) {
    case 'jobs':
      return { kind: 'jobs', object: oneOff(job) }
    case 'cronjobs':
      return { kind: 'cronjobs', object: scheduled(job) }
    case 'deployments':
      return { kind: 'deployments', object: continuous(job) }
  }
}

const labelsFor = ({ complete, tool }: JobToRun) => labelsOf(tool.name, complete)

/** What goes by the job's name. */
function metadataOf(job: JobToRun) {
  const annotations = { [jobAnnotation]: JSON.stringify(job.given) }
  return { name: job.given.name, labels: labelsFor(job), annotations }
}

const oneOff = (job: JobToRun): KubeJob => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: metadataOf(job),
  spec: runSpec(job),
})

/** What a one-off job is, and each run of a scheduled one. */
function runSpec(job: JobToRun): NonNullable<KubeJob['spec']> {
  const { complete, settings } = job
  const { retry = 0, timeout = 0 } = complete
  return {
    backoffLimit: retry,
    ...(timeout === 0 ? {} : { activeDeadlineSeconds: timeout }),
    ttlSecondsAfterFinished: settings.keep_finished_s,
    template: { metadata: { labels: labelsFor(job) }, spec: { restartPolicy: 'Never', ...podSpecOf(job) } },
  }
}

function scheduled(job: JobToRun): KubeCronJob {
  const { complete, tool } = job
  const { name, schedule = '', timezone } = complete
  const metadata = metadataOf(job)
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { ...metadata, annotations: { ...metadata.annotations, [scheduleAnnotation]: schedule } },
    spec: {
      schedule: actualSchedule(schedule, { tool: tool.name, job: name, timezone }),
      ...(timezone === undefined ? {} : { timeZone: timezone }),
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 30,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: labelsFor(job) }, spec: runSpec(job) },
    },
  }
}

function continuous(job: JobToRun): KubeDeployment {
  const { complete, tool, restartedAt } = job
  const { name, replicas = 1 } = complete
  // Selectors cannot be changed later, so they hold nothing that a user may change.
  const matchLabels = selectorOf(tool.name, undefined, name)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(job),
    spec: {
      replicas,
      progressDeadlineSeconds: 600,
      strategy:
        replicas === 1
          ? // Two copies of one bot do more harm than a short pause.
            { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      selector: { matchLabels },
      template: {
        metadata: {
          labels: labelsFor(job),
          ...(restartedAt === undefined ? {} : { annotations: { [restartedAnnotation]: restartedAt } }),
        },
        spec: {
          restartPolicy: 'Always',
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels },
            },
          ],
          ...podSpecOf(job),
        },
      },
    },
  }
}

/** The runs of a scheduled job are told apart by the second in which they are asked for. */
const runName = (name: string, now: number): string => `${name}-${Math.floor(now / 1000)}`

/** A run of a scheduled job out of turn, as the cluster would make it; `now` in milliseconds since 1970. */
export function manualRun({ metadata, spec }: KubeCronJob, now: number): KubeJob {
  const { name = '', uid = '' } = metadata ?? {}
  const { metadata: template, spec: run } = spec?.jobTemplate ?? {}
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: runName(name, now),
      labels: { ...template?.labels },
      annotations: { ...template?.annotations, [manualAnnotation]: 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }],
    },
    ...(run === undefined ? {} : { spec: run }),
  }
}
