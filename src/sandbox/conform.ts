import { isObject } from './json.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'
import { type Field, type Scalar, structOf, type Type } from './schema.ts'

/** A value that the type cannot hold, said as Kubernetes' decoder says it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

interface Place {
  /** As in `spec.containers[0]`, for what is unknown. */
  path: string
  /** As in `spec.containers`, for what has another type. */
  plain: string
  struct: string
}

/**
 * What Kubernetes would have understood of a decoded body: nulls and empty lists left out, quantities and times in
 * their one form, unknown fields dropped and named in `unknown`.
 * @throws DecodeError for a value of another type.
 */
export function conform(value: unknown, struct: string): { value: Record<string, unknown>; unknown: string[] } {
  const unknown: string[] = []
  const result = conformStruct(value, { path: '', plain: '', struct }, unknown)
  return { value: result, unknown }
}

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

function conformStruct(value: unknown, place: Place, unknown: string[]): Record<string, unknown> {
  if (!isObject(value)) throw mismatch(value, place, place.struct)
  const fields = structOf(place.struct)
  const result: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    const field = fields.get(name)
    const at = { path: joined(place.path, name), plain: joined(place.plain, name), struct: place.struct }
    if (field === undefined) unknown.push(at.path)
    else if (saysSomething(item, field)) result[name] = conformValue(item, { type: field.type, at }, unknown)
    if (result[name] === undefined) delete result[name]
  }
  for (const [name, field] of fields) {
    if (field.always && !Object.hasOwn(result, name)) result[name] = empty(field, unknown)
  }
  return result
}

const saysSomething = (value: unknown, { zeroIsAbsent }: Field): boolean =>
  value !== null && !(zeroIsAbsent && isZero(value))

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false

function empty({ type }: Field, unknown: string[]): unknown {
  if (type.is === 'list') return []
  return type.is === 'struct' ? conformStruct({}, { path: '', plain: '', struct: type.struct }, unknown) : undefined
}

function conformValue(value: unknown, { type, at }: { type: Type; at: Place }, unknown: string[]): unknown {
  switch (type.is) {
    case 'scalar':
      return conformScalar(value, type.scalar, at)
    case 'struct':
      if (!isObject(value)) throw mismatch(value, at, `v1.${type.struct}`)
      return conformStruct(value, { ...at, struct: type.struct }, unknown)
    case 'list': {
      if (!Array.isArray(value)) throw mismatch(value, at, `[]${typeName(type.of)}`)
      const items = value.map((item, i) =>
        conformValue(item, { type: type.of, at: { ...at, path: `${at.path}[${i}]` } }, unknown),
      )
      return items.length === 0 ? undefined : items
    }
    case 'map': {
      if (!isObject(value)) throw mismatch(value, at, `map[string]${typeName(type.of)}`)
      const entries = Object.entries(value)
      if (entries.length === 0) return undefined
      return Object.fromEntries(
        entries.map(([key, item]) => [
          key,
          item === null && type.of.is === 'scalar' ? '' : conformValue(item, { type: type.of, at }, unknown),
        ]),
      )
    }
  }
}

const goTypes: Partial<Record<Scalar, string>> = { bytes: '[]uint8', time: 'string', microTime: 'string' }

function typeName(type: Type): string {
  if (type.is === 'struct') return `v1.${type.struct}`
  return type.is === 'scalar' ? (goTypes[type.scalar] ?? type.scalar) : '[]string'
}

function mismatch(value: unknown, { struct, plain }: Place, wanted: string): DecodeError {
  const found = Array.isArray(value) ? 'array' : typeof value
  const shown =
    found === 'number' && !Number.isInteger(value) ? `number ${value}` : found === 'boolean' ? 'bool' : found
  const into = plain === '' ? `value of type v1.${wanted}` : `struct field ${struct}.${plain} of type ${wanted}`
  return new DecodeError(`json: cannot unmarshal ${shown} into Go ${into}`)
}

const checks: Record<Scalar, (value: unknown) => boolean> = {
  string: value => typeof value === 'string',
  bool: value => typeof value === 'boolean',
  int32: value => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31,
  int64: value => Number.isInteger(value),
  number: value => typeof value === 'number',
  bytes: value => typeof value === 'string',
  time: value => typeof value === 'string',
  microTime: value => typeof value === 'string',
  quantity: value => typeof value === 'string' || typeof value === 'number',
  intOrString: value => Number.isInteger(value) || typeof value === 'string',
  any: () => true,
}

function conformScalar(value: unknown, scalar: Scalar, at: Place): unknown {
  if (!checks[scalar](value)) throw mismatch(value, at, goTypes[scalar] ?? scalar)
  if (scalar === 'bytes') return canonicalBytes(String(value))
  if (scalar === 'quantity') return canonicalQuantity(String(value))
  if (scalar === 'time' || scalar === 'microTime') return canonicalTime(String(value), scalar)
  return value
}

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Lines may be broken anywhere; nothing else is overlooked. */
function canonicalBytes(text: string): string {
  const joined = text.replace(/[\r\n]/g, '')
  if (base64Form.test(joined)) return Buffer.from(joined, 'base64').toString('base64')
  const [good = ''] = /^[A-Za-z0-9+/]*/.exec(joined) ?? []
  const at = good.length < joined.length ? good.length : good.length - (good.length % 4)
  throw new DecodeError(`illegal base64 data at input byte ${at}`)
}

function canonicalQuantity(text: string): string {
  const quantity = parseQuantity(text)
  if (quantity !== undefined) return formatQuantity(quantity)
  throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
}

const rfc3339Form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function canonicalTime(text: string, scalar: 'time' | 'microTime'): string {
  const moment = rfc3339Form.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(moment)) {
    const layout = scalar === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00'
    throw new DecodeError(`parsing time "${text}" as "${layout}": cannot parse "${text}" as "2006"`)
  }
  const utc = new Date(moment).toISOString()
  if (scalar === 'time') return utc.replace(/\.\d+Z$/, 'Z')
  return utc.replace(/\.\d+Z$/, `.${microseconds(text)}Z`)
}

/** Six digits, as Go's layout has them. */
function microseconds(text: string): string {
  const rest = text.slice('2006-01-02T15:04:05'.length)
  const [, digits, zone = ''] = /^\.(\d{6})(.*)$/.exec(rest) ?? []
  const [wrong, wanted] = digits === undefined ? [rest, '.000000'] : [zone, 'Z07:00']
  if (digits !== undefined && /^[Z+-]/.test(zone)) return digits
  throw new DecodeError(
    `parsing time "${text}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "${wrong}" as "${wanted}"`,
  )
}
