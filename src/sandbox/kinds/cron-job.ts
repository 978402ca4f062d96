import { CronError, parseCron } from '../controllers/cron-expression.ts'
import { isTimeZone } from '../controllers/cron-zone.ts'
import { type FieldError, invalid, notSupported, required } from '../field-error.ts'
import type { Column, Kind } from '../kind.ts'
import { validateJobSpec } from './job-spec.ts'
import { defaultPodSpec } from './pod-spec.ts'
import type { CronJob, CronJobSpec } from './types.ts'

/** The name of a run is longer by a hyphen and ten digits, and may not have more than 63 characters. */
const longestName = 52
const policies = ['Allow', 'Forbid', 'Replace']
const counts = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const

const containers = ({ spec }: CronJob) => spec.jobTemplate.spec.template.spec.containers

const columns: Column<CronJob>[] = [
  { name: 'Name', value: cronJob => cronJob.metadata.name },
  { name: 'Schedule', value: cronJob => cronJob.spec.schedule },
  { name: 'Timezone', value: cronJob => cronJob.spec.timeZone ?? '<none>' },
  { name: 'Suspend', type: 'boolean', value: cronJob => (cronJob.spec.suspend ? 'True' : 'False') },
  { name: 'Active', type: 'integer', value: cronJob => cronJob.status.active?.length ?? 0 },
  { name: 'Last Schedule', type: 'age', value: cronJob => cronJob.status.lastScheduleTime ?? '<none>' },
  { name: 'Age', type: 'age', value: cronJob => cronJob.metadata.creationTimestamp },
  {
    name: 'Containers',
    wide: true,
    value: cronJob =>
      containers(cronJob)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    wide: true,
    value: cronJob =>
      containers(cronJob)
        .map(({ image }) => image)
        .join(','),
  },
  // Those that the template's jobs will get are made for each of them.
  { name: 'Selector', wide: true, value: () => '<none>' },
]

export const cronJobs: Kind<CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status'],
  generation: true,
  columns,

  defaults({ spec }) {
    spec.concurrencyPolicy ??= 'Allow'
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
    // What a job gets besides, the jobs get themselves.
    defaultPodSpec(spec.jobTemplate.spec.template.spec)
  },

  prepare(cronJob) {
    cronJob.status = {}
  },

  validate({ metadata, spec }, old) {
    const errors = [
      ...validateSchedule(spec.schedule),
      ...validateCount(spec, 'startingDeadlineSeconds'),
      ...(old === undefined || old.spec.timeZone !== spec.timeZone ? validateTimeZone(spec.timeZone) : []),
      ...validatePolicy(spec.concurrencyPolicy),
      ...validateTemplate(spec.jobTemplate.spec),
      ...validateCount(spec, 'successfulJobsHistoryLimit'),
      ...validateCount(spec, 'failedJobsHistoryLimit'),
    ]
    if (old === undefined && metadata.name.length > longestName) {
      errors.push(invalid('metadata.name', metadata.name, `must be no more than ${longestName} characters`))
    }
    return errors
  },
}

const validateCount = (spec: CronJobSpec, name: (typeof counts)[number]): FieldError[] =>
  (spec[name] ?? 0) < 0 ? [invalid(`spec.${name}`, spec[name], 'must be greater than or equal to 0')] : []

const validatePolicy = (policy: string | undefined): FieldError[] =>
  policies.includes(policy ?? '') ? [] : [notSupported('spec.concurrencyPolicy', policy, policies)]

function validateSchedule(schedule: string | undefined): FieldError[] {
  const field = 'spec.schedule'
  if (!schedule) return [required(field)]
  const errors: FieldError[] = []
  try {
    parseCron(schedule)
  } catch (error) {
    if (!(error instanceof CronError)) throw error
    errors.push(invalid(field, schedule, error.message))
  }
  if (schedule.includes('TZ')) {
    errors.push(invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  }
  return errors
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone'
  const unknown = `unknown time zone ${zone}`
  if (zone === undefined) return []
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')]
  if (!zone.split('/').every(isZonePart)) return [invalid(field, zone, unknown)]
  const errors: FieldError[] = []
  if (zone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(invalid(field, zone, why))
  }
  if (zone !== 'Local' && !isTimeZone(zone)) errors.push(invalid(field, zone, unknown))
  return errors
}

const isZonePart = (part: string): boolean => /^[A-Za-z.\-_0-9+]{1,14}$/.test(part) && !/^(?:\.\.?|-.*)$/.test(part)

function validateTemplate(spec: CronJobSpec['jobTemplate']['spec']): FieldError[] {
  const field = 'spec.jobTemplate.spec'
  const errors = validateJobSpec(spec, field)
  if (spec.selector !== undefined) {
    errors.push(invalid(`${field}.selector`, spec.selector, '`selector` will be auto-generated'))
  }
  if (spec.manualSelector) errors.push(notSupported(`${field}.manualSelector`, true, ['nil', 'false']))
  return errors
}
