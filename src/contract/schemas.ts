import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { emailsChoices, jobNamePattern, limits, mountChoices, toolNamePattern } from './limits.ts'

export { emailsChoices, mountChoices } from './limits.ts'

/** An object without other fields than those named. */
const Exact = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) })

const choice = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })

export const statusShorts = ['pending', 'running', 'succeeded', 'failed', 'unknown'] as const

/** Older clients write the fields that were not given as null; some write numbers and booleans as text. */
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const FlagAsSent = Type.Union([Type.Boolean(), choice(['true', 'false', 'True', 'False'])])

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

/** A job as clients send it. The service takes one-off jobs; what is null counts as not given. */
export const JobAsSent = Exact(
  {
    name: Type.String({ minLength: 1, maxLength: limits.jobNameLength, pattern: jobNamePattern }),
    imagename: Type.String({ minLength: 1, maxLength: limits.imageNameLength }),
    cmd: Type.String({ minLength: 1, maxLength: limits.commandLength }),
    job_type: Type.Optional(orNull(choice(['one-off']))),
    memory: Type.Optional(
      orNull(Type.String({ maxLength: 32, description: 'A Kubernetes quantity of bytes, such as 512Mi.' })),
    ),
    cpu: Type.Optional(
      orNull(Type.String({ maxLength: 32, description: 'A Kubernetes quantity of cores, such as 500m.' })),
    ),
    emails: Type.Optional(orNull(choice(emailsChoices))),
    mount: Type.Optional(orNull(choice(mountChoices))),
    retry: Type.Optional(
      orNull(Type.Union([Type.Integer({ minimum: 0, maximum: limits.retry }), Type.String({ pattern: '^[0-5]$' })])),
    ),
    filelog: Type.Optional(orNull(FlagAsSent)),
    filelog_stdout: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: limits.pathLength }))),
    filelog_stderr: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: limits.pathLength }))),
    continuous: Type.Optional(orNull(Type.Union([Type.Literal(false), choice(['false', 'False'])]))),
    schedule: Type.Optional(Type.Null()),
  },
  'A one-off job to run.',
)
export type JobAsSent = Static<typeof JobAsSent>

export const JobStatus = Exact({
  short: choice(statusShorts),
  messages: Type.Array(Type.String(), { description: 'What to know, and what to do.' }),
  duration: Type.Optional(Type.String({ description: 'How long it has been so, such as 1h2m.' })),
  up_to_date: Type.Boolean({ description: 'False when the running job is not the one that was asked for.' }),
})
export type JobStatus = Static<typeof JobStatus>

/** A job as the service shows it; with `include_unset=false` the fields that nobody gave are left out. */
export const Job = Exact({
  name: Type.String(),
  job_type: choice(['one-off']),
  cmd: Type.String(),
  imagename: Type.String(),
  image: Type.String(),
  image_state: Type.String(),
  memory: Type.Optional(Type.String()),
  cpu: Type.Optional(Type.String()),
  emails: Type.Optional(choice(emailsChoices)),
  mount: Type.Optional(choice(mountChoices)),
  retry: Type.Optional(Type.Integer()),
  filelog: Type.Optional(Type.Boolean()),
  filelog_stdout: Type.Optional(Type.String()),
  filelog_stderr: Type.Optional(Type.String()),
  status: JobStatus,
  status_short: Type.String({ description: 'For clients before 16.2.2.' }),
  status_long: Type.String({ description: 'For clients before 16.2.2.' }),
})
export type Job = Static<typeof Job>

export const Image = Exact({ shortname: Type.String(), image: Type.String() })
export type Image = Static<typeof Image>

export const QuotaItem = Exact({
  name: Type.String(),
  limit: Type.String(),
  used: Type.Optional(Type.String()),
})
export const QuotaCategory = Exact({ name: Type.String(), items: Type.Array(QuotaItem, { minItems: 1 }) })
export type QuotaCategory = Static<typeof QuotaCategory>

export const LogLine = Exact({
  datetime: Type.String({ description: 'When the line was written, RFC 3339; empty where nobody noted it.' }),
  pod: Type.String(),
  container: Type.String(),
  message: Type.String(),
})
export type LogLine = Static<typeof LogLine>

const Wrapped = <P extends TProperties>(properties: P) => Exact({ ...properties, messages: Messages })

export const replies = {
  images: Wrapped({ images: Type.Array(Image) }),
  quota: Wrapped({ quota: Exact({ categories: Type.Array(QuotaCategory) }) }),
  jobs: Wrapped({ jobs: Type.Array(Job) }),
  job: Wrapped({ job: Job }),
  done: Wrapped({}),
  logs: Wrapped({
    data: Exact({
      logs: Type.Array(LogLine),
      next: Type.Optional(
        Exact({ url: Type.String({ description: 'Of the next page, relative to the logs of the tool.' }) }),
      ),
    }),
  }),
  health: Exact({ status: choice(['ok', 'draining']) }),
} as const

export const ListQuery = Exact({
  include_unset: Type.Optional(FlagAsSent),
})

const lines = Type.Optional(
  Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[0-9]{1,9}$' })], {
    description: `How many of the newest lines; ${limits.logLines.default} when not given, ${limits.logLines.most} at most.`,
  }),
)
const moment = (what: string) =>
  Type.Optional(
    Type.String({ maxLength: 64, description: `${what}: RFC 3339, or how long ago as 90s, 5m, 2h, 3d or 1w.` }),
  )

export const LogsQuery = Exact({
  lines,
  since: moment('Nothing before this'),
  until: moment('Nothing after this'),
  direction: Type.Optional(choice(['newest_first', 'oldest_first'])),
  cursor: Type.Optional(Type.String({ maxLength: 512, description: 'From the answer before.' })),
})
export const LogsStreamQuery = Exact({
  lines,
  since: moment('Nothing before this'),
  until: moment('Nothing after this'),
})
export const JobLogsQuery = Exact({ lines, follow: Type.Optional(FlagAsSent) })
