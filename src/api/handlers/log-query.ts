import { DomainError } from '../../contract/errors.ts'
import { limits } from '../../contract/limits.ts'
import type { LogLine } from '../../contract/schemas.ts'
import { type LogCursor, parseCursor, writeCursor } from '../../jobs/log-cursor.ts'
import { parseWindow } from '../../jobs/moment.ts'
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
  if (text !== undefined) return laterPage(source, parseCursor(text), lines)
  const window = parseWindow(query, now)
  if (lines !== undefined) {
    const newest = await newestLines(source, { most: linesOf(lines), window })
    return { lines: newest_first ? newest : newest.toReversed() }
  }
  const page = newest_first ? pageBackwards : pageForwards
  return cursored(await page(source, { size: limits.logLines.default, window }), { ...window, newest_first })
}

/** Later pages are as large as may be: each of them reads the log from its start. */
async function laterPage(
  source: LogSource,
  cursor: LogCursor,
  lines: number | string | undefined,
): Promise<CursoredPage> {
  const { pod, line, newest_first, ...window } = cursor
  if (!source.pods.some(({ uid }) => uid === pod))
    throw new DomainError('bad_request', 'cursor: its part of the log is gone; ask for the logs without it')
  const size = lines === undefined ? limits.logLines.most : linesOf(lines)
  const page = newest_first ? pageBackwards : pageForwards
  return cursored(await page(source, { size, window, from: { pod, line } }), { ...window, newest_first })
}

function cursored({ lines, next }: LogPage, rest: Omit<LogCursor, 'pod' | 'line'>): CursoredPage {
  return next === undefined ? { lines } : { lines, next: { ...rest, ...next } }
}

/** The address of the next page, relative to the logs of the tool. */
export function urlOf(name: string, cursor: LogCursor): string {
  const direction = cursor.newest_first ? 'newest_first' : 'oldest_first'
  return `/job/${encodeURIComponent(name)}/logs?direction=${direction}&cursor=${writeCursor(cursor)}`
}
