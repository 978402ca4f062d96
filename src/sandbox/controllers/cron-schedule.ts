import { Cron } from 'croner'
import { type CronExpression, type CronField, parseCron } from './cron-expression.ts'

/** The moments of a schedule. */
export interface Schedule {
  /** The first moment after the given one, both in milliseconds since 1970; undefined when there is none. */
  next(after: number): number | undefined
}

const second = 1000
/** Kubernetes' library looks no further. */
const years = 5

/**
 * The moments of a schedule by the clocks of a time zone; those of UTC when absent. An hour that is skipped in spring
 * has no moments, one that comes twice in autumn has them twice.
 * @throws CronError for a text that is no schedule.
 */
export function createSchedule(text: string, timeZone: string | undefined): Schedule {
  const expression = parseCron(text)
  if ('everySeconds' in expression) return every(expression.everySeconds)
  const { minutes, hours, days, months, weekdays } = expression
  const fields = [minutes, hours, days, months, weekdays]
  if (fields.some(field => field.size === 0)) return { next: () => undefined }
  const where = timeZone === undefined ? { utcOffset: 0 } : { timezone: timeZone }
  const cron = new Cron(patternOf(expression), { paused: true, ...where })
  return {
    next: after => {
      const found = cron.nextRun(new Date(after))
      if (found === null || found.getUTCFullYear() > new Date(after).getUTCFullYear() + years) return undefined
      return found.getTime()
    },
  }
}

const every = (seconds: number): Schedule => ({
  next: after => Math.floor(after / second) * second + seconds * second,
})

const sizes = { minutes: 60, hours: 24, days: 31, months: 12, weekdays: 7 } as const

function patternOf(expression: Exclude<CronExpression, { everySeconds: number }>): string {
  return (['minutes', 'hours', 'days', 'months', 'weekdays'] as const)
    .map(name => {
      // A star in one of these two tells the library, too, that both days are to be right.
      const star = expression.bothDays || (name !== 'days' && name !== 'weekdays')
      return star && expression[name].size === sizes[name] ? '*' : listOf(expression[name])
    })
    .join(' ')
}

/** Each value as a range with a step: at times written plainly the library skips and repeats nothing in spring and autumn. */
const listOf = (field: CronField): string => [...field].map(value => `${value}-${value}/1`).join(',')
