/**
 * Kubernetes quantities as whole billionths of a unit (a core, a byte), so that comparing them is exact; finer parts are
 * rounded away from zero, as Kubernetes does.
 */
export type Quantity = bigint

const one = 10n ** 9n
const decimals = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binaries = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const multipliers = new Map<string, bigint>([
  ...decimals.map((suffix, power) => [suffix, 1000n ** BigInt(power)] as const),
  ...binaries.map((suffix, power) => [suffix, one * 1024n ** BigInt(power)] as const),
])

const longest = 64
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE]))?$/

/** The value of a text such as `512Mi`, `0.5` or `1e3`; undefined when it is no quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const parts = text.length <= longest ? pattern.exec(text) : null
  if (parts === null) return undefined
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = parts
  if (whole === '' && fraction === '') return undefined
  const multiplier = exponent === undefined ? multipliers.get(suffix) : one
  if (multiplier === undefined) return undefined
  const power = Number(exponent ?? 0) - fraction.length
  const digits = BigInt(whole + fraction) * multiplier
  const size = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power))
  return sign === '-' ? -size : size
}

const divideUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

/** The shortest exact text, as Kubernetes writes it: with `Ki` to `Ei` (whole units only) or with `n` to `E`. */
export function formatQuantity(value: Quantity, form: 'binary' | 'decimal'): string {
  const binary = form === 'binary' && value % one === 0n
  const [suffixes, base, units] = binary ? [binaries, 1024n, value / one] : [decimals, 1000n, value]
  if (units === 0n) return '0'
  let power = 0
  let rest = units
  while (power < suffixes.length - 1 && rest % base === 0n) {
    rest /= base
    power++
  }
  return `${rest}${suffixes[power] ?? ''}`
}

/** The half, rounded up to a whole unit, in the form that `text` has. */
export function halfOf(text: string, value: Quantity): string {
  return formatQuantity(divideUp(value, 2n * one) * one, text.endsWith('i') ? 'binary' : 'decimal')
}

/** Whether two texts mean the same quantity. */
export const sameQuantity = (a: string, b: string): boolean =>
  a === b || (valid(a) && parseQuantity(a) === parseQuantity(b))

const valid = (text: string): boolean => parseQuantity(text) !== undefined

/** The value of a text that is known to be a quantity. @throws RangeError when it is none. */
export function quantity(text: string): Quantity {
  const value = parseQuantity(text)
  if (value === undefined) throw new RangeError(`${JSON.stringify(text)} is not a quantity`)
  return value
}
