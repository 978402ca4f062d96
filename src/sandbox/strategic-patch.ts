import { clone, isObject, same } from './json.ts'
import { structOf, type Type } from './schema.ts'
import { badRequest, StatusError } from './status.ts'

// Strategic merge patches: merge patches that join lists by the key of their items, as the schema has it. With
// $patch (replace, delete, merge), $deleteFromPrimitiveList and $retainKeys; $setElementOrder sorts what it names.

type Fields = Record<string, unknown>

/** @throws StatusError 400 for a patch that does not fit the type. */
export function applyStrategicPatch(target: unknown, patch: unknown, struct: string): unknown {
  if (!isObject(patch)) throw badRequest('error decoding patch: the patch must be an object')
  return mergeStruct(isObject(target) ? target : {}, patch, (name: string) => structOf(struct).get(name)?.type)
}

function mergeStruct(target: Fields, patch: Fields, typeOf: (field: string) => Type | undefined): Fields {
  if (patch['$patch'] === 'replace') return clone(withoutDirectives(patch))
  if (patch['$patch'] === 'delete') return {}
  const result = retained(target, patch['$retainKeys'])
  for (const [name, value] of Object.entries(withoutDirectives(patch))) {
    if (value === null) delete result[name]
    else result[name] = mergeField(result[name], value, typeOf(name))
  }
  for (const [key, value] of Object.entries(patch)) {
    const list = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1]
    if (list !== undefined) result[list] = without(result[list], value)
    const ordered = /^\$setElementOrder\/(.+)$/.exec(key)?.[1]
    if (ordered !== undefined) result[ordered] = sorted(result[ordered], value, typeOf(ordered))
  }
  return result
}

const withoutDirectives = (patch: Fields): Fields =>
  Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')))

function retained(target: Fields, keys: unknown): Fields {
  if (!Array.isArray(keys)) return { ...target }
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)))
}

const without = (list: unknown, values: unknown): unknown =>
  Array.isArray(list) && Array.isArray(values) ? list.filter(item => !values.includes(item)) : list

function mergeField(target: unknown, value: unknown, type: Type | undefined): unknown {
  if (Array.isArray(value) && type?.is === 'list' && type.merge !== undefined) {
    return mergeList(Array.isArray(target) ? target : [], value, type)
  }
  if (!isObject(value)) return clone(value)
  const inner = type?.is === 'struct' ? structOf(type.struct) : undefined
  return mergeStruct(isObject(target) ? target : {}, value, name => inner?.get(name)?.type)
}

function mergeList(target: readonly unknown[], patch: readonly unknown[], type: Type & { is: 'list' }): unknown[] {
  const { merge = '', of } = type
  if (merge === '') return [...target, ...patch.filter(item => !target.some(old => same(old, item)))]
  if (patch.some(item => isObject(item) && item['$patch'] === 'replace')) {
    return clone(patch.filter(item => isObject(item) && item['$patch'] === undefined))
  }
  const result = [...target]
  for (const item of patch) mergeItem(result, item, { key: merge, of })
  return result
}

function mergeItem(list: unknown[], item: unknown, { key, of }: { key: string; of: Type }): void {
  if (!isObject(item) || item[key] === undefined) {
    throw new StatusError({
      code: 500,
      message: `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`,
    })
  }
  const index = list.findIndex(old => isObject(old) && same(old[key], item[key]))
  if (item['$patch'] === 'delete') {
    if (index >= 0) list.splice(index, 1)
  } else if (index < 0) list.push(mergeField({}, item, of))
  else list[index] = mergeField(list[index], item, of)
}

/** Items that the order names come in that order; others keep their places after those. */
function sorted(list: unknown, order: unknown, type: Type | undefined): unknown {
  if (!Array.isArray(list) || !Array.isArray(order) || type?.is !== 'list') return list
  const { merge } = type
  const keyOf = (item: unknown): unknown => (merge && isObject(item) ? item[merge] : item)
  const places = order.map(keyOf)
  const place = (item: unknown): number => {
    const found = places.findIndex(key => same(key, keyOf(item)))
    return found < 0 ? places.length : found
  }
  return list.toSorted((a, b) => place(a) - place(b))
}
