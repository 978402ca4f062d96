import type { jobTypes } from '../contract/limits.ts'

/** What is written on the objects of jobs: the names that other software on such clusters goes by. */

/** Holds the job as it was given, JSON. */
export const jobAnnotation = 'jobs.toolforge.org/job'

/** On the object of a job: the request that made it, so that an answer that was lost can be looked up. */
export const requestAnnotation = 'jobs.toolforge.org/request'

/** On a scheduled job: its schedule as it was given. */
export const scheduleAnnotation = 'jobs.toolforge.org/cron-expression'

/** On the pods of a continuous job: when it was last restarted, RFC 3339. */
export const restartedAnnotation = 'app.kubernetes.io/restartedAt'

/** On a run of a scheduled job that somebody asked for out of turn. */
export const manualAnnotation = 'cronjob.kubernetes.io/instantiate'

/** The one container of a job's pods. */
export const containerName = 'job'

/** On a namespace: the user and group number of its tool. */
export const uidAnnotation = 'toolforge.org/uid'

const base = 'app.kubernetes.io'
export const labelNames = {
  name: `${base}/name`,
  component: `${base}/component`,
  managedBy: `${base}/managed-by`,
  createdBy: `${base}/created-by`,
  version: `${base}/version`,
  emails: 'jobs.toolforge.org/emails',
  filelog: 'jobs.toolforge.org/filelog',
  mount: 'toolforge.org/mount-storage',
  toolforge: 'toolforge',
} as const

export type JobType = (typeof jobTypes)[number]

/** The kind of object that is a job, by the job's type; also the value of the label `component`. */
export const components = {
  'one-off': 'jobs',
  scheduled: 'cronjobs',
  continuous: 'deployments',
  webservice: 'deployments',
} as const satisfies Record<JobType, string>

/** The labels by which the objects of a tool's jobs are found: of all types or one, of all jobs or the one named. */
export function selectorOf(tool: string, type?: JobType, job?: string): Record<string, string> {
  return {
    [labelNames.toolforge]: 'tool',
    [labelNames.managedBy]: 'toolforge-jobs-framework',
    [labelNames.createdBy]: tool,
    ...(type === undefined ? {} : { [labelNames.component]: components[type] }),
    ...(job === undefined ? {} : { [labelNames.name]: job }),
  }
}

/** The labels of a job's object and of its pods. */
export function labelsOf(
  tool: string,
  job: { name: string; job_type: JobType; emails: string; mount: string; filelog: boolean },
): Record<string, string> {
  return {
    ...selectorOf(tool, job.job_type, job.name),
    [labelNames.version]: '2',
    [labelNames.emails]: job.emails,
    [labelNames.mount]: job.mount,
    ...(job.filelog ? { [labelNames.filelog]: 'yes' } : {}),
  }
}

/** Whether an object carries all labels of a selector. */
export const isSelected = (
  object: { metadata?: { labels?: Record<string, string> } },
  selector: Readonly<Record<string, string>>,
): boolean => Object.entries(selector).every(([name, value]) => object.metadata?.labels?.[name] === value)
