const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
}
/** Go counts in 63 bits of nanoseconds: some 292 years. */
const longest = 2 ** 63 / 1e6

interface Segment {
  number: string
  unit: string
}

/** A duration as Go's `time.ParseDuration` reads it, such as `1h30m` or `-1.5h`, or what it says of a text that is none. */
export function parseDuration(text: string): { milliseconds: number } | { error: string } {
  const quoted = JSON.stringify(text)
  const rest = text.replace(/^[+-]/, '')
  if (rest === '0') return { milliseconds: 0 }
  const segments = [...rest.matchAll(/(\d*\.?\d*)([^\d.]*)/g)]
    .filter(([whole]) => whole !== '')
    .map(([, number = '', unit = '']): Segment => ({ number, unit }))
  const error = segments.map(segment => problem(segment, quoted)).find(found => found !== undefined)
  if (error !== undefined) return { error }
  const milliseconds = segments.reduce((sum, { number, unit }) => sum + Number(number) * (units[unit] ?? 0), 0)
  if (segments.length === 0 || milliseconds >= longest) return { error: `time: invalid duration ${quoted}` }
  return { milliseconds: text.startsWith('-') ? -milliseconds : milliseconds }
}

function problem({ number, unit }: Segment, quoted: string): string | undefined {
  if (number === '' || number === '.') return `time: invalid duration ${quoted}`
  if (unit === '') return `time: missing unit in duration ${quoted}`
  return Object.hasOwn(units, unit) ? undefined : `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`
}
