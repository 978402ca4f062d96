import type { Image, Job, LogLine, QuotaCategory } from '../contract/schemas.ts'
import type { Output } from './output.ts'
import type { Paint, Style } from './style.ts'
import { type Cell, details, table } from './table.ts'
import { visible, visibleLines } from './text.ts'

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A job's status in words: `Running for 2m`. */
export const statusText = ({ status }: Job): string =>
  capitalised(status.short) + (status.duration === undefined ? '' : ` for ${status.duration}`)

const statusPaint = ({ status }: Job, style: Style): Paint =>
  ({ succeeded: style.green, running: style.cyan, pending: style.yellow, failed: style.red, unknown: style.dim })[
    status.short
  ]

const imageText = ({ imagename, image_state }: Job): string =>
  image_state === 'stable' ? imagename : `${imagename} (${image_state})`

const resourcesText = ({ memory, cpu }: Job): string => `mem: ${memory ?? 'default'}, cpu: ${cpu ?? 'default'}`

const retryText = ({ retry = 0 }: Job): string => (retry === 0 ? 'no' : `yes: ${retry} time(s)`)

interface Column {
  readonly heading: string
  readonly cell: (job: Job, style: Style) => Cell
}

const nameColumn: Column = { heading: 'Job name', cell: job => job.name }
const typeColumn: Column = { heading: 'Job type', cell: job => job.job_type }
const statusColumn: Column = {
  heading: 'Status',
  cell: (job, style) => ({ text: statusText(job), paint: statusPaint(job, style) }),
}
const hintsColumn: Column = { heading: 'Hints', cell: ({ status }) => status.messages.join('. ') }

const shortColumns = [nameColumn, typeColumn, statusColumn]
const longColumns: readonly Column[] = [
  nameColumn,
  { heading: 'Command', cell: job => job.cmd },
  typeColumn,
  { heading: 'Image', cell: imageText },
  { heading: 'File log', cell: ({ filelog }) => (filelog === true ? 'yes' : 'no') },
  { heading: 'Output log', cell: ({ filelog_stdout }) => filelog_stdout ?? 'N/A' },
  { heading: 'Error log', cell: ({ filelog_stderr }) => filelog_stderr ?? 'N/A' },
  { heading: 'Emails', cell: ({ emails }) => emails ?? 'none' },
  { heading: 'Resources', cell: resourcesText },
  { heading: 'Mounts', cell: ({ mount }) => mount ?? 'N/A' },
  { heading: 'Retry', cell: retryText },
  statusColumn,
]

const headingsOf = (columns: readonly Column[]): string[] => columns.map(({ heading }) => heading)

/** The jobs as a table; no lines at all for no jobs. */
export function jobTable(jobs: readonly Job[], kind: 'normal' | 'long', { style, table: look }: Output): string[] {
  if (jobs.length === 0) return []
  const columns = kind === 'long' ? longColumns : shortColumns
  const rows = jobs.map(job => columns.map(({ cell }) => cell(job, style)))
  return table(headingsOf(columns), rows, look)
}

/** All that is known of one job, a line each. */
export function jobDetails(job: Job, { style, table: look }: Output): string[] {
  const columns = job.status.messages.length === 0 ? longColumns : [...longColumns, hintsColumn]
  const row = columns.map(({ cell }) => cell(job, style))
  return details(headingsOf(columns), row, look)
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
