import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { DomainError } from '../contract/errors.ts'
import type { LogPosition } from './log-position.ts'
import type { Window } from './moment.ts'

const LogCursor = Type.Object(
  {
    /** Of a line, as `LogPosition` says. */
    time: Type.String({ maxLength: 29 }),
    pod: Type.String({ minLength: 1, maxLength: 128 }),
    line: Type.Integer({ minimum: 0 }),
    newest_first: Type.Boolean(),
    since: Type.Optional(Type.Integer()),
    until: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
)

/**
 * Where the next page of a log begins: at a line, or right before it when the newest come first. It carries the window in
 * moments, since "two hours ago" is another one with each page. At most 400 characters when written, however many pods there are.
 */
export type LogCursor = Static<typeof LogCursor> & LogPosition & Window

const check = Compile(LogCursor)

/** A cursor as clients carry it about: letters, digits, `-` and `_`. */
export function writeCursor(cursor: LogCursor): string {
  return btoa(JSON.stringify(cursor)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @throws DomainError bad_request when the text is no cursor of ours. */
export function parseCursor(text: string): LogCursor {
  try {
    const value: unknown = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
    if (check.Check(value)) return value
  } catch {
    // Neither base64 nor JSON: answered below.
  }
  throw new DomainError('bad_request', 'cursor: is not one that this service gave; ask for the logs without it')
}
