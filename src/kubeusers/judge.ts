import { parseQuantity, sameQuantity } from '../jobs/quantities.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a mapping has each entry that is wanted, word for word; others do not matter. */
export const hasEntries = (actual: unknown, wanted: Fields): boolean =>
  isFields(actual) && Object.entries(wanted).every(([name, value]) => actual[name] === String(value))

/** How closely objects of a kind are compared. */
export interface Likeness {
  /** Whether texts and numbers are quantities: `1` and `1000m` are the same then. */
  readonly amounts: boolean
  /** Fields that the cluster fills in where they are not wanted otherwise. */
  readonly filled: readonly string[]
}

/** A quantity as the cluster writes it: a text, where a file may have a number. */
const amountOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && parseQuantity(text) !== undefined ? text : undefined
}

function sameScalar(actual: unknown, wanted: unknown, { amounts }: Likeness): boolean {
  if (actual === wanted || !amounts) return actual === wanted
  const [one, other] = [amountOf(actual), amountOf(wanted)]
  return one !== undefined && other !== undefined && sameQuantity(one, other)
}

/**
 * Whether an object has what is wanted and no more: of mappings each field, of lists each item in its place, of quantities the
 * value. What the cluster fills in besides does not matter, nor whether an empty list is left out.
 */
export function matches(actual: unknown, wanted: unknown, likeness: Likeness): boolean {
  if (Array.isArray(wanted)) {
    const items: unknown = actual ?? []
    const isLike = (item: unknown, at: number): boolean => Array.isArray(items) && matches(items[at], item, likeness)
    return Array.isArray(items) && items.length === wanted.length && wanted.every(isLike)
  }
  if (!isFields(wanted)) return sameScalar(actual, wanted, likeness)
  if (!isFields(actual)) return false
  return (
    Object.entries(wanted).every(([name, value]) => matches(actual[name], value, likeness)) &&
    Object.keys(actual).every(name => name in wanted || likeness.filled.includes(name))
  )
}
