import { type KindName, kinds } from './kinds.ts'

const name = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** A text that may stand in a path or selector as it is. @throws RangeError so that nothing else ever does */
function checked(what: string, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new RangeError(`not ${what} that can be asked for`)
  return text
}

/**
 * The path of a kind's objects in a namespace, or in all where none is said, or of one of them.
 * @throws RangeError on a name no object can have
 */
export function pathOf(kind: KindName, namespace: string | undefined, object?: string): string {
  const { base, namespaced } = kinds[kind]
  const within = namespaced && namespace !== undefined ? `/namespaces/${checked('a namespace', namespace, name)}` : ''
  const one = object === undefined ? '' : `/${checked('a name', object, name)}`
  return `${base}${within}/${kind}${one}`
}

/** @throws RangeError on what can be no label */
export const labelSelector = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${checked('a label', key, labelKey)}=${checked('a label', value, labelValue)}`)
    .join(',')

/** Any value may be asked for: what separates is escaped. */
export const fieldSelector = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([field, value]) => `${field}=${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',')

export type Query = Record<string, string | number | boolean | undefined>

/** A path with its query; what is undefined is left out. */
export function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.append(key, String(value))
  return given.size === 0 ? path : `${path}?${given}`
}
