import { apiVersion, type Column, type Kind, type KubeObject } from './kind.ts'
import { json, type Reply } from './reply.ts'
import type { ListMeta } from './serialise.ts'

// What `kubectl get` prints: the server decides the columns.

export interface Table {
  kind: 'Table'
  apiVersion: 'meta.k8s.io/v1'
  metadata: ListMeta
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[]
  rows: { cells: (string | number)[]; object: unknown }[]
}

const age: Column<KubeObject> = { name: 'Age', type: 'age', value: object => object.metadata.creationTimestamp }
const name: Column<KubeObject> = { name: 'Name', value: object => object.metadata.name }

function columnsOf(kind: Kind): Column<KubeObject>[] {
  const own = kind.columns ?? []
  if (own.some(column => column.type === 'age')) return [...own]
  return [name, ...own.filter(({ wide }) => !wide), age, ...own.filter(({ wide }) => wide)]
}

const units = [
  { name: 'y', seconds: 365 * 86400, below: 8 },
  { name: 'd', seconds: 86400, below: 8 },
  { name: 'h', seconds: 3600, below: 8 },
  { name: 'm', seconds: 60, below: 10 },
] as const
/** From how many of a unit on it is used: 119 seconds are `119s`, two minutes `2m`. */
const first = { y: 2, d: 2, h: 3, m: 2 } as const
const smaller = { y: 'd', d: 'h', h: 'm', m: 's' } as const
const sizes = { d: 86400, h: 3600, m: 60, s: 1 } as const

/** Seconds as kubectl writes an age: a second unit while the first says little, as in `5m3s`, `2d4h`, `90d`. */
export function duration(seconds: number): string {
  const unit = units.find(({ name, seconds: size }) => seconds >= first[name] * size)
  if (unit === undefined) return `${Math.max(0, seconds)}s`
  const count = Math.floor(seconds / unit.seconds)
  const next = smaller[unit.name]
  const rest = Math.floor((seconds % unit.seconds) / sizes[next])
  return count < unit.below && rest > 0 ? `${count}${unit.name}${rest}${next}` : `${count}${unit.name}`
}

function cell(column: Column<KubeObject>, object: KubeObject, now: number): string | number {
  const value = column.value(object)
  if (column.type !== 'age') return value
  const moment = Date.parse(String(value))
  return Number.isNaN(moment) ? value || '<unknown>' : duration(Math.floor((now - moment) / 1000))
}

const definition = (column: Column<KubeObject>) => ({
  name: column.name,
  type: column.type === undefined || column.type === 'age' ? 'string' : column.type,
  format: column.name === 'Name' ? 'name' : '',
  description: column.name,
  priority: column.wide ? 1 : 0,
})

/** `includeObject` of the query: `None`, `Metadata` (the default) or `Object`. */
export function tableOf(
  kind: Kind,
  objects: readonly KubeObject[],
  { meta, query, now }: { meta: ListMeta; query: URLSearchParams; now: number },
): Table {
  const columns = columnsOf(kind)
  const include = query.get('includeObject') ?? 'Metadata'
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: meta,
    columnDefinitions: columns.map(definition),
    rows: objects.map(object => ({
      cells: columns.map(column => cell(column, object, now)),
      object: included(kind, object, include),
    })),
  }
}

function included(kind: Kind, object: KubeObject, include: string): unknown {
  if (include === 'None') return null
  if (include === 'Object') return { ...object, kind: kind.kind, apiVersion: apiVersion(kind) }
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

export const tableReply = (table: Table): Reply => json(200, JSON.stringify(table))
