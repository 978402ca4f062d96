import type { LogLine } from '../contract/log-schemas.ts'
import type { Image, Job, QuotaCategory } from '../contract/schemas.ts'
import type { Output } from './output.ts'
import { type Paint, type Style, statusPaintOf } from './style.ts'
import { type Cell, details, table } from './table.ts'
import { visible, visibleLines } from './text.ts'

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A job's status in words: `Running for 2m`. */
export const statusText = ({ status }: Job): string =>
  capitalised(status.short) + (status.duration === undefined ? '' : ` for ${status.duration}`)

const statusPaint = ({ status }: Job, style: Style): Paint => statusPaintOf(status.short, style)

const imageText = ({ imagename, image_state }: Job): string =>
  image_state === 'stable' ? imagename : `${imagename} (${image_state})`

const resourcesText = ({ memory, cpu }: Job): string => `mem: ${memory ?? 'default'}, cpu: ${cpu ?? 'default'}`

const listens = ({ job_type }: Job): boolean => job_type === 'continuous' || job_type === 'webservice'

/** What only concerns jobs that end, and what only those that listen; undefined for the others. */
const retryText = (job: Job): string | undefined => {
  if (listens(job)) return undefined
  return job.retry === undefined || job.retry === 0 ? 'no' : `yes: ${job.retry} time(s)`
}

const timeoutText = ({ job_type, timeout = 0 }: Job): string | undefined => {
  if (job_type !== 'scheduled') return undefined
  return timeout === 0 ? 'no' : `yes: ${timeout}s`
}

const typeText = ({ job_type, schedule, timezone }: Job): string =>
  schedule === undefined
    ? job_type
    : `${job_type}: ${schedule}${timezone === undefined || timezone === 'UTC' ? '' : ` (${timezone})`}`

const portText = (job: Job): string | undefined => {
  if (!listens(job)) return undefined
  if (job.port === undefined) return 'none'
  return job.port_protocol === undefined ? `${job.port}` : `${job.port}/${job.port_protocol}`
}

const healthCheckText = (job: Job): string | undefined => {
  if (!listens(job)) return undefined
  const check = job.health_check
  if (check === undefined) return 'none'
  return check.type === 'script' ? `script: ${check.script}` : `http: ${check.path}`
}

const fileLogText = ({ filelog, job_type }: Job): string | undefined => {
  if (job_type === 'webservice') return undefined
  return filelog === true ? 'yes' : 'no'
}

/** The service's messages, and when a scheduled job ran and runs. */
function hintsText({ status }: Job): string | undefined {
  const { messages, previous_schedule: previous, next_schedule: next, next_runs: [, ...later] = [] } = status
  const all = [
    ...messages,
    ...(previous === undefined ? [] : [`Previous: ${previous}`]),
    ...(next === undefined ? [] : [`Next: ${[next, ...later].join(', ')}`]),
  ]
  return all.length === 0 ? undefined : all.join('. ')
}

interface Column {
  readonly heading: string
  /** Undefined where it has no meaning for such a job. */
  readonly cell: (job: Job, style: Style) => Cell | undefined
}

const nameColumn: Column = { heading: 'Job name', cell: job => job.name }
const typeColumn: Column = { heading: 'Job type', cell: typeText }
const statusColumn: Column = {
  heading: 'Status',
  cell: (job, style) => ({ text: statusText(job), paint: statusPaint(job, style) }),
}
const hintsColumn: Column = { heading: 'Hints', cell: hintsText }

const shortColumns = [nameColumn, typeColumn, statusColumn]
const longColumns: readonly Column[] = [
  nameColumn,
  { heading: 'Command', cell: job => job.cmd },
  typeColumn,
  { heading: 'Image', cell: imageText },
  { heading: 'Port', cell: portText },
  { heading: 'Public', cell: job => (listens(job) ? (job.publish ?? 'no') : undefined) },
  { heading: 'File log', cell: fileLogText },
  { heading: 'Output log', cell: ({ filelog_stdout }) => filelog_stdout },
  { heading: 'Error log', cell: ({ filelog_stderr }) => filelog_stderr },
  { heading: 'Emails', cell: ({ emails }) => emails ?? 'none' },
  { heading: 'Resources', cell: resourcesText },
  { heading: 'Replicas', cell: job => (listens(job) ? `${job.replicas ?? 1}` : undefined) },
  { heading: 'Mounts', cell: ({ mount }) => mount },
  { heading: 'Retry', cell: retryText },
  { heading: 'Timeout', cell: timeoutText },
  { heading: 'Health check', cell: healthCheckText },
  statusColumn,
]

const headingsOf = (columns: readonly Column[]): string[] => columns.map(({ heading }) => heading)

/** The jobs as a table; no lines at all for no jobs. */
export function jobTable(jobs: readonly Job[], kind: 'normal' | 'long', { style, table: look }: Output): string[] {
  if (jobs.length === 0) return []
  const columns = kind === 'long' ? longColumns : shortColumns
  const rows = jobs.map(job => columns.map(({ cell }) => cell(job, style) ?? 'N/A'))
  return table(headingsOf(columns), rows, look)
}

/** All that is known of one job and concerns its type, a line each. */
export function jobDetails(job: Job, { style, table: look }: Output): string[] {
  const known = [...longColumns, hintsColumn].flatMap(({ heading, cell }) => {
    const shown = cell(job, style)
    return shown === undefined ? [] : [{ heading, shown }]
  })
  return details(
    known.map(({ heading }) => heading),
    known.map(({ shown }) => shown),
    look,
  )
}

export const imageTable = (images: readonly Image[], { table: look }: Output): string[] =>
  table(
    ['Short name', 'Container image URL'],
    images.map(({ shortname, image }) => [shortname, image]),
    look,
  )

/** A table for each category, a blank line between two. */
export const quotaTables = (categories: readonly QuotaCategory[], { table: look }: Output): string[] =>
  categories.flatMap(({ name, items }, index) => {
    const counted = items.some(({ used }) => used !== undefined)
    const headings = counted ? [name, 'Used', 'Limit'] : [name, 'Limit']
    const rows = items.map(item => [item.name, ...(counted ? [item.used ?? ''] : []), item.limit])
    return [...(index === 0 ? [] : ['']), ...table(headings, rows, { ...look, room: undefined })]
  })

/** A line of a log: when, from which pod and container where that is known, and what it says. */
export function logText({ datetime, pod, container, message }: LogLine, { style, terminal }: Output): string {
  const origin = [datetime, ...[pod, container].map(name => (name === '' ? '' : `[${name}]`))]
  const known = origin.filter(part => part !== '').join(' ')
  if (!terminal) return known === '' ? message : `${known} ${message}`
  const text = visibleLines(message.replace(/\r$/, '')).replaceAll('\n', '\\n')
  return known === '' ? text : `${style.dim(visible(known))} ${text}`
}
