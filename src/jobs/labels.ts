/** What is written on the objects of jobs: the names that other software on such clusters goes by. */

/** Holds the job as it was given, JSON. */
export const jobAnnotation = 'jobs.toolforge.org/job'

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

/** The value of the label `component` for each type of job. */
export const components = { 'one-off': 'jobs' } as const
export type JobType = keyof typeof components

/** The labels by which the objects of a tool's jobs of one type are found: of all, or of the one named. */
export function selectorOf(tool: string, type: JobType, job?: string): Record<string, string> {
  return {
    [labelNames.toolforge]: 'tool',
    [labelNames.managedBy]: 'toolforge-jobs-framework',
    [labelNames.createdBy]: tool,
    [labelNames.component]: components[type],
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
