import { schemaData } from './schema-data.ts'

export type Scalar =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'number'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'any'

/** A field's type. `merge` is how strategic merge patches join a list: by this key of its items, or as a set (`''`). */
export type Type =
  | { is: 'scalar'; scalar: Scalar }
  | { is: 'list'; of: Type; merge?: string }
  | { is: 'map'; of: Type }
  | { is: 'struct'; struct: string }

export interface Field {
  type: Type
  /** Whether Kubernetes always has the field, empty if need be. */
  always: boolean
  /** Whether an empty text, 0 or false says nothing. */
  zeroIsAbsent: boolean
}

export type Struct = ReadonlyMap<string, Field>

const scalars: ReadonlySet<string> = new Set([
  'string',
  'bool',
  'int32',
  'int64',
  'number',
  'bytes',
  'time',
  'microTime',
  'quantity',
  'intOrString',
  'any',
])

const isScalar = (text: string): text is Scalar => scalars.has(text)

function parseType(text: string): Type {
  const list = /^\[(.*)\](?:@(\w*))?$/.exec(text)
  if (list?.[1] !== undefined) {
    return { is: 'list', of: parseType(list[1]), ...(list[2] === undefined ? {} : { merge: list[2] }) }
  }
  const map = /^\{(.*)\}$/.exec(text)
  if (map?.[1] !== undefined) return { is: 'map', of: parseType(map[1]) }
  return isScalar(text) ? { is: 'scalar', scalar: text } : { is: 'struct', struct: text }
}

function parseField(text: string): [string, Field] {
  const [, name = '', type = '', mark = ''] = /^(\w+):(.*?)([*?]?)$/.exec(text) ?? []
  return [name, { type: parseType(type), always: mark === '*', zeroIsAbsent: mark === '?' }]
}

const parsed = new Map<string, Struct>()

/** The fields of a type by its Kubernetes name, such as `PodSpec`. @throws TypeError for a name that has none. */
export function structOf(name: string): Struct {
  const known = parsed.get(name)
  if (known !== undefined) return known
  const text = Object.hasOwn(schemaData, name) ? schemaData[name] : undefined
  if (text === undefined) throw new TypeError(`no schema for ${name}`)
  const fields = text
    .split(' ')
    .filter(Boolean)
    .map(field => parseField(field))
  const struct = new Map(fields)
  parsed.set(name, struct)
  return struct
}
