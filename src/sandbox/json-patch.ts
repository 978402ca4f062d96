import { clone, isObject, same } from './json.ts'
import { badRequest, StatusError } from './status.ts'

const mostOperations = 10_000

/** Kubernetes does not say what did not fit; neither do we. */
const unprocessable = (): StatusError =>
  new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  })

interface Operation {
  op: string
  path: string[]
  from: string[] | undefined
  value: unknown
}

/** RFC 6902. @throws StatusError 400 for what is no patch, 422 for one that does not fit the object. */
export function applyJsonPatch(object: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp')
  if (patch.length > mostOperations) {
    throw new StatusError({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `Request entity too large: The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`,
    })
  }
  return patch.map(readOperation).reduce((result, operation) => step(result, operation), clone(object))
}

function readOperation(value: unknown): Operation {
  if (!isObject(value)) throw badRequest('error decoding patch: every operation must be an object')
  const { op, path, from } = value
  if (typeof op !== 'string' || typeof path !== 'string') throw unprocessable()
  return { op, path: pointer(path), from: typeof from === 'string' ? pointer(from) : undefined, value: value['value'] }
}

function pointer(text: string): string[] {
  if (text === '') return []
  if (!text.startsWith('/')) throw unprocessable()
  return text
    .slice(1)
    .split('/')
    .map(part => {
      if (part === '__proto__') throw unprocessable()
      return part.replaceAll('~1', '/').replaceAll('~0', '~')
    })
}

function step(object: unknown, { op, path, from = [], value }: Operation): unknown {
  switch (op) {
    case 'add':
      return put(object, path, clone(value))
    case 'replace':
      return put(cut(object, path), path, clone(value))
    case 'remove':
      return cut(object, path)
    case 'move': {
      const moved = at(object, from)
      return put(cut(object, from), path, moved)
    }
    case 'copy':
      return put(object, path, clone(at(object, from)))
    case 'test':
      if (!same(at(object, path), value)) throw unprocessable()
      return object
    default:
      throw unprocessable()
  }
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[position(inner, key, false)]
    if (isObject(inner) && Object.hasOwn(inner, key)) return inner[key]
    throw unprocessable()
  }, object)
}

function position(list: readonly unknown[], key: string, end: boolean): number {
  if (key === '-' && end) return list.length
  const index = /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1
  if (index < 0 || index > list.length || (!end && index === list.length)) throw unprocessable()
  return index
}

/** Walks to the parent and lets `change` alter it. */
function alter(
  object: unknown,
  path: readonly string[],
  change: (parent: unknown[] | Record<string, unknown>, key: string) => void,
): unknown {
  const key = path.at(-1)
  if (key === undefined) throw unprocessable()
  const parent = at(object, path.slice(0, -1))
  if (!Array.isArray(parent) && !isObject(parent)) throw unprocessable()
  change(parent, key)
  return object
}

const put = (object: unknown, path: readonly string[], value: unknown): unknown =>
  alter(object, path, (parent, key) => {
    if (Array.isArray(parent)) parent.splice(position(parent, key, true), 0, value)
    else parent[key] = value
  })

const cut = (object: unknown, path: readonly string[]): unknown =>
  alter(object, path, (parent, key) => {
    if (Array.isArray(parent)) parent.splice(position(parent, key, false), 1)
    else if (!Object.hasOwn(parent, key)) throw unprocessable()
    else delete parent[key]
  })
