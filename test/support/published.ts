import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Compile } from 'typebox/schema'
import { parse } from 'yaml'
import { at, textAt } from './json.ts'
import type { CallOptions, LineStream, RawClient, Reply } from './raw-client.ts'

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const document: unknown = parse(readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8'))

const byPointer = (pointer: string): unknown =>
  at(
    document,
    ...pointer
      .slice(2)
      .split('/')
      .map(part => decodeURI(part).replaceAll('~1', '/').replaceAll('~0', '~')),
  )

/** The same with every `$ref` replaced by what it refers to; nothing in our document refers to itself. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved)
  if (!isFields(value)) return value
  const { $ref: pointer } = value
  if (typeof pointer === 'string') return resolved(byPointer(pointer))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]))
}

interface Published {
  id: string
  method: string
  path: RegExp
  responses: Fields
}

const methods = ['get', 'post', 'delete', 'patch', 'put']

const operations: Published[] = Object.entries(at(document, 'paths') ?? {}).flatMap(([template, item]) => {
  const known: unknown = resolved(item)
  const path = new RegExp(`^${template.replace(/\{[a-z_]+\}/g, '[^/]+')}/?$`)
  return methods.flatMap(method => {
    const operation = at(known, method)
    const responses = at(operation, 'responses')
    return isFields(responses) ? [{ id: textAt(operation, 'operationId'), method, path, responses }] : []
  })
})

/** What the description says of an answer: its schema, by content type. */
function schemaOf(operation: Published, status: number, type: string): Fields | undefined {
  const schema = at(operation.responses, String(status), 'content', type, 'schema')
  return isFields(schema) ? schema : undefined
}

const compiled = new Map<Fields, ReturnType<typeof Compile>>()
function problems(schema: Fields, value: unknown): unknown[] {
  const validator = compiled.get(schema) ?? Compile(schema)
  compiled.set(schema, validator)
  const [right, errors] = validator.Errors(value)
  return right ? [] : errors
}

/** An event's data is a text, whose own schema the description tells beside it. */
function problemsIn(schema: Fields, type: string, body: unknown): unknown[] {
  if (type !== 'text/event-stream') return problems(schema, body)
  const content = at(schema, 'properties', 'data', 'contentSchema')
  if (!isFields(content)) return ['the data has no schema']
  return [...problems(schema, { data: JSON.stringify(body) }), ...problems(content, body)]
}

/** The answers that were seen, by operation: `ok`, or the code of a refusal. */
export interface Seen {
  has(operation: string, what: string): boolean
  note(operation: string, what: string): void
}

export function createSeen(): Seen {
  const seen = new Set<string>()
  return {
    has: (operation, what) => seen.has(`${operation} ${what}`),
    note: (operation, what) => void seen.add(`${operation} ${what}`),
  }
}

/** An answer as far as the description speaks of it. */
export type Judged = Pick<Reply, 'status' | 'headers' | 'body'>

/** Asserts that an answer is one that the published openapi.yaml allows, and notes it. */
export function judge(t: Test, { method, path, seen }: { method: string; path: string; seen?: Seen }, reply: Judged) {
  const [plain = ''] = path.split('?')
  const what = `${method} ${path}: ${reply.status}`
  const operation = operations.find(one => one.method === method.toLowerCase() && one.path.test(plain))
  if (operation === undefined) return t.fail(`${what}: no such operation is published`)
  const type = reply.headers['content-type']?.split(';')[0] ?? ''
  const schema = schemaOf(operation, reply.status, type)
  if (schema === undefined) return t.fail(`${what}: ${type} is not published`)
  t.type(reply.headers['x-request-id'], 'string', `${what}: the request has an id`)
  t.same(problemsIn(schema, type, reply.body), [], `${what}: the body is as published`)
  const code = at(reply.body, 'code')
  seen?.note(operation.id, reply.status < 300 || typeof code !== 'string' ? 'ok' : code)
  return undefined
}

/** A client each of whose answers is judged. */
export interface JudgedClient {
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** Reads a stream to its end. */
  lines(path: string): Promise<unknown[]>
  stream(path: string): Promise<LineStream>
  /** The first of the server-sent events at a path. */
  first(path: string): Promise<unknown>
}

export function judged(t: Test, client: RawClient, seen: Seen): JudgedClient {
  const call = async (method: string, path: string, options?: CallOptions) => {
    const reply = await client.call(method, path, options)
    judge(t, { method, path, seen }, reply)
    return reply
  }
  return {
    call,
    stream: path => client.stream(path),
    async first(path) {
      const { status, headers, lines, close } = await client.stream(path)
      try {
        for await (const line of lines) {
          if (!line.startsWith('data:')) continue
          const body: unknown = JSON.parse(line.slice('data:'.length))
          judge(t, { method: 'GET', path, seen }, { status, headers, body })
          return body
        }
      } finally {
        close()
      }
      return undefined
    },
    async lines(path) {
      const { status, headers, lines } = await client.stream(path)
      const all: unknown[] = []
      for await (const line of lines) all.push(JSON.parse(line))
      for (const body of all) judge(t, { method: 'GET', path, seen }, { status, headers, body })
      return all
    },
  }
}
