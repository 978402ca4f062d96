/** A Kubernetes quantity: an exact number of billionths, and the way in which it is written. */
export interface Quantity {
  nano: bigint
  format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent'
}

const unit = 1_000_000_000n
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const syntax = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d{1,2})$/
/** Larger and smaller ones are cut to this, as int64 would be. */
const largest = (2n ** 63n - 1n) * unit

/** Reads `100m`, `1.5Gi`, `2e3`; undefined for what is no quantity. Less than a billionth is rounded up. */
export function parseQuantity(text: string): Quantity | undefined {
  const found = syntax.exec(text)
  if (found === null) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = ''] = found
  if (whole === '' && fraction === '') return undefined
  const { numerator, denominator, format } = scale(suffix)
  const digits = BigInt(whole + fraction) * numerator * unit
  const divisor = 10n ** BigInt(fraction.length) * denominator
  const nano = (digits + divisor - 1n) / divisor
  const cut = nano > largest ? largest : nano
  return { nano: sign === '-' ? -cut : cut, format }
}

function scale(suffix: string): { numerator: bigint; denominator: bigint; format: Quantity['format'] } {
  const power = binary.indexOf(suffix)
  if (power >= 0) return { numerator: 1024n ** BigInt(power + 1), denominator: 1n, format: 'BinarySI' }
  const exponent = /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : (decimal.indexOf(suffix) - 3) * 3
  const factor = 10n ** BigInt(Math.abs(exponent))
  const format = /^[eE]./.test(suffix) ? 'DecimalExponent' : 'DecimalSI'
  return exponent < 0 ? { numerator: 1n, denominator: factor, format } : { numerator: factor, denominator: 1n, format }
}

/** Writes a quantity in the one way that Kubernetes does: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  if (format === 'BinarySI' && size >= 1024n * unit && size % unit === 0n) {
    const [value, power] = divided(size / unit, 1024n, binary.length)
    return sign + value + (power === 0 ? '' : binary[power - 1])
  }
  const [value, power] = divided(size, 1000n, decimal.length - 1)
  if (format !== 'DecimalExponent') return sign + value + decimal[power]
  return sign + value + (power === 3 ? '' : `e${(power - 3) * 3}`)
}

/** Takes out `factor` as often as it goes into it without a rest, at most `times`. */
function divided(value: bigint, factor: bigint, times: number): [bigint, number] {
  let power = 0
  let rest = value
  while (power < times && rest % factor === 0n) {
    rest /= factor
    power += 1
  }
  return [rest, power]
}

/** The sum keeps the format of the first that is not zero. */
export const addQuantity = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
})

export const zero: Quantity = { nano: 0n, format: 'DecimalSI' }

export const wholeQuantity = (count: number): Quantity => ({ nano: BigInt(count) * unit, format: 'DecimalSI' })
