import type { LogLine } from '../contract/log-schemas.ts'
import type { Input, Reply } from '../contract/operations.ts'
import { CliError, exitCodes } from './failure.ts'

type Query = Input<'logs'>['query']
type Page = (query: Query) => Promise<Reply<'logs'>>

/** All pages from the newest to the oldest, as lines from the oldest to the newest. */
export async function logPages(query: Query, page: Page): Promise<AsyncIterable<LogLine>> {
  const newestFirst: LogLine[] = []
  const cursors = new Set<string>()
  let asked: Query = { ...query, direction: 'newest_first' }
  for (;;) {
    const { data } = await page(asked)
    for (const line of data.logs) newestFirst.push(line)
    const cursor =
      data.next === undefined ? null : new URLSearchParams(data.next.url.replace(/^[^?]*/, '')).get('cursor')
    if (cursor === null || data.logs.length === 0) return reversed(newestFirst)
    if (cursors.has(cursor))
      throw new CliError('The service gave the same page of the log twice.', { exitCode: exitCodes.failed })
    cursors.add(cursor)
    asked = { ...asked, cursor }
  }
}

async function* reversed(lines: LogLine[]): AsyncGenerator<LogLine> {
  yield* lines.reverse()
}
