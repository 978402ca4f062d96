import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import {
  emailsChoices,
  jobNamePattern,
  jobTypes,
  limits,
  mountChoices,
  portProtocols,
  toolNamePattern,
} from './limits.ts'

export { emailsChoices, jobTypes, mountChoices, portProtocols } from './limits.ts'

/** An object without other fields than those named. */
export const Exact = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) })

export const choice = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })

export const statusShorts = ['pending', 'running', 'succeeded', 'failed', 'unknown'] as const

/** Older clients write the fields that were not given as null; some write numbers and booleans as text. */
export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const FlagAsSent = Type.Union([Type.Boolean(), choice(['true', 'false', 'True', 'False'])])

export const ToolPath = Exact({ tool: Type.String({ pattern: toolNamePattern, description: "The tool's name." }) })
export const JobPath = Exact({
  tool: Type.String({ pattern: toolNamePattern, description: "The tool's name." }),
  name: Type.String({
    minLength: 1,
    maxLength: limits.jobNameLength,
    pattern: jobNamePattern,
    description: "The job's name.",
  }),
})

export const Messages = Exact(
  {
    info: Type.Array(Type.String()),
    warning: Type.Array(Type.String()),
    error: Type.Array(Type.String()),
  },
  'Sentences for the caller.',
)
export type Messages = Static<typeof Messages>

/** The body of every refusal. */
export const Refusal = Exact(
  {
    error: Type.Array(Type.String(), { minItems: 1, description: 'What is wrong, and what to do about it.' }),
    code: Type.String({ description: 'One of a closed table, for programs.' }),
    request_id: Type.String({ description: "Names the request in the service's log." }),
  },
  'A refusal.',
)
export type Refusal = Static<typeof Refusal>

/** A whole number, as JSON's or as digits. */
const WholeAsSent = (minimum: number, maximum: number, description?: string) =>
  Type.Union([Type.Integer({ minimum, maximum }), Type.String({ pattern: '^[0-9]{1,9}$' })], {
    ...(description === undefined ? {} : { description }),
  })

const HealthCheckText = Type.String({ minLength: 1, maxLength: limits.healthCheckLength })
/** How to find out whether a continuous job does its work: a command that ends well, or a path that answers. */
export const HealthCheck = Type.Union([
  Exact({ type: Type.Literal('script'), script: HealthCheckText }),
  Exact({ type: Type.Literal('http'), path: HealthCheckText }),
])
export type HealthCheck = Static<typeof HealthCheck>

/** A job as clients send it; what is null counts as not given, and the type follows from the fields where it is missing. */
export const JobAsSent = Exact(
  {
    name: Type.String({ minLength: 1, maxLength: limits.jobNameLength, pattern: jobNamePattern }),
    imagename: Type.String({ minLength: 1, maxLength: limits.imageNameLength }),
    cmd: Type.Optional(
      orNull(
        Type.String({
          minLength: 1,
          maxLength: limits.commandLength,
          description: 'What to run; only a web service may leave it to its image.',
        }),
      ),
    ),
    job_type: Type.Optional(orNull(choice(jobTypes))),
    memory: Type.Optional(
      orNull(Type.String({ maxLength: 32, description: 'A Kubernetes quantity of bytes, such as 512Mi.' })),
    ),
    cpu: Type.Optional(
      orNull(Type.String({ maxLength: 32, description: 'A Kubernetes quantity of cores, such as 500m.' })),
    ),
    emails: Type.Optional(orNull(choice(emailsChoices))),
    mount: Type.Optional(orNull(choice(mountChoices))),
    retry: Type.Optional(orNull(WholeAsSent(0, limits.retry, 'How often a failed run is tried again, 0 to 5.'))),
    filelog: Type.Optional(orNull(FlagAsSent)),
    filelog_stdout: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: limits.pathLength }))),
    filelog_stderr: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: limits.pathLength }))),
    schedule: Type.Optional(
      orNull(
        Type.String({
          minLength: 1,
          maxLength: limits.scheduleLength,
          description: 'When to run: five cron fields, or @hourly, @daily, @weekly, @monthly, @yearly.',
        }),
      ),
    ),
    timezone: Type.Optional(
      orNull(
        Type.String({
          minLength: 1,
          maxLength: limits.timezoneLength,
          description: 'The time zone of the schedule, such as Europe/Berlin; UTC when not given.',
        }),
      ),
    ),
    timeout: Type.Optional(
      orNull(WholeAsSent(0, limits.timeout, 'Seconds that a run of a scheduled job may take; 0 for no limit.')),
    ),
    continuous: Type.Optional(orNull(FlagAsSent)),
    replicas: Type.Optional(orNull(WholeAsSent(0, limits.replicas, 'Copies of a continuous job.'))),
    port: Type.Optional(orNull(WholeAsSent(1, 65_535, 'On which a continuous job listens.'))),
    port_protocol: Type.Optional(orNull(choice(portProtocols))),
    health_check: Type.Optional(orNull(HealthCheck)),
    publish: Type.Optional(orNull(Type.Literal('/', { description: "The path below the tool's public address." }))),
  },
  'A job to run.',
)
export type JobAsSent = Static<typeof JobAsSent>

export const Moment = Type.String({ description: 'RFC 3339.' })

export const JobStatus = Exact({
  short: choice(statusShorts),
  messages: Type.Array(Type.String(), { description: 'What to know, and what to do.' }),
  duration: Type.Optional(Type.String({ description: 'How long it has been so, such as 1h2m.' })),
  up_to_date: Type.Boolean({ description: 'False when the running job is not the one that was asked for.' }),
  previous_schedule: Type.Optional(Type.String({ description: 'When a scheduled job ran last, RFC 3339.' })),
  next_schedule: Type.Optional(Type.String({ description: 'When a scheduled job runs next, RFC 3339.' })),
  next_runs: Type.Optional(Type.Array(Moment, { description: 'The next runs of a scheduled job, three at most.' })),
})
export type JobStatus = Static<typeof JobStatus>

/** A job as the service shows it; with `include_unset=false` the fields that nobody gave are left out. */
export const Job = Exact({
  name: Type.String(),
  job_type: choice(jobTypes),
  cmd: Type.Optional(Type.String()),
  imagename: Type.String(),
  image: Type.Optional(
    Type.String({ description: 'The same as imagename, for clients before 16.1.14; with include_unset only.' }),
  ),
  image_state: Type.String(),
  memory: Type.Optional(Type.String()),
  cpu: Type.Optional(Type.String()),
  emails: Type.Optional(choice(emailsChoices)),
  mount: Type.Optional(choice(mountChoices)),
  retry: Type.Optional(Type.Integer()),
  filelog: Type.Optional(Type.Boolean()),
  filelog_stdout: Type.Optional(Type.String()),
  filelog_stderr: Type.Optional(Type.String()),
  schedule: Type.Optional(Type.String({ description: 'As it was given.' })),
  schedule_actual: Type.Optional(
    Type.String({ description: 'The five fields that a macro stands for, for this job.' }),
  ),
  timezone: Type.Optional(Type.String()),
  timeout: Type.Optional(Type.Integer()),
  continuous: Type.Optional(Type.Literal(true, { description: 'For clients before 16.2.0: in continuous jobs only.' })),
  replicas: Type.Optional(Type.Integer()),
  port: Type.Optional(Type.Integer()),
  port_protocol: Type.Optional(choice(portProtocols)),
  health_check: Type.Optional(HealthCheck),
  publish: Type.Optional(Type.String()),
  status: JobStatus,
  status_short: Type.String({ description: 'For clients before 16.2.2.' }),
  status_long: Type.String({ description: 'For clients before 16.2.2.' }),
})
export type Job = Static<typeof Job>

/** What happened to a job: its new state, or that it is gone. */
export const JobEvent = Type.Union([
  Exact({ type: Type.Literal('job'), job: Job }),
  Exact({ type: Type.Literal('gone'), name: Type.String() }),
])
export type JobEvent = Static<typeof JobEvent>

export const Image = Exact({ shortname: Type.String(), image: Type.String() })
export type Image = Static<typeof Image>

export const QuotaItem = Exact({
  name: Type.String(),
  limit: Type.String(),
  used: Type.Optional(Type.String()),
})
export const QuotaCategory = Exact({ name: Type.String(), items: Type.Array(QuotaItem, { minItems: 1 }) })
export type QuotaCategory = Static<typeof QuotaCategory>

export const ListQuery = Exact({
  include_unset: Type.Optional(FlagAsSent),
})
export const EventsQuery = Exact({
  name: Type.Optional(
    Type.String({ maxLength: limits.jobNameLength, pattern: jobNamePattern, description: 'Only of this job.' }),
  ),
})
