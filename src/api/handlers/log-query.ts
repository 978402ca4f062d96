import { limits } from '../../contract/limits.ts'
import type { LogLine } from '../../contract/log-schemas.ts'
import { type LogCursor, parseCursor, writeCursor } from '../../jobs/log-cursor.ts'
import { timeOf } from '../../jobs/log-line.ts'
import type { LogPosition } from '../../jobs/log-position.ts'
import { parseWindow, type Window } from '../../jobs/moment.ts'
import { type LogPage, type LogSource, newestLines, pageBackwards, pageForwards } from './log-pages.ts'

/** How many lines are wanted, within what may be asked for. */
export const linesOf = (lines: number | string | undefined): number =>
  Math.min(Math.max(1, Number(lines ?? limits.logLines.default)), limits.logLines.most)

interface LogsQuery {
  readonly lines?: number | string
  readonly since?: string
  readonly until?: string
  readonly direction?: 'newest_first' | 'oldest_first'
  readonly cursor?: string
}

interface CursoredPage {
  readonly lines: readonly LogLine[]
  readonly next?: LogCursor
}

/** A page of a log: with a number of lines all that was asked for, else as far as a page goes. */
export async function pageOf(source: LogSource, query: LogsQuery, now: number): Promise<CursoredPage> {
  const { cursor: text, lines } = query
  const newest_first = query.direction !== 'oldest_first'
  if (text !== undefined) return laterPage(source, parseCursor(text), { lines, now })
  const window = parseWindow(query, now)
  if (lines !== undefined) {
    const { lines: newest } = await newestLines(source, { most: linesOf(lines), window })
    return { lines: newest_first ? newest : newest.toReversed() }
  }
  const first = { size: limits.logLines.default, window }
  return cursored(await pageFrom(source, { ...first, newest_first, now }), { ...window, newest_first })
}

/** Later pages are as large as may be: each of them reads the log from its start. */
async function laterPage(
  source: LogSource,
  cursor: LogCursor,
  { lines, now }: { lines: number | string | undefined; now: number },
): Promise<CursoredPage> {
  const { time, pod, line, newest_first, ...window } = cursor
  const size = lines === undefined ? limits.logLines.most : linesOf(lines)
  const later = { size, window, from: { time, pod, line } }
  return cursored(await pageFrom(source, { ...later, newest_first, now }), { ...window, newest_first })
}

/** Milliseconds that a line may take until it can be read. */
const settling = 2000

interface PageOptions {
  readonly size: number
  readonly window: Window
  readonly from?: LogPosition
  readonly newest_first: boolean
  readonly now: number
}

function pageFrom(source: LogSource, { newest_first, now, ...options }: PageOptions): Promise<LogPage> {
  if (newest_first) return pageBackwards(source, options)
  const areSeveral = source.pods.filter(({ hasEnded }) => !hasEnded).length > 1
  return pageForwards(source, areSeveral ? { ...options, settled: timeAt(now - settling) } : options)
}

const timeAt = (moment: number): string => timeOf(new Date(moment).toISOString())

function cursored({ lines, next }: LogPage, rest: Omit<LogCursor, keyof LogPosition>): CursoredPage {
  return next === undefined ? { lines } : { lines, next: { ...rest, ...next } }
}

/** The address of the next page, relative to the logs of the tool. */
export function urlOf(name: string, cursor: LogCursor): string {
  const direction = cursor.newest_first ? 'newest_first' : 'oldest_first'
  return `/job/${encodeURIComponent(name)}/logs?direction=${direction}&cursor=${writeCursor(cursor)}`
}
