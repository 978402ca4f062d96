import type { FieldChange } from '../contract/plan-schemas.ts'
import type { HealthCheck } from '../contract/schemas.ts'
import { underHome } from './complete.ts'
import type { GivenJob } from './given.ts'
import { components, type JobType } from './labels.ts'
import { sameQuantity } from './quantities.ts'

type Field = Exclude<keyof GivenJob, 'name'>

const fields: readonly Field[] = [
  'job_type',
  'imagename',
  'cmd',
  'memory',
  'cpu',
  'emails',
  'mount',
  'filelog',
  'filelog_stdout',
  'filelog_stderr',
  'retry',
  'schedule',
  'timezone',
  'timeout',
  'replicas',
  'port',
  'port_protocol',
  'health_check',
  'publish',
]

/**
 * The fields in which a job as it is asked for differs from the one there is; amounts are compared as such, and paths of log
 * files as they are within `home`. Of jobs as they were given, what is written on their objects. The names of images are compared as texts: where one may have several, put addresses there.
 */
export function changesOf(asked: GivenJob, actual: GivenJob, home?: string): FieldChange[] {
  return fields.flatMap(field => {
    const [to, from] = [asked[field], actual[field]]
    return isSame(field, [from, to], home) ? [] : [{ field, from: from ?? null, to: to ?? null }]
  })
}

type Value = GivenJob[Field]

function isSame(field: Field, [from, to]: readonly [Value, Value], home: string | undefined): boolean {
  if (from === to) return true
  if (typeof from === 'object' && typeof to === 'object') return checkText(from) === checkText(to)
  if (typeof from !== 'string' || typeof to !== 'string') return false
  if (field === 'memory' || field === 'cpu') return sameQuantity(from, to)
  if (field !== 'filelog_stdout' && field !== 'filelog_stderr') return false
  return home !== undefined && pathIn(from, home) === pathIn(to, home)
}

const checkText = (check: HealthCheck): string =>
  check.type === 'http' ? `http ${check.path}` : `script ${check.script}`

const pathIn = (path: string, home: string): string => underHome(path, home) ?? path

/** What a Deployment takes over without touching its pods. */
const quiet: ReadonlySet<string> = new Set(['job_type', 'replicas', 'publish'])

/**
 * Whether a job of this type is stopped and started again by such changes: continuous jobs are, by what their pods are made
 * of, and any job is whose object gives way to one of another kind. Runs of scheduled jobs go on as they began.
 */
export function restartsOn(changes: readonly FieldChange[], type: JobType): boolean {
  const typeChange = changes.find(({ field }) => field === 'job_type')
  if (typeChange !== undefined && kindOf(typeChange.from) !== kindOf(typeChange.to)) return true
  return components[type] === 'deployments' && changes.some(({ field }) => !quiet.has(field))
}

const kindOf = (type: FieldChange['from']): string | undefined =>
  Object.entries(components).find(([name]) => name === type)?.[1]
