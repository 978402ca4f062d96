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
    return [...keys(map), ...size(map), ...(old?.immutable ? unchanged(map, old) : [])]
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

function keyErrors(key: string): string[] {
  if (key.length > 253) return ['must be no more than 253 bytes']
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    return [
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ]
  }
  if (key === '.' || key === '..') return [`may not be '${key}'`]
  return key.startsWith('..') ? ["may not start with '..'"] : []
}

function size(map: ConfigMap): FieldError[] {
  const total = entries(map).reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0)
  return total > sizeLimit ? [tooLong('', sizeLimit)] : []
}

function unchanged(map: ConfigMap, old: ConfigMap): FieldError[] {
  const text = 'field is immutable when `immutable` is set'
  const errors: FieldError[] = []
  if (!map.immutable) errors.push(notPermitted('immutable', text))
  if (!same(map.data ?? {}, old.data ?? {})) errors.push(notPermitted('data', text))
  if (!same(map.binaryData ?? {}, old.binaryData ?? {})) errors.push(notPermitted('binaryData', text))
  return errors
}
