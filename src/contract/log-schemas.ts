import { type Static, Type } from 'typebox'
import { limits } from './limits.ts'
import { choice, Exact, FlagAsSent } from './schemas.ts'

export const LogLine = Exact({
  datetime: Type.String({ description: 'When the line was written, RFC 3339; empty where nobody noted it.' }),
  pod: Type.String(),
  container: Type.String(),
  message: Type.String(),
})
export type LogLine = Static<typeof LogLine>

const lines = (what: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[0-9]{1,9}$' })], {
      description: `${what}; ${limits.logLines.most} at most.`,
    }),
  )
const { default: fewLines } = limits.logLines
const linesBefore = `How many of the newest lines that are there already, over all pods of the job; ${fewLines} when not given`
const moment = (what: string) =>
  Type.Optional(
    Type.String({ maxLength: 64, description: `${what}: RFC 3339, or how long ago as 90s, 5m, 2h, 3d or 1w.` }),
  )

export const LogsQuery = Exact({
  lines: lines(
    `How many of the newest lines, over all pods of the job, on one page without a next; when not given all lines, ${fewLines} on the first page and ${limits.logLines.most} on later ones. With a cursor: lines of that page`,
  ),
  since: moment('Nothing before this'),
  until: moment('Nothing after this'),
  direction: Type.Optional(choice(['newest_first', 'oldest_first'])),
  cursor: Type.Optional(Type.String({ maxLength: 512, description: 'From the answer before.' })),
})
export const LogsStreamQuery = Exact({
  lines: lines(linesBefore),
  since: moment('Nothing before this'),
  until: moment('Nothing after this'),
})
export const JobLogsQuery = Exact({
  lines: lines(`${linesBefore}; of a job that writes to files, of each of its files`),
  follow: Type.Optional(FlagAsSent),
})
