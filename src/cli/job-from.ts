import type { HealthCheck, JobAsSent } from '../contract/schemas.ts'
import { CliError } from './failure.ts'
import type { JobOptions } from './job-options.ts'
import { jobName } from './names.ts'

type JobType = NonNullable<JobAsSent['job_type']>

export function jobTypeOf({ continuous, webservice, schedule }: JobOptions): JobType {
  if (continuous === true) return 'continuous'
  if (webservice === true) return 'webservice'
  return schedule === undefined ? 'one-off' : 'scheduled'
}

interface Rule {
  readonly broken: (options: JobOptions, type: JobType) => boolean
  readonly says: string
}

const given = (value: unknown): boolean => value !== undefined
const listens = (type: JobType): boolean => type === 'continuous' || type === 'webservice'

/** What no service would take, in the words of today's client where it has some. */
const rules: readonly Rule[] = [
  {
    broken: ({ port }, type) => given(port) && !listens(type),
    says: '--port is only valid for continuous/webservice jobs',
  },
  {
    broken: ({ replicas }, type) => given(replicas) && !listens(type),
    says: '--replicas is only valid for continuous/webservice jobs',
  },
  {
    broken: ({ filelog, mount }) => filelog === true && mount === 'none',
    says: 'Specifying --filelog requires --mount=all',
  },
  {
    broken: ({ healthCheckHttp, healthCheckScript }, type) =>
      !listens(type) && (given(healthCheckHttp) || given(healthCheckScript)),
    says: 'Health checks are only supported for continuous/webservice jobs.',
  },
  {
    broken: ({ timeout }, type) => given(timeout) && type !== 'scheduled',
    says: '--timeout is only valid for scheduled jobs',
  },
  {
    broken: ({ timezone }, type) => given(timezone) && type !== 'scheduled',
    says: '--timezone is only valid for scheduled jobs',
  },
  {
    broken: ({ retry }, type) => given(retry) && listens(type),
    says: '--retry is only valid for one-off and scheduled jobs',
  },
  { broken: ({ wait }, type) => given(wait) && type !== 'one-off', says: '--wait is only valid for one-off jobs' },
  {
    broken: ({ command }, type) => !given(command) && type !== 'webservice',
    says: 'the following arguments are required: --command',
  },
  { broken: ({ command }) => command?.trim() === '', says: '--command: say what to run' },
  {
    broken: ({ publish }, type) => given(publish) && type !== 'continuous',
    says: '--publish is only valid for continuous jobs. Add --continuous to use it.',
  },
  {
    broken: ({ publish, port }) => given(publish) && !given(port),
    says: '--publish requires --port to be set as well',
  },
  {
    broken: ({ publish, port }) => given(publish) && port?.protocol === 'udp',
    says: '--publish requires a tcp port',
  },
  {
    broken: ({ healthCheckHttp, port }, type) => type === 'continuous' && given(healthCheckHttp) && !given(port),
    says: '--health-check-http requires --port to be set as well',
  },
  {
    broken: ({ filelog, filelogStdout, filelogStderr }, type) =>
      type === 'webservice' && (given(filelog) || given(filelogStdout) || given(filelogStderr)),
    says: '--filelog is not supported for webservice jobs',
  },
]

/** The name, which of a web service is `webservice` where none is said. @throws CliError */
function nameOf(name: string | undefined, type: JobType): string {
  if (name === undefined && type !== 'webservice') throw new CliError('the following arguments are required: name')
  return jobName(name ?? 'webservice')
}

function healthCheckOf({ healthCheckScript, healthCheckHttp }: JobOptions): HealthCheck | undefined {
  if (healthCheckScript !== undefined) return { type: 'script', script: healthCheckScript }
  return healthCheckHttp === undefined ? undefined : { type: 'http', path: healthCheckHttp }
}

/** What is sent: only what the user said. @throws CliError for what can't be right */
export function jobFrom(name: string | undefined, options: JobOptions): JobAsSent {
  const type = jobTypeOf(options)
  const problem = rules.find(({ broken }) => broken(options, type))
  if (problem !== undefined) throw new CliError(problem.says)
  const { port } = options
  const fields = {
    cmd: options.command,
    filelog: options.filelog,
    filelog_stdout: options.filelogStdout,
    filelog_stderr: options.filelogStderr,
    memory: options.mem,
    cpu: options.cpu,
    emails: options.emails,
    mount: options.mount,
    retry: options.retry,
    schedule: options.schedule,
    timezone: options.timezone,
    timeout: options.timeout,
    replicas: options.replicas,
    port: port?.port,
    // A web service speaks HTTP: the protocol of its port is no choice.
    port_protocol: type === 'webservice' ? undefined : port?.protocol,
    health_check: healthCheckOf(options),
    publish: options.publish,
  }
  return { name: nameOf(name, type), imagename: options.image, job_type: type, ...said(fields) }
}

type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the fields that are undefined. */
const said = <T extends object>(fields: T): Said<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Said<T>
