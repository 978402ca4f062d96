import type { KindName } from './kinds.ts'
import { labelSelector } from './paths.ts'

/** What is asked for: labels and fields that must have these values. */
export interface Selector {
  labels?: Readonly<Record<string, string>>
  fields?: Readonly<Record<string, string>>
}

interface Labelled {
  metadata?: { labels?: Record<string, string> }
}

/** The fields that can be looked at here as the cluster would: for every kind, and for some kinds besides. */
const everywhere = ['metadata.name', 'metadata.namespace']
const besides: Partial<Record<KindName, readonly string[]>> = {
  events: ['type', 'reason', 'involvedObject.kind', 'involvedObject.name', 'involvedObject.uid'],
  pods: ['status.phase', 'spec.nodeName'],
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The text at a path; empty where there is none, as for the cluster. */
function fieldAt(object: unknown, path: string): string {
  let value = object
  for (const name of path.split('.')) value = isFields(value) ? value[name] : undefined
  return typeof value === 'string' ? value : ''
}

/**
 * Whether an object is what a selector asks for; undefined when that cannot be said here.
 * @throws RangeError on what can be no label
 */
export function matcherOf(kind: KindName, { labels = {}, fields = {} }: Selector) {
  labelSelector(labels)
  const asked = Object.entries(fields)
  const known = [...everywhere, ...(besides[kind] ?? [])]
  if (!asked.every(([field]) => known.includes(field))) return undefined
  const wanted = Object.entries(labels)
  return (object: Labelled): boolean =>
    wanted.every(([key, value]) => object.metadata?.labels?.[key] === value) &&
    asked.every(([field, value]) => fieldAt(object, field) === value)
}

/** Whether all that one selector asks for is asked for by the other as well. */
export const isWithin = (
  wide: Readonly<Record<string, string>>,
  narrow: Readonly<Record<string, string>> = {},
): boolean => Object.entries(wide).every(([name, value]) => narrow[name] === value)
