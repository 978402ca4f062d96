import { conform, DecodeError } from './conform.ts'
import { hasResource } from './elsewhere.ts'
import { isObject } from './json.ts'
import { apiVersion, type Kind, type NewObject, type ObjectMeta } from './kind.ts'
import { badRequest, notImplemented, unsupportedBody } from './status.ts'

/** How many unknown fields a client is told of, at most. */
const mostWarnings = 20

/**
 * JSON without keys that would reach into JavaScript's own objects: Kubernetes would keep `__proto__` as any other
 * key, here it is refused.
 * @throws StatusError 400.
 */
export function parseJson(text: string, failed: (why: string) => string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badRequest(failed(error instanceof Error ? error.message.replace(/^U/, 'u') : String(error)))
  }
  if (text.includes('__proto__') || text.includes('\\u')) refuseProto(value)
  return value
}

/** The body of a create or update. @throws StatusError 400. */
export const parseObject = (kind: string, text: string): unknown =>
  parseJson(
    text,
    why =>
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
  )

function refuseProto(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) refuseProto(item)
  if (!isObject(value)) return
  for (const [key, item] of Object.entries(value)) {
    if (/(^|\/)__proto__$/.test(key)) throw badRequest('the sandbox takes no field called "__proto__"')
    refuseProto(item)
  }
}

/** @throws StatusError 415; 501 for what only Kubernetes can read. */
export function checkContentType(header: string | undefined): void {
  const type = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '' || type === 'application/json') return
  const elsewhere = ['application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor']
  throw elsewhere.includes(type) ? notImplemented(`bodies of type ${type}`) : unsupportedBody()
}

export interface Decoding {
  kind: Kind
  fieldValidation: string
  /** Told of each field that is dropped. */
  warn: (text: string) => void
}

/**
 * An object as the kind has it. Unknown fields are dropped with a warning, or refused when `fieldValidation` is Strict.
 * @throws StatusError 400.
 */
export function decodeObject(value: unknown, decoding: Decoding): NewObject {
  const { kind } = decoding
  if (!isObject(value)) {
    const found = Array.isArray(value) ? 'array' : typeof value
    const why = `json: cannot unmarshal ${found} into Go value of type struct`
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${why}`,
    )
  }
  const found = text(value['kind'], kind.kind)
  try {
    return conformObject(value, decoding)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${found} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${error.message}`)
  }
}

const text = (value: unknown, otherwise: string): string =>
  value === undefined || value === '' ? otherwise : String(value)

/** @throws DecodeError */
export function conformObject(object: Record<string, unknown>, { kind, fieldValidation, warn }: Decoding): NewObject {
  checkType(kind, object)
  const { value, unknown } = conform(object, kind.kind)
  const problems = unknown.map(path => `unknown field "${path}"`)
  if (fieldValidation === 'Strict' && problems.length > 0) {
    throw new DecodeError(`strict decoding error: ${problems.join(', ')}`)
  }
  if (fieldValidation !== 'Ignore') for (const problem of problems.slice(0, mostWarnings)) warn(problem)
  return toNewObject(kind, value)
}

function checkType(kind: Kind, { apiVersion: givenVersion, kind: givenKind }: Record<string, unknown>): void {
  const wanted = apiVersion(kind)
  const [name, version] = [text(givenKind, kind.kind), text(givenVersion, wanted)]
  if (name === kind.kind && version === wanted) return
  const [group, short] = version.includes('/') ? version.split('/') : ['', version]
  if (hasResource(group ?? '', short ?? '', `${name.toLowerCase()}s`)) {
    const into = `${kind.group === '' ? 'core' : kind.group.split('.')[0]}.${kind.kind}`
    throw new DecodeError(`converting (${short}.${name}) to (${into}): unknown conversion`)
  }
  throw new DecodeError(
    `no kind "${name}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`,
  )
}

/** The schema has looked at every field, so that the metadata are what their type says. */
function toNewObject(kind: Kind, value: Record<string, unknown>): NewObject {
  const metadata = value['metadata'] as Partial<ObjectMeta>
  return { ...value, apiVersion: apiVersion(kind), kind: kind.kind, metadata }
}
