import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Check } from 'typebox/value'
import { DomainError } from '../contract/errors.ts'
import { jobNamePattern, toolNamePattern } from '../contract/limits.ts'
import { type Input, type Operation, type OperationId, operations } from '../contract/operations.ts'
import { printable } from '../platform/printable.ts'

/** A request's parts as they came over the wire. */
export interface Parts {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** How patterns are told to people. */
const patternWords = new Map([
  [toolNamePattern, 'lower-case letters, digits and "-", with a letter or a digit at both ends'],
  [
    jobNamePattern,
    'lower-case letters, digits, "-" and ".", with a letter or a digit at both ends and beside each "."',
  ],
])

const keyword = (schema: object, name: string): unknown => Reflect.get(schema, name)

const quoted = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).join(', ')

function range(schema: object, [low, high]: readonly [string, string]): string {
  const [from, to] = [keyword(schema, low), keyword(schema, high)]
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`
  if (from !== undefined) return ` of at least ${from}`
  return to === undefined ? '' : ` of at most ${to}`
}

function textRule(schema: object): string {
  const pattern = keyword(schema, 'pattern')
  const what = patternWords.get(String(pattern)) ?? (pattern === undefined ? 'text' : `text that matches ${pattern}`)
  const length = range(schema, ['minLength', 'maxLength'])
  return length === '' ? what : `${what},${length} characters`
}

/** What a schema allows, in words; of a union its first form, which is the one to use. */
function rule(schema: object): string {
  const forms = keyword(schema, 'anyOf')
  if (Array.isArray(forms)) return rule(forms[0])
  const only = keyword(schema, 'const')
  if (only !== undefined) return JSON.stringify(only)
  const choices = keyword(schema, 'enum')
  if (Array.isArray(choices)) return choices.length === 1 ? quoted(choices) : `one of ${quoted(choices)}`
  switch (keyword(schema, 'type')) {
    case 'string':
      return textRule(schema)
    case 'integer':
      return `a whole number${range(schema, ['minimum', 'maximum'])}`
    case 'boolean':
      return 'true or false'
    default:
      return String(keyword(schema, 'type'))
  }
}

type PartName = keyof Parts
const unknownWords: Record<PartName, string> = { params: 'part of the path', query: 'query parameter', body: 'field' }

/** Unknown names that are listed in one answer. */
const mostUnknown = 10

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface FieldsSchema extends TSchema {
  properties: Record<string, TSchema>
  required?: string[]
}
const hasFields = (schema: TSchema): schema is FieldsSchema => 'properties' in schema

/** What is wrong with a value that a schema refused, one sentence a field; never empty. */
function problemsOf(schema: TSchema, where: PartName, value: unknown): string[] {
  if (!isFields(value)) return ['the body must be a JSON object']
  const { properties, required = [] } = hasFields(schema) ? schema : { properties: {} }
  const wrong = Object.entries(properties).flatMap(([name, field]) => {
    if (!Object.hasOwn(value, name)) return required.includes(name) ? [`${name}: must be given`] : []
    return Check(field, value[name]) ? [] : [`${name}: must be ${rule(field)}`]
  })
  const unknown = Object.keys(value).filter(name => !Object.hasOwn(properties, name))
  const listed = unknown
    .slice(0, mostUnknown)
    .map(name => `${printable(name, 64)}: there is no such ${unknownWords[where]}`)
  const all = [...wrong, ...listed]
  return all.length > 0 ? all : [`the ${where} is not as this operation takes it`]
}

/** Text that no schema can rule out, and that nothing behind can hold. */
function unusableText([name, value]: [string, unknown]): string[] {
  if (typeof value !== 'string') return []
  if (value.includes('\0')) return [`${name}: must not hold a NUL character`]
  return value.isWellFormed() ? [] : [`${name}: must be well-formed Unicode`]
}

type Problems = (value: unknown) => string[]

function checkOf(schema: TSchema | undefined, where: PartName): Problems {
  if (schema === undefined) return () => []
  const compiled = Compile(schema)
  return value => {
    if (!compiled.Check(value)) return problemsOf(schema, where, value)
    return isFields(value) ? Object.entries(value).flatMap(unusableText) : []
  }
}

/**
 * Makes the function that checks a request against an operation's schemas; all that is wrong is said at once.
 * @throws DomainError bad_request naming each field and its rule.
 */
export function inputParser<Id extends OperationId>(id: Id): (parts: Parts) => Input<Id> {
  const operation: Operation = operations[id]
  const checks: readonly (readonly [PartName, Problems])[] = [
    ['params', checkOf(operation.params, 'params')],
    ['query', checkOf(operation.query, 'query')],
    ['body', checkOf(operation.body, 'body')],
  ]
  return parts => {
    const problems = checks.flatMap(([part, check]) => check(parts[part]))
    if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
    // Checked just now against the schemas that the type is made from.
    return parts as Input<Id>
  }
}
