import type { TSchema } from 'typebox'
import { type ErrorCode, errorStatus } from '../contract/errors.ts'
import { examples } from '../contract/examples.ts'
import { Explanation, Finding } from '../contract/explain-schemas.ts'
import { LogLine } from '../contract/log-schemas.ts'
import { commonErrors, type Operation, type OperationId, operations } from '../contract/operations.ts'
import { ApplyRequest, FieldChange, Plan, PlannedJob, PlanRequest, QuotaUse } from '../contract/plan-schemas.ts'
import {
  HealthCheck,
  Image,
  Job,
  JobAsSent,
  JobEvent,
  JobStatus,
  Messages,
  QuotaCategory,
  QuotaItem,
  Refusal,
} from '../contract/schemas.ts'
import { isOlder } from './older/ways.ts'
import { operationIds } from './paths.ts'

type Node = Record<string, unknown>

/** The schemas that have a name of their own in the document. */
const named = {
  ApplyRequest,
  Explanation,
  FieldChange,
  Finding,
  HealthCheck,
  Image,
  Job,
  JobAsSent,
  JobEvent,
  JobStatus,
  LogLine,
  Messages,
  Plan,
  PlannedJob,
  PlanRequest,
  QuotaCategory,
  QuotaItem,
  QuotaUse,
  Refusal,
}
const nameOf = new Map<unknown, string>(Object.entries(named).map(([name, schema]) => [schema, name]))

const reference = (name: string): Node => ({ $ref: `#/components/schemas/${name}` })

/** A copy without what only the schema library knows, named schemas as references. */
function plain(value: unknown): unknown {
  const name = nameOf.get(value)
  return name === undefined ? unfolded(value) : reference(name)
}

function unfolded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function parametersOf(schema: TSchema, place: 'path' | 'query'): Node[] {
  // Paths and queries are objects of named fields, as JSON Schema writes them.
  const { properties = {}, required = [] } = unfolded(schema) as {
    properties?: Record<string, Node>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }))
}

const contentTypes = {
  json: 'application/json',
  lines: 'application/x-ndjson',
  events: 'text/event-stream',
  text: 'text/plain',
} as const

const successWords = {
  json: 'Done.',
  lines: 'One JSON object a line, until the end.',
  events: 'Server-sent events of this form, until the end.',
  text: 'Done.',
} as const

/** Headers of answers, by their name. */
const headers = {
  'x-request-id': { description: "Names the request in the service's log.", schema: { type: 'string' } },
  'retry-after': { description: 'Seconds after which to try again.', schema: { type: 'integer', minimum: 1 } },
}
const headerReferences = (names: readonly (keyof typeof headers)[]): Node =>
  Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))

/** Refusals that only a caller for a tool can get. */
const toolErrors: readonly ErrorCode[] = ['not_verified', 'not_allowed', 'tool_mismatch']

/** All codes that an operation may be refused with. */
export function errorsOf(id: OperationId): ErrorCode[] {
  const { access, errors }: Operation = operations[id]
  const common = commonErrors.filter(code => access === 'tool' || !toolErrors.includes(code))
  return [...new Set([...errors, ...common])].sort((a, b) => errorStatus[a] - errorStatus[b] || a.localeCompare(b))
}

interface RefusalResponse {
  status: number
  /** Its name in the document, made of its codes. */
  name: string
  response: Node
}

function refusalsOf(id: OperationId): RefusalResponse[] {
  const byStatus = Map.groupBy(errorsOf(id), code => errorStatus[code])
  return [...byStatus].map(([status, codes]) => {
    const schema = { allOf: [reference('Refusal'), { type: 'object', properties: { code: { enum: codes } } }] }
    const response = {
      description: codes.join(' or '),
      headers: headerReferences(status === 429 || status === 503 ? ['x-request-id', 'retry-after'] : ['x-request-id']),
      content: { 'application/json': { schema } },
    }
    return { status, name: codes.join('.'), response }
  })
}

/** A server-sent event whose data is a JSON text. */
const eventOf = (data: TSchema): Node => ({
  type: 'object',
  required: ['data'],
  properties: { data: { type: 'string', contentMediaType: 'application/json', contentSchema: plain(data) } },
})

const hasName = ({ params }: Operation): boolean => 'name' in (params as { properties: object }).properties

/** How to go on with a job that an answer shows: every operation on one job. */
const jobLinks: Node = Object.fromEntries(
  operationIds
    .filter(id => hasName(operations[id]))
    .map(id => [id, { operationId: id, parameters: { tool: '$request.path.tool', name: '$response.body#/job/name' } }]),
)
const linksOf = (id: OperationId): Node =>
  id === 'createJob' || id === 'updateJob'
    ? { links: Object.fromEntries(Object.keys(jobLinks).map(name => [name, { $ref: `#/components/links/${name}` }])) }
    : {}

const bodyOf = (id: OperationId, body: TSchema): Node => {
  const shown = Object.entries(examples[id] ?? {}).map(([name, value]) => [name, { value }])
  const content = { schema: plain(body), ...(shown.length === 0 ? {} : { examples: Object.fromEntries(shown) }) }
  return { requestBody: { required: true, content: { 'application/json': content } } }
}

function operationObject(id: OperationId): Node {
  const { summary, access, params, query, body, status, format, reply }: Operation = operations[id]
  const success = {
    description: successWords[format],
    headers: headerReferences(['x-request-id']),
    content: { [contentTypes[format]]: { schema: format === 'events' ? eventOf(reply) : plain(reply) } },
    ...linksOf(id),
  }
  const refusals = Object.fromEntries(
    refusalsOf(id).map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]),
  )
  return {
    operationId: id,
    summary,
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body === undefined ? {} : bodyOf(id, body)),
    responses: { [status]: success, ...refusals },
    security: access === 'tool' ? [{ certificate: [] }] : [],
  }
}

const templateOf = (path: string): string => path.replace(/:([a-z_]+)/g, '{$1}')

/** Every path of today's; those beside an operation's first refer to it. */
function pathsOf(): Node {
  const paths: Record<string, Node> = {}
  for (const id of operationIds) {
    const { method, paths: all } = operations[id]
    const [first, ...others] = all.filter(path => !isOlder(path)).map(templateOf)
    if (first === undefined) continue
    paths[first] = { ...paths[first], [method.toLowerCase()]: operationObject(id) }
    for (const other of others) paths[other] = { $ref: `#/paths/${encodeURI(first.replaceAll('/', '~1'))}` }
  }
  return paths
}

const description = `Runs programs of tools on a Kubernetes cluster.

Who calls is decided by the client certificate of the connection and by nothing else; the tool in the path must be its
own. Every path also works with a slash behind it. Bodies are JSON.

A refusal is an object with \`error\` (sentences for people), \`code\` (for programs) and \`request_id\`. Besides those that
each operation names, an unknown path is answered 404 \`not_found\`, and a method that a path does not know 405
\`method_not_allowed\` with the header Allow.

Paths below /api/v1 and /jobs/api/v1 are for clients before 16.0.14, in the shapes of their time, and are not described here.`

/** The service as an OpenAPI 3.1 document. */
export function openapiOf(version: string): Node {
  return {
    openapi: '3.1.0',
    info: { title: 'Jobs API', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: pathsOf(),
    components: {
      schemas: Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, unfolded(schema)])),
      links: jobLinks,
      responses: Object.fromEntries(operationIds.flatMap(refusalsOf).map(({ name, response }) => [name, response])),
      headers,
      securitySchemes: {
        certificate: { type: 'mutualTLS', description: "The tool's own certificate: O=toolforge, CN=the tool's name." },
      },
    },
  }
}
