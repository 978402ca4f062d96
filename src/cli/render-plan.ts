import type { FieldChange, Plan, PlannedJob, QuotaUse } from '../contract/plan-schemas.ts'
import type { Output } from './output.ts'
import type { Paint, Style } from './style.ts'
import { table } from './table.ts'
import { visible } from './text.ts'

type Action = PlannedJob['action']

const signs: Readonly<Record<Action, string>> = { create: '+', change: '~', run: '>', remove: '-', keep: '=' }

const verbs: Readonly<Record<Action, string>> = {
  create: 'will be created',
  change: 'will be changed',
  run: 'will run again',
  remove: 'will be removed',
  keep: 'is already up to date',
}

const paintOf = (action: Action, style: Style): Paint =>
  ({ create: style.green, change: style.yellow, run: style.cyan, remove: style.red, keep: style.dim })[action]

/** A value of a field on one line; text that could be taken for something else is in quotes. */
function valueText(value: FieldChange['from']): string {
  if (value === null) return '(not set)'
  if (typeof value === 'object') return value.type === 'http' ? `http ${value.path}` : `script ${value.script}`
  const text = String(value)
  return typeof value === 'string' && (text === '' || text !== text.trim()) ? JSON.stringify(text) : text
}

/** `memory  512Mi -> 1Gi`, aligned; of a job to be created only what is set. */
function changeLines({ changes, action }: PlannedJob): string[] {
  const left = Math.max(0, ...changes.map(({ field }) => field.length))
  return changes.map(({ field, from, to }) => {
    const was = action === 'create' ? '' : `${visible(valueText(from))} -> `
    return `    ${visible(field).padEnd(left)}  ${was}${visible(valueText(to))}`
  })
}

function jobLines(job: PlannedJob, style: Style): string[] {
  const { name, job_type, action, restarts, problems, warnings, next_runs = [] } = job
  const stops = restarts && action === 'change' ? ', and restarted' : ''
  return [
    paintOf(action, style)(`${signs[action]} ${visible(name)} (${job_type}) ${verbs[action]}${stops}`),
    ...changeLines(job),
    ...(next_runs.length === 0 || action === 'keep' ? [] : [`    next runs: ${next_runs.map(visible).join(', ')}`]),
    ...problems.map(text => `    ${style.red('problem')}: ${visible(text)}`),
    ...warnings.map(text => `    ${style.yellow('warning')}: ${visible(text)}`),
  ]
}

function quotaLines(quota: readonly QuotaUse[], { style, table: look }: Output): string[] {
  if (quota.length === 0) return []
  const rows = quota.map(({ name, used, planned, limit, fits }) => [
    name,
    used,
    fits ? planned : { text: `${planned} (too much)`, paint: style.red },
    limit,
  ])
  return ['', ...table(['Quota', 'Used', 'With this plan', 'Limit'], rows, { ...look, room: undefined })]
}

const counting: readonly (readonly [Action, string])[] = [
  ['create', 'to create'],
  ['change', 'to change'],
  ['run', 'to run again'],
  ['remove', 'to remove'],
  ['keep', 'up to date'],
]

/** `2 to create, 1 to change, 3 up to date.` */
export function planSummary({ jobs }: Plan): string {
  const parts = counting.flatMap(([action, words]) => {
    const count = jobs.filter(job => job.action === action).length
    return count === 0 ? [] : [`${count} ${words}`]
  })
  return parts.length === 0 ? 'There is nothing to do: no jobs.' : `${parts.join(', ')}.`
}

/** Whether carrying it out would do anything. */
export const hasWork = ({ jobs }: Plan): boolean => jobs.some(({ action }) => action !== 'keep')

/** The names of the jobs that it removes, as the service gave them. */
export const removedBy = ({ jobs }: Plan): string[] =>
  jobs.filter(({ action }) => action === 'remove').map(({ name }) => name)

/** What a plan would do, a line a fact: every job in the plan's order, then the quota, then the sum. */
export function planLines(plan: Plan, output: Output): string[] {
  return [
    ...plan.jobs.flatMap(job => jobLines(job, output.style)),
    ...quotaLines(plan.quota, output),
    ...(plan.jobs.length === 0 ? [] : ['']),
    planSummary(plan),
    ...(plan.feasible
      ? []
      : [output.style.red('The cluster would refuse this: see the problems and the quota above.')]),
  ]
}
