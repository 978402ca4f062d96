import { type FieldError, invalid, notPermitted, tooLong } from '../field-error.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import type { ConfigMap } from './types.ts'

const sizeLimit = 1024 * 1024

export const configMaps: Kind<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  columns: [{ name: 'Data', value: map => entries(map).length }],

  validate(map, old) {
    return [...keys(map), ...size(map), ...frozenErrors(map, old, ['data', 'binaryData'])]
  },
}

const entries = ({ data, binaryData }: ConfigMap): [string, string][] => [
  ...Object.entries(data ?? {}),
  ...Object.entries(binaryData ?? {}),
]

function keys({ data, binaryData }: ConfigMap): FieldError[] {
  const bad = (field: string, map: Record<string, string> | undefined): FieldError[] =>
    Object.keys(map ?? {}).flatMap(key => keyErrors(key).map(error => invalid(`${field}[${key}]`, key, error)))
  const twice = Object.keys(data ?? {}).filter(key => binaryData !== undefined && Object.hasOwn(binaryData, key))
  return [
    ...bad('data', data),
    ...bad('binaryData', binaryData),
    ...twice.map(key => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
  ]
}

/** What is wrong with a key of a ConfigMap or a Secret, which must be safe as the name of a file. */
export function keyErrors(key: string): string[] {
  if (key.length > 253) return ['must be no more than 253 bytes']
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    return [
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ]
  }
  if (key === '.' || key === '..') return [`must not be '${key}'`]
  return key.startsWith('..') ? ["must not start with '..'"] : []
}

function size(map: ConfigMap): FieldError[] {
  const total = entries(map).reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0)
  return total > sizeLimit ? [tooLong('', sizeLimit)] : []
}

/** What is wrong with a change to a ConfigMap or a Secret that says of itself that it is immutable. */
export function frozenErrors<Field extends string>(
  object: Freezable<Field>,
  old: Freezable<Field> | undefined,
  fields: readonly Field[],
): FieldError[] {
  if (!old?.immutable) return []
  const changed = fields.filter(field => !same(object[field] ?? {}, old[field] ?? {}))
  return [...(object.immutable ? [] : ['immutable']), ...changed].map(field =>
    notPermitted(field, 'field is immutable when `immutable` is set'),
  )
}

type Freezable<Field extends string> = { immutable?: boolean } & { [Name in Field]?: unknown }
