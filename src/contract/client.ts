import { type Endpoint, endpoints } from './endpoints.ts'
import type { ErrorCode } from './errors.ts'
import type { Input, OperationId, Reply } from './operations.ts'

/** One request as the client makes it. */
export interface WireRequest {
  readonly operation: OperationId
  readonly method: Endpoint['method']
  /** With the query, each part escaped. */
  readonly path: string
  /** JSON text, or undefined for none. */
  readonly body: string | undefined
}

/** The answer to it; `lines` yields the body line by line. */
export interface WireReply {
  readonly status: number
  text(): Promise<string>
  lines(): AsyncIterable<string>
}

/** Sends one request; rejects when no answer came. */
export type Send = (request: WireRequest, signal?: AbortSignal) => Promise<WireReply>

/** The service refused, or answered something that is not its own. */
export class ApiError extends Error {
  readonly status: number
  readonly code: ErrorCode | undefined
  readonly requestId: string | undefined

  constructor(status: number, text: string) {
    const refusal = parseRefusal(text)
    super(refusal?.messages.join('\n') ?? `HTTP status ${status}: ${text.slice(0, 500)}`)
    this.name = 'ApiError'
    this.status = status
    this.code = refusal?.code
    this.requestId = refusal?.requestId
  }
}

interface ParsedRefusal {
  messages: string[]
  code: ErrorCode | undefined
  requestId: string | undefined
}

function parseRefusal(text: string): ParsedRefusal | undefined {
  const body = parseObject(text)
  const messages: unknown = body?.['error']
  if (body === undefined || !Array.isArray(messages) || messages.length === 0) return undefined
  const field = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined)
  return {
    messages: messages.map(String),
    code: field('code') as ErrorCode | undefined,
    requestId: field('request_id'),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The service's operations as functions over `send`, typed by the operations table. */
export interface Client {
  /**
   * Resolves with the reply, a stream of lines included.
   * @throws ApiError when the service refuses; whatever `send` throws when it can't be reached.
   */
  call<Id extends OperationId>(id: Id, input: ClientInput<Id>, signal?: AbortSignal): Promise<Reply<Id>>
}

/** The input without what an operation doesn't take. */
export type ClientInput<Id extends OperationId> = Pick<Input<Id>, 'params'> & Partial<Omit<Input<Id>, 'params'>>

export const createClient = (send: Send): Client => ({
  async call<Id extends OperationId>(id: Id, input: ClientInput<Id>, signal?: AbortSignal): Promise<Reply<Id>> {
    const endpoint: Endpoint = endpoints[id]
    const body = input.body === undefined ? undefined : JSON.stringify(input.body)
    const path = pathOf(endpoint.paths[0], input.params, input.query)
    const answer = await send({ operation: id, method: endpoint.method, path, body }, signal)
    if (answer.status !== endpoint.status && answer.status !== 200)
      throw new ApiError(answer.status, await answer.text())
    // The one place where bytes become the contract's types; the contract tests check that the service keeps to them.
    return (await bodyOf(endpoint, answer)) as Reply<Id>
  },
})

async function bodyOf({ format }: Endpoint, answer: WireReply): Promise<unknown> {
  if (format === 'lines') return parsedLines(answer.lines())
  if (format === 'events') return parsedEvents(answer.lines())
  const text = await answer.text()
  if (format === 'text') return text
  const reply = parseObject(text)
  if (reply === undefined) throw new ApiError(answer.status, text)
  return reply
}

/** The path of a template with its parameters and its query filled in, each escaped. */
export function pathOf(template: string, params: object, query: object = {}): string {
  const values = new Map<string, unknown>(Object.entries(params))
  const path = template.replace(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(String(values.get(name) ?? '')))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? path : `${path}?${search}`
}

async function* parsedLines(lines: AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
}

/** The data of server-sent events, each one line of JSON as the service writes them; comments keep the connection open. */
async function* parsedEvents(lines: AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const line of lines) if (line.startsWith('data:')) yield JSON.parse(line.slice('data:'.length))
}
