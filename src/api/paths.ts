import type { Endpoint } from '../contract/endpoints.ts'
import { type OperationId, operations } from '../contract/operations.ts'
import { olderWays } from './older/ways.ts'

/** The operation ids, typed. */
export const operationIds = Object.keys(operations).filter((id): id is OperationId => Object.hasOwn(operations, id))

/** Whether an answer goes on until somebody ends it. */
export const isStream = (id: OperationId): boolean => ['lines', 'events'].includes(operations[id].format)

interface Reached {
  readonly id: OperationId
  readonly method: Endpoint['method']
  readonly paths: readonly string[]
}

/** The methods that an operation answers to at its paths: what has a GET has a HEAD, unless it is a stream. */
const methodsOf = ({ id, method }: Reached): readonly string[] =>
  method === 'GET' && !isStream(id) ? ['GET', 'HEAD'] : [method]

const segments = (path: string): string[] => path.replace(/\/$/, '').split('/')

const reached: readonly Reached[] = [...operationIds.map(id => ({ id, ...operations[id] })), ...olderWays]
const templates = reached.flatMap(one => one.paths.map(path => ({ parts: segments(path), methods: methodsOf(one) })))

/** The methods that a path knows, for the Allow header; empty for a path that is none of ours. */
export function methodsAt(path: string): string[] {
  const asked = segments(path)
  const known = templates.filter(
    ({ parts }) =>
      parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]),
  )
  return [...new Set(known.flatMap(({ methods }) => methods))].sort()
}
