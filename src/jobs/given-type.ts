import type { JobAsSent } from '../contract/schemas.ts'
import type { GivenJob } from './given.ts'
import type { JobType } from './labels.ts'

const isSet = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null && value !== ''

/** A flag as clients write it: JSON's or Python's. */
export const asFlag = (flag: boolean | string): boolean => flag === true || flag === 'true' || flag === 'True'

const isContinuous = ({ continuous }: JobAsSent): boolean => isSet(continuous) && asFlag(continuous)

/** The type of a job: the one that is named, else the one that follows from its fields. */
export function typeOf(sent: JobAsSent): JobType {
  if (isSet(sent.job_type)) return sent.job_type
  if (isSet(sent.schedule)) return 'scheduled'
  return isContinuous(sent) ? 'continuous' : 'one-off'
}

/** Where what was sent contradicts itself about the type. */
export function typeProblems(sent: JobAsSent, type: JobType): string[] {
  const continues = isContinuous(sent)
  if (continues && isSet(sent.schedule))
    return ['continuous: a job with a schedule cannot be continuous; give one of both']
  if (continues && type !== 'continuous') return [`continuous: contradicts job_type "${type}"; leave one of both out`]
  if (type === 'scheduled' && !isSet(sent.schedule))
    return ['schedule: is missing; a scheduled job needs one, such as @daily or "0 7 * * mon-fri"']
  return []
}

type Field = Exclude<keyof GivenJob, 'job_type'>

interface Owner {
  readonly types: readonly JobType[]
  readonly why: string
}

const scheduled = (why: string): Owner => ({ types: ['scheduled'], why })
const continuous = (why: string): Owner => ({ types: ['continuous', 'webservice'], why })
const filed: Owner = {
  types: ['one-off', 'scheduled', 'continuous'],
  why: 'a web service has no log files; its output is shown by the logs command',
}

/** The fields that not every type has, and why the others have none. */
const owners: Partial<Record<Field, Owner>> = {
  retry: {
    types: ['one-off', 'scheduled'],
    why: 'a continuous job is always started again when it ends; leave it out',
  },
  filelog: filed,
  filelog_stdout: filed,
  filelog_stderr: filed,
  schedule: scheduled('only a scheduled job has one; leave it out, or make the job scheduled'),
  timezone: scheduled('only a scheduled job has one; give a schedule as well'),
  timeout: scheduled('only a scheduled job has a time limit; give a schedule as well'),
  replicas: continuous('only a continuous job runs in several copies; make the job continuous'),
  port: continuous('only a continuous job can be reached at a port; make the job continuous'),
  port_protocol: continuous('only a continuous job can be reached at a port; make the job continuous'),
  health_check: continuous('only a continuous job is checked while it runs; make the job continuous'),
  publish: continuous('only a continuous job can be published; make the job continuous'),
}

/** Older clients send some fields with every job, as nothing where they mean nothing. */
const saysNothing = (value: unknown): boolean => value === false || value === 0

/** A job without the fields of other types, and what is wrong with those that say something. */
export function foreignProblems(given: GivenJob): { job: GivenJob; problems: string[] } {
  const foreign = (field: string): Owner | undefined => {
    const owner = owners[field as Field]
    return owner === undefined || owner.types.includes(given.job_type) ? undefined : owner
  }
  const entries = Object.entries(given)
  const problems = entries.flatMap(([field, value]) => {
    const owner = foreign(field)
    return owner === undefined || saysNothing(value) ? [] : [`${field}: ${owner.why}`]
  })
  // Only optional fields were taken out.
  const job = Object.fromEntries(entries.filter(([field]) => foreign(field) === undefined)) as unknown as GivenJob
  return { job, problems }
}
