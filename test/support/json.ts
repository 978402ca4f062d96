/** The value at a path of keys, `undefined` where the way ends: `at(pod, 'spec', 'containers', 0, 'name')`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, key)
  }
  return here
}

/** The text at a path; throws when there is none. */
export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found !== 'string')
    throw new Error(`No text at ${path.join('.')} of ${JSON.stringify(value)?.slice(0, 600)}`)
  return found
}

/** The list at a path; throws when there is none. */
export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path)
  if (!Array.isArray(found)) throw new Error(`No list at ${path.join('.')} of ${JSON.stringify(value)?.slice(0, 600)}`)
  return found
}
