import { type KindName, kinds, type ObjectOf } from './kinds.ts'
import { refusalOf } from './status.ts'

export interface ObjectList<K extends KindName> {
  items: ObjectOf<K>[]
  /** From where a watch goes on. */
  resourceVersion: string
}

export type WatchEvent<K extends KindName> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: ObjectOf<K> }
  /** Nothing changed up to this version. */
  | { type: 'BOOKMARK'; resourceVersion: string }

type Fields = Record<string, unknown>

/** The API server answered something that is not of the form it should have. */
export class Malformed extends Error {
  constructor(what: string) {
    super(`the API server's answer has ${what}`)
    this.name = 'Malformed'
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fieldsOf(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new Malformed(`no ${what}`)
  return value
}

/** An object with a name; beyond that the API server is believed. */
export function parseObject<K extends KindName>(_kind: K, value: unknown): ObjectOf<K> {
  const object = fieldsOf(value, 'object')
  if (typeof fieldsOf(object['metadata'], 'metadata')['name'] !== 'string') throw new Malformed('no name')
  return object as ObjectOf<K>
}

/** Which object an answer to a deletion speaks of; empty where it does not say. */
export function uidOf(value: unknown): string {
  const { details, metadata } = fieldsOf(value, 'object')
  const found = [details, metadata].map(part => (isFields(part) ? part['uid'] : undefined))
  return found.find(uid => typeof uid === 'string') ?? ''
}

/** Whether an answer to a deletion says that the object is gone: else it is the object, which ends by itself. */
export const isGoneBy = (value: unknown): boolean => fieldsOf(value, 'object')['kind'] === 'Status'

const versionOf = (metadata: unknown): string => {
  const version = fieldsOf(metadata, 'metadata')['resourceVersion']
  if (typeof version !== 'string') throw new Malformed('no resourceVersion')
  return version
}

/** One page of a list; `next` is undefined on the last. */
export function parseList<K extends KindName>(kind: K, value: unknown): ObjectList<K> & { next: string | undefined } {
  const list = fieldsOf(value, 'list')
  const metadata = fieldsOf(list['metadata'], 'metadata')
  const next = metadata['continue']
  // An empty list is null where the server is written in Go.
  const items: unknown = list['items'] ?? []
  if (!Array.isArray(items)) throw new Malformed('no items')
  return {
    items: items.map(item => parseObject(kind, item)),
    resourceVersion: versionOf(metadata),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}

const changes = ['ADDED', 'MODIFIED', 'DELETED'] as const

/** One line of a watch. @throws Expired when the watch must start again with a list; DomainError for any other refusal */
export function parseEvent<K extends KindName>(kind: K, line: string): WatchEvent<K> {
  const { type, object } = fieldsOf(parseJson(line), 'event')
  const change = changes.find(name => name === type)
  if (change !== undefined) return { type: change, object: parseObject(kind, object) }
  if (type === 'BOOKMARK') return { type, resourceVersion: versionOf(fieldsOf(object, 'object')['metadata']) }
  if (type !== 'ERROR') throw new Malformed('an event of an unknown type')
  const code = fieldsOf(object, 'object')['code']
  throw refusalOf(
    { status: typeof code === 'number' ? code : 500, body: object },
    {
      verb: 'watch',
      kind: kinds[kind].singular,
    },
  )
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Malformed('a line that is no JSON')
  }
}
