import { type OperationId, operations } from '../contract/operations.ts'

/** The operation ids, typed. */
export const operationIds = Object.keys(operations).filter((id): id is OperationId => Object.hasOwn(operations, id))

/** The methods that an operation answers to: what has a GET has a HEAD, unless it is a stream. */
export const methodsOf = (id: OperationId): readonly string[] => {
  const { method, format } = operations[id]
  return method === 'GET' && format !== 'lines' ? ['GET', 'HEAD'] : [method]
}

const segments = (path: string): string[] => path.replace(/\/$/, '').split('/')

const templates = operationIds.flatMap(id =>
  operations[id].paths.map(path => ({ parts: segments(path), methods: methodsOf(id) })),
)

/** The methods that a path knows, for the Allow header; empty for a path that is none of ours. */
export function methodsAt(path: string): string[] {
  const asked = segments(path)
  const known = templates.filter(
    ({ parts }) =>
      parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]),
  )
  return [...new Set(known.flatMap(({ methods }) => methods))].sort()
}
