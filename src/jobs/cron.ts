import { printable } from '../platform/printable.ts'

/** One of the five fields: the values that it takes, ascending. */
export interface CronField {
  readonly values: readonly number[]
  /** Whether it holds a star without a step: a day then must fit both fields of days. */
  readonly hasStar: boolean
}

export interface Cron {
  readonly minute: CronField
  readonly hour: CronField
  readonly day: CronField
  readonly month: CronField
  /** Sunday is 0. */
  readonly weekday: CronField
  /** As Kubernetes' parser takes it. */
  readonly text: string
}

/** Why a text is no schedule. */
export interface CronProblem {
  readonly problem: string
}

interface Kind {
  readonly what: string
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const sunday = 7

const kinds = {
  minute: { what: 'minute', min: 0, max: 59, names: [] },
  hour: { what: 'hour', min: 0, max: 23, names: [] },
  day: { what: 'day of the month', min: 1, max: 31, names: [] },
  month: { what: 'month', min: 1, max: 12, names: months },
  weekday: { what: 'day of the week', min: 0, max: sunday, names: weekdays },
} as const satisfies Record<string, Kind>

/** The schedule that five fields mean, which may never come; or why they mean none. */
export function parseCron(text: string): Cron | CronProblem {
  const words = text
    .trim()
    .toLowerCase()
    .split(/[ \t]+/)
  if (words.some(word => word.includes('tz='))) return { problem: 'a time zone is a field of its own, timezone' }
  const [minute, hour, day, month, weekday, more] = words
  if (weekday === undefined || more !== undefined)
    return {
      problem: `five fields are expected (minute, hour, day of the month, month, day of the week), not ${words.length}`,
    }
  const problems: string[] = []
  const read = (word: string | undefined, kind: Kind) => parseField(word ?? '', kind, problems)
  const fields = {
    minute: read(minute, kinds.minute),
    hour: read(hour, kinds.hour),
    day: read(day, kinds.day),
    month: read(month, kinds.month),
    weekday: read(weekday, kinds.weekday),
  }
  const [problem] = problems
  if (problem !== undefined) return { problem }
  const texts = Object.values(fields).map(field => field.text)
  return { ...fields, text: texts.join(' ') }
}

type ParsedField = CronField & { readonly text: string }

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)

/** The values of a field; none where something is wrong, which is added to `problems`. */
function parseField(text: string, kind: Kind, problems: string[]): ParsedField {
  const items = text.split(',').map(item => {
    const read = parseItem(item, kind)
    if (typeof read !== 'string') return read
    problems.push(`'${printable(item, 40)}' ${read}`)
    return { values: [], hasStar: false, text: '' }
  })
  return {
    values: ascending(items.flatMap(({ values }) => values)),
    hasStar: items.some(({ hasStar }) => hasStar),
    text: items.map(item => item.text).join(','),
  }
}

const itemForm = /^(?:(\*)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/

/** One item of a list, `*`, a value or a range, each with a step or without; a text says what is wrong with it. */
function parseItem(text: string, kind: Kind): ParsedField | string {
  const [match, star, first, last, stepText] = itemForm.exec(text) ?? []
  if (match === undefined) return `is no ${kind.what}: write a number, a range or *, each with a step or without`
  const step = Number(stepText ?? 1)
  if (step < 1 || step > kind.max) return `has a step that is not between 1 and ${kind.max}`
  const hasStar = star !== undefined
  const range = hasStar ? everything(kind) : rangeOf({ first, last, hasStep: stepText !== undefined }, kind)
  if (range === undefined) return `is not within ${boundsText(kind)} (${kind.what})`
  if (range.from > range.to) return 'runs backwards: the first of a range must not come after its last'
  const values: number[] = []
  for (let value = range.from; value <= range.to; value += step) values.push(value)
  // A star with a step restricts like a list of numbers.
  if (hasStar || kind.max !== sunday || !/(^|-)7|-sun/.test(text))
    return { values, hasStar: hasStar && step === 1, text }
  // Kubernetes knows no Sunday at the end of a week.
  const days = ascending(values.map(value => value % sunday))
  return { values: days, hasStar, text: days.join(',') }
}

interface Range {
  readonly from: number
  readonly to: number
}

const everything = ({ min, max }: Kind): Range => ({ from: min, to: max === sunday ? max - 1 : max })

/** A single value with a step begins a range that goes to the end. */
function rangeOf(
  { first, last, hasStep }: { first: string | undefined; last: string | undefined; hasStep: boolean },
  kind: Kind,
): Range | undefined {
  const from = numberOf(first, kind)
  if (from === undefined) return undefined
  if (last === undefined) return { from, to: hasStep ? Math.max(from, everything(kind).to) : from }
  const to = last === 'sun' && from > 0 ? sunday : numberOf(last, kind)
  return to === undefined ? undefined : { from, to }
}

function numberOf(text: string | undefined, { min, max, names }: Kind): number | undefined {
  if (text === undefined) return undefined
  const named = names.indexOf(text)
  // Days of the week are counted from 0, months from 1.
  const value = named === -1 ? Number(text) : named + min
  return Number.isNaN(value) || value < min || value > max ? undefined : value
}

const boundsText = ({ min, max, names }: Kind): string => {
  const [first, last] = [names[0], names.at(-1)]
  return first === undefined || last === undefined ? `${min} to ${max}` : `${min} to ${max} or ${first} to ${last}`
}

/** Whether a day must fit both the days of the month and those of the week; else one of both suffices. */
export const restrictsBoth = ({ day, weekday }: Cron): boolean => day.hasStar || weekday.hasStar

const longestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether any calendar has a day for it. */
export const everComes = (cron: Cron): boolean =>
  !restrictsBoth(cron) ||
  cron.month.values.some(month => cron.day.values.some(day => day <= (longestMonth[month - 1] ?? 0)))
