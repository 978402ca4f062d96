import type { Change } from './collection.ts'
import { apiVersion, type Kind, type KubeObject } from './kind.ts'

// Held objects never change, so that each is written out once, however many clients read it.

const bodies = new WeakMap<KubeObject, string>()
const events = new WeakMap<KubeObject, Map<string, Buffer>>()

/** An object without apiVersion and kind, as it stands in a list. */
export function listItem(object: KubeObject): string {
  const known = bodies.get(object)
  if (known !== undefined) return known
  const { apiVersion: _, kind: __, ...rest } = object
  const text = JSON.stringify(rest)
  if (Object.isFrozen(object)) bodies.set(object, text)
  return text
}

const head = (kind: Kind): string => `{"kind":"${kind.kind}","apiVersion":"${apiVersion(kind)}",`

export const whole = (kind: Kind, object: KubeObject): string => head(kind) + listItem(object).slice(1)

/** One line of a watch. */
export function eventLine(kind: Kind, type: Change['type'], object: KubeObject): Buffer {
  const lines = events.get(object) ?? new Map<string, Buffer>()
  const known = lines.get(type)
  if (known !== undefined) return known
  const line = Buffer.from(`{"type":"${type}","object":${whole(kind, object)}}\n`)
  lines.set(type, line)
  events.set(object, lines)
  return line
}

export interface ListMeta {
  resourceVersion: string
  continue?: string
  remainingItemCount?: number
}

export const listBody = (kind: Kind, meta: ListMeta, items: readonly KubeObject[]): string =>
  `{"kind":"${kind.kind}List","apiVersion":"${apiVersion(kind)}","metadata":${JSON.stringify(meta)},"items":[${items.map(listItem).join(',')}]}`
