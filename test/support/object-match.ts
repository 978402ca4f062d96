const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function matchesText(actual: unknown, wanted: string): boolean {
  if (wanted.startsWith('>=')) return typeof actual === 'number' && actual >= Number(wanted.slice(2))
  if (wanted.length > 1 && wanted.startsWith('/') && wanted.endsWith('/'))
    return typeof actual === 'string' && new RegExp(wanted.slice(1, -1), 's').test(actual)
  return actual === wanted
}

/**
 * Whether a value has all that is wanted: of an object the named fields, of a list each element somewhere; the text `/…/` is a
 * regular expression, `>=2` a number of at least 2.
 */
export function matches(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'string') return matchesText(actual, wanted)
  if (Array.isArray(wanted))
    return Array.isArray(actual) && wanted.every(one => actual.some(element => matches(element, one)))
  if (isRecord(wanted))
    return isRecord(actual) && Object.entries(wanted).every(([key, value]) => matches(actual[key], value))
  return actual === wanted
}
