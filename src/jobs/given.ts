import { DomainError } from '../contract/errors.ts'
import type { emailsChoices, HealthCheck, JobAsSent, mountChoices, portProtocols } from '../contract/schemas.ts'
import { problemsOf } from './given-rules.ts'
import { asFlag, foreignProblems, typeOf, typeProblems } from './given-type.ts'
import type { JobType } from './labels.ts'

export { asFlag } from './given-type.ts'

export type Emails = (typeof emailsChoices)[number]
export type Mount = (typeof mountChoices)[number]
export type PortProtocol = (typeof portProtocols)[number]

/** What the user set, and nothing else: what `dump` gives back. */
export interface GivenJob {
  readonly job_type: JobType
  readonly name: string
  readonly imagename: string
  /** Left to the image by some web services, by no other job. */
  readonly cmd?: string
  readonly memory?: string
  readonly cpu?: string
  readonly emails?: Emails
  readonly mount?: Mount
  /** One-off and scheduled jobs. */
  readonly retry?: number
  /** All but web services. */
  readonly filelog?: boolean
  readonly filelog_stdout?: string
  readonly filelog_stderr?: string
  /** Scheduled jobs. */
  readonly schedule?: string
  readonly timezone?: string
  /** Seconds; 0 for no limit. */
  readonly timeout?: number
  /** Continuous jobs and web services. */
  readonly replicas?: number
  readonly port?: number
  readonly port_protocol?: PortProtocol
  readonly health_check?: HealthCheck
  readonly publish?: '/'
}

/** Without the fields that were not set; older clients write those as null or as nothing. */
export function setFields<T extends object>(fields: T): { [Field in keyof T]?: NonNullable<T[Field]> } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '')
  // Only absent values were taken out.
  return Object.fromEntries(set) as { [Field in keyof T]?: NonNullable<T[Field]> }
}

const mapped = <From, To>(value: From | null | undefined, map: (value: From) => To): To | undefined =>
  value === undefined || value === null || value === '' ? undefined : map(value)

/**
 * The job that a request asks for, in one form whatever the client; what says no more than a type's own nature is left out.
 * @throws DomainError bad_request with one line for each rule that it breaks.
 */
export function parseGiven(sent: JobAsSent): GivenJob {
  const job_type = typeOf(sent)
  const given: GivenJob = {
    job_type,
    name: sent.name,
    imagename: sent.imagename,
    ...setFields({
      cmd: sent.cmd,
      memory: sent.memory?.trim(),
      cpu: sent.cpu?.trim(),
      emails: sent.emails,
      mount: sent.mount,
      retry: mapped(sent.retry, Number),
      filelog: mapped(sent.filelog, asFlag),
      filelog_stdout: sent.filelog_stdout,
      filelog_stderr: sent.filelog_stderr,
      schedule: sent.schedule?.trim(),
      timezone: sent.timezone?.trim(),
      timeout: mapped(sent.timeout, Number),
      replicas: mapped(sent.replicas, Number),
      port: mapped(sent.port, Number),
      port_protocol: sent.port_protocol,
      health_check: sent.health_check,
      publish: sent.publish,
    }),
  }
  const { job, problems } = foreignProblems(given)
  const all = [...typeProblems(sent, job_type), ...problems, ...problemsOf(job)]
  if (all.length > 0) throw new DomainError('bad_request', all.join('\n'))
  return job
}
