import { parseDuration } from './cron-duration.ts'
import { isTimeZone } from './cron-zone.ts'

/** The values that a field of a schedule names. */
export type CronField = ReadonlySet<number>

/** When a schedule comes up: at these minutes of these hours of these days, or again and again after so long. */
export type CronExpression =
  | {
      minutes: CronField
      hours: CronField
      days: CronField
      months: CronField
      weekdays: CronField
      /** Whether a day must be right in the month and in the week; without it one of the two will do. */
      bothDays: boolean
    }
  | { everySeconds: number }

/** A text that is no schedule; the message is that of Kubernetes. */
export class CronError extends Error {
  override readonly name = 'CronError'
}

interface Bounds {
  min: number
  max: number
  /** Names that stand for numbers from `min` on. */
  names?: readonly string[]
}

const bounds = {
  minutes: { min: 0, max: 59 },
  hours: { min: 0, max: 23 },
  days: { min: 1, max: 31 },
  months: { min: 1, max: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  weekdays: { min: 0, max: 6, names: 'sun mon tue wed thu fri sat'.split(' ') },
} as const satisfies Record<string, Bounds>

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/**
 * Reads a schedule as Kubernetes' library (robfig/cron) does: five fields, macros, `@every 1h30m`. A `TZ=` before it is
 * checked, but has no effect: Kubernetes refuses cron jobs that have one.
 * @throws CronError
 */
export function parseCron(text: string): CronExpression {
  if (text === '') throw new CronError('empty spec string')
  const prefix = /^(?:CRON_)?TZ=/.exec(text)?.[0]
  if (prefix === undefined) return parseRest(text)
  const end = text.indexOf(' ')
  // What Go says of a slice that ends at -1, which is not found.
  if (end < 0) throw new CronError('invalid schedule format: runtime error: slice bounds out of range [:-1]')
  const zone = text.slice(prefix.length, end)
  if (zone !== '' && !isTimeZone(zone)) {
    throw new CronError(`provided bad location ${zone}: unknown time zone ${zone}`)
  }
  return parseRest(text.slice(end).trim())
}

function parseRest(text: string): CronExpression {
  if (!text.startsWith('@')) return parseFields(text)
  if (Object.hasOwn(macros, text)) return parseFields(macros[text] ?? '')
  const every = '@every '
  if (!text.startsWith(every)) throw new CronError(`unrecognized descriptor: ${text}`)
  const duration = parseDuration(text.slice(every.length))
  if ('error' in duration) throw new CronError(`failed to parse duration ${text}: ${duration.error}`)
  return { everySeconds: Math.max(1, Math.floor(duration.milliseconds / 1000)) }
}

function parseFields(text: string): CronExpression {
  const fields = text.split(/\s+/).filter(Boolean)
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields
  if (fields.length !== 5) {
    throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  }
  const parsed = {
    minutes: parseField(minutes, bounds.minutes),
    hours: parseField(hours, bounds.hours),
    days: parseField(days, bounds.days),
    months: parseField(months, bounds.months),
    weekdays: parseField(weekdays, bounds.weekdays),
  }
  return {
    minutes: parsed.minutes.values,
    hours: parsed.hours.values,
    days: parsed.days.values,
    months: parsed.months.values,
    weekdays: parsed.weekdays.values,
    bothDays: parsed.days.star || parsed.weekdays.star,
  }
}

interface ParsedField {
  values: Set<number>
  /** Whether `*` or `?` was in it, without a step. */
  star: boolean
}

/** Nothing between commas is passed over, so that a lone comma names no value at all: such a schedule never comes up. */
function parseField(text: string, limits: Bounds): ParsedField {
  const field: ParsedField = { values: new Set(), star: false }
  for (const part of text.split(',').filter(Boolean)) addRange(field, part, limits)
  return field
}

function addRange(field: ParsedField, text: string, limits: Bounds): void {
  const [range = '', stepText, ...more] = text.split('/')
  const { start, end, star, single } = parseRange(range, text, limits)
  if (more.length > 0) throw new CronError(`too many slashes: ${text}`)
  const step = stepText === undefined ? 1 : parseNumber(stepText)
  // `5/10` is `5-59/10`.
  const last = single && stepText !== undefined ? limits.max : end
  refuseRange({ start, end: last, step }, text, limits)
  for (let value = start; value <= last; value += step) field.values.add(value)
  if (star && step === 1) field.star = true
}

function parseRange(range: string, text: string, limits: Bounds) {
  const [low = '', high, ...more] = range.split('-')
  const single = high === undefined
  // What comes after `*-` is not looked at.
  if (low === '*' || low === '?') return { start: limits.min, end: limits.max, star: true, single }
  const start = parseValue(low, limits)
  if (more.length > 0) throw new CronError(`too many hyphens: ${text}`)
  return { start, end: single ? start : parseValue(high, limits), star: false, single }
}

function refuseRange(
  { start, end, step }: { start: number; end: number; step: number },
  text: string,
  { min, max }: Bounds,
): void {
  if (start < min) throw new CronError(`beginning of range (${start}) below minimum (${min}): ${text}`)
  if (end > max) throw new CronError(`end of range (${end}) above maximum (${max}): ${text}`)
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`)
}

function parseValue(text: string, { min, names = [] }: Bounds): number {
  const named = names.indexOf(text.toLowerCase())
  return named < 0 ? parseNumber(text) : min + named
}

function parseNumber(text: string): number {
  const number = Number(text)
  const why = !/^[+-]?\d+$/.test(text) ? 'invalid syntax' : Math.abs(number) >= 2 ** 63 ? 'value out of range' : ''
  if (why !== '') {
    throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`)
  }
  if (number < 0) throw new CronError(`negative number (${number}) not allowed: ${text}`)
  return number
}
