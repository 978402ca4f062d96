import { type Static, type TSchema, Type } from 'typebox'
import type { ErrorCode } from './errors.ts'
import {
  JobAsSent,
  JobLogsQuery,
  JobPath,
  ListQuery,
  LogLine,
  LogsQuery,
  LogsStreamQuery,
  replies,
  ToolPath,
} from './schemas.ts'

/**
 * The operations of the service, and the only source of them: routes, handlers' types, clients and `openapi.yaml` are
 * made from this table.
 */
export interface Operation {
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** All paths that mean this operation, the one to document first; each also works with a slash behind it. */
  readonly paths: readonly [string, ...string[]]
  /** `tool`: for the tool in the path, proven by its certificate. `open`: for everybody. */
  readonly access: 'tool' | 'open'
  readonly params: TSchema
  readonly query: TSchema
  /** Undefined where a body is neither needed nor read. */
  readonly body: TSchema | undefined
  readonly status: 200 | 201
  /** `json`: one object. `lines`: one JSON object a line, until the end. `text`: as it is. */
  readonly format: 'json' | 'lines' | 'text'
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

const jobs = <const P extends string>(path: P) =>
  [`/jobs/v1/tool/:tool${path}`, `/v1/tool/:tool${path}`] as const satisfies readonly string[]
const logs = <const P extends string>(path: P) => [`/logs/v1/tool/:tool${path}`] as const

const Nothing = Type.Object({}, { additionalProperties: false })
const tool = { access: 'tool', query: Nothing, body: undefined, status: 200, format: 'json', errors: [] } as const
const open = { ...tool, access: 'open', params: Nothing } as const
const read = { ...tool, method: 'GET' } as const
const write = { ...tool, method: 'DELETE', errors: ['too_many'] } as const

export const operations = {
  listImages: {
    ...read,
    summary: 'The images that a job can use',
    paths: jobs('/images'),
    params: ToolPath,
    reply: replies.images,
  },
  showQuota: {
    ...read,
    summary: 'What the tool may use, and what it uses',
    paths: jobs('/quotas'),
    params: ToolPath,
    reply: replies.quota,
  },
  listJobs: {
    ...read,
    summary: 'All jobs of the tool',
    paths: jobs('/jobs'),
    params: ToolPath,
    query: ListQuery,
    reply: replies.jobs,
  },
  createJob: {
    ...write,
    method: 'POST',
    summary: 'Run a job',
    paths: jobs('/jobs'),
    params: ToolPath,
    body: JobAsSent,
    status: 201,
    reply: replies.job,
    errors: ['quota', 'admission', 'exists', 'conflict', 'too_large', 'too_many'],
  },
  flushJobs: {
    ...write,
    summary: 'Delete all jobs of the tool',
    paths: jobs('/jobs'),
    params: ToolPath,
    reply: replies.done,
  },
  showJob: {
    ...read,
    summary: 'One job',
    paths: jobs('/jobs/:name'),
    params: JobPath,
    reply: replies.job,
    errors: ['not_found'],
  },
  deleteJob: {
    ...write,
    summary: 'Delete a job',
    paths: jobs('/jobs/:name'),
    params: JobPath,
    reply: replies.done,
    errors: ['not_found', 'too_many'],
  },
  jobLogs: {
    ...read,
    summary: "A job's output, oldest line first, from the cluster or from its log files",
    paths: jobs('/jobs/:name/logs'),
    params: JobPath,
    query: JobLogsQuery,
    format: 'lines',
    reply: LogLine,
    errors: ['not_found'],
  },
  logs: {
    ...read,
    summary: "A page of a job's output",
    paths: logs('/job/:name/logs'),
    params: JobPath,
    query: LogsQuery,
    reply: replies.logs,
    errors: ['not_found'],
  },
  logsStream: {
    ...read,
    summary: "A job's output as it comes",
    paths: logs('/job/:name/logs_stream'),
    params: JobPath,
    query: LogsStreamQuery,
    format: 'lines',
    reply: LogLine,
    errors: ['not_found'],
  },
  health: {
    ...open,
    method: 'GET',
    summary: 'Whether the service takes requests: 200 ok, or 503 while it drains',
    paths: ['/healthz', '/jobs/v1/healthz', '/logs/v1/healthz'],
    reply: replies.health,
    errors: ['unavailable'],
  },
  openapi: {
    ...open,
    method: 'GET',
    summary: 'This description',
    paths: ['/openapi.json', '/jobs/openapi.json', '/logs/openapi.json'],
    reply: Type.Object({}, { additionalProperties: true, description: 'An OpenAPI 3.1 document.' }),
  },
  metrics: {
    ...open,
    method: 'GET',
    summary: 'Version and request counts for Prometheus',
    paths: ['/jobs/v1/metrics'],
    format: 'text',
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
export type Reply<Id extends OperationId> = Operations[Id]['format'] extends 'lines'
  ? AsyncIterable<Static<Operations[Id]['reply']>>
  : Static<Operations[Id]['reply']>
