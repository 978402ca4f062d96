import { type Static, type TSchema, Type } from 'typebox'
import { type Endpoint, endpoints } from './endpoints.ts'
import type { ErrorCode } from './errors.ts'
import { JobLogsQuery, LogLine, LogsQuery, LogsStreamQuery } from './log-schemas.ts'
import { ApplyRequest, PlanRequest } from './plan-schemas.ts'
import { replies } from './replies.ts'
import { EventsQuery, JobAsSent, JobEvent, JobPath, ListQuery, ToolPath } from './schemas.ts'

/**
 * The operations of the service, and the only source of them: routes, handlers' types, clients and `openapi.yaml` are
 * made from this table.
 */
export interface Operation extends Endpoint {
  readonly summary: string
  /** `tool`: for the tool in the path, proven by its certificate. `open`: for everybody. */
  readonly access: 'tool' | 'open'
  readonly params: TSchema
  readonly query: TSchema
  /** Undefined where a body is neither needed nor read. */
  readonly body: TSchema | undefined
  readonly reply: TSchema
  /** What this operation refuses by itself, beside `commonErrors`. */
  readonly errors: readonly ErrorCode[]
}

/** What any operation for a tool may answer. */
export const commonErrors = [
  'bad_request',
  'not_verified',
  'not_allowed',
  'tool_mismatch',
  'request_timeout',
  'headers_too_large',
  'internal',
  'unavailable',
] as const satisfies readonly ErrorCode[]

const Nothing = Type.Object({}, { additionalProperties: false })
const read = { access: 'tool', query: Nothing, body: undefined, errors: [] } as const
const open = { ...read, access: 'open', params: Nothing } as const
const write = { ...read, errors: ['too_many'] } as const

export const operations = {
  listImages: {
    ...read,
    ...endpoints.listImages,
    summary: 'The images that a job can use',
    params: ToolPath,
    reply: replies.images,
  },
  showQuota: {
    ...read,
    ...endpoints.showQuota,
    summary: 'What the tool may use, and what it uses',
    params: ToolPath,
    reply: replies.quota,
  },
  listJobs: {
    ...read,
    ...endpoints.listJobs,
    summary: 'All jobs of the tool',
    params: ToolPath,
    query: ListQuery,
    reply: replies.jobs,
  },
  createJob: {
    ...write,
    ...endpoints.createJob,
    summary: 'Run a job',
    params: ToolPath,
    body: JobAsSent,
    reply: replies.job,
    errors: ['quota', 'admission', 'exists', 'conflict', 'too_large', 'too_many'],
  },
  updateJob: {
    ...write,
    ...endpoints.updateJob,
    summary: 'Create a job, or make the one of that name as it is given here; restarts only what must be',
    params: ToolPath,
    body: JobAsSent,
    reply: replies.update,
    errors: ['quota', 'admission', 'exists', 'conflict', 'too_large', 'too_many'],
  },
  flushJobs: {
    ...write,
    ...endpoints.flushJobs,
    summary: 'Delete all jobs of the tool',
    params: ToolPath,
    reply: replies.done,
  },
  showJob: {
    ...read,
    ...endpoints.showJob,
    summary: 'One job',
    params: JobPath,
    reply: replies.job,
    errors: ['not_found'],
  },
  deleteJob: {
    ...write,
    ...endpoints.deleteJob,
    summary: 'Delete a job',
    params: JobPath,
    reply: replies.done,
    errors: ['not_found', 'too_many'],
  },
  restartJob: {
    ...write,
    ...endpoints.restartJob,
    summary: 'Restart a job; a scheduled one runs now',
    params: JobPath,
    reply: replies.done,
    errors: ['quota', 'admission', 'not_found', 'conflict', 'too_many'],
  },
  explainJob: {
    ...read,
    ...endpoints.explainJob,
    summary: 'Why a job is as it is, down to the first cause, and what to do',
    params: JobPath,
    reply: replies.explanation,
    errors: ['not_found'],
  },
  planJobs: {
    ...write,
    ...endpoints.planJobs,
    summary: 'What would happen if there were to be these jobs; changes nothing',
    params: ToolPath,
    body: PlanRequest,
    reply: replies.plan,
    errors: ['too_large', 'too_many'],
  },
  applyJobs: {
    ...write,
    ...endpoints.applyJobs,
    summary: 'Carry out a plan; what fails is undone',
    params: ToolPath,
    body: ApplyRequest,
    reply: replies.plan,
    errors: ['quota', 'admission', 'exists', 'conflict', 'too_large', 'too_many'],
  },
  events: {
    ...read,
    ...endpoints.events,
    summary: 'The state of all jobs and then every change of it, as server-sent events',
    params: ToolPath,
    query: EventsQuery,
    reply: JobEvent,
  },
  jobLogs: {
    ...read,
    ...endpoints.jobLogs,
    summary: "A job's output, oldest line first, from the cluster or from its log files",
    params: JobPath,
    query: JobLogsQuery,
    reply: LogLine,
    errors: ['not_found'],
  },
  logs: {
    ...read,
    ...endpoints.logs,
    summary: "A page of a job's output",
    params: JobPath,
    query: LogsQuery,
    reply: replies.logs,
    errors: ['not_found'],
  },
  logsStream: {
    ...read,
    ...endpoints.logsStream,
    summary: "A job's output as it comes",
    params: JobPath,
    query: LogsStreamQuery,
    reply: LogLine,
    errors: ['not_found'],
  },
  health: {
    ...open,
    ...endpoints.health,
    summary: 'Whether the service takes requests: 200 ok, or 503 while it drains',
    reply: replies.health,
    errors: ['unavailable'],
  },
  openapi: {
    ...open,
    ...endpoints.openapi,
    summary: 'This description',
    reply: Type.Object({}, { additionalProperties: true, description: 'An OpenAPI 3.1 document.' }),
  },
  metrics: {
    ...open,
    ...endpoints.metrics,
    summary: 'Version and request counts for Prometheus',
    reply: Type.String(),
  },
} as const satisfies Record<string, Operation>

export type Operations = typeof operations
export type OperationId = keyof Operations

type Body<S> = S extends TSchema ? Static<S> : undefined

/** What a handler is given of the wire: parsed and checked. */
export interface Input<Id extends OperationId> {
  readonly params: Static<Operations[Id]['params']>
  readonly query: Static<Operations[Id]['query']>
  readonly body: Body<Operations[Id]['body']>
}

/** What a handler gives back: an object, or the lines of a stream. */
export type Reply<Id extends OperationId> = Operations[Id]['format'] extends 'lines' | 'events'
  ? AsyncIterable<Static<Operations[Id]['reply']>>
  : Static<Operations[Id]['reply']>
