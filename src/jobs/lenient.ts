/** Reading of objects that other software made or broke: whatever stands there, none of these throws. */

/** A text; empty where there is none. Clusters write `null` for moments that they do not know. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A whole number that is not negative, else 0. */
export const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0

/** The objects of a list; none where there is no list. */
export const itemsOf = <T extends object>(value: readonly T[] | null | undefined): T[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : []

/** A moment in milliseconds since 1970; undefined where the text is none. */
export function momentOf(value: unknown): number | undefined {
  const moment = Date.parse(textOf(value))
  return Number.isNaN(moment) ? undefined : moment
}

/** A moment as Kubernetes writes it: RFC 3339, UTC, whole seconds; undefined where no calendar holds it. */
export function momentText(moment: number | undefined): string | undefined {
  if (moment === undefined || !(Math.abs(moment) <= 8.64e15)) return undefined
  return new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z')
}
