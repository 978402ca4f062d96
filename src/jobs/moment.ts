import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'

/** A span of time, both ends included; milliseconds since 1970. */
export interface Window {
  readonly since?: number
  readonly until?: number
}

const dated = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/
const ago = /^(\d{1,6})([smhdw])$/
const seconds = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
])

/**
 * The moment that a text means: RFC 3339, or how long before `now`, such as `90s`, `5m`, `2h`, `3d` or `1w`.
 * @throws DomainError bad_request when it is neither.
 */
export function parseMoment(field: string, text: string, now: number): number {
  const [, count = '', unit = ''] = ago.exec(text) ?? []
  const before = seconds.get(unit)
  if (before !== undefined) return now - Number(count) * before * 1000
  const moment = dated.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(moment)) return moment
  const example = 'such as 2026-11-22T10:00:00Z, or how long ago, such as 90s, 5m, 2h, 3d or 1w'
  throw new DomainError('bad_request', `${field}: '${printable(text, 40)}' is no moment; write one ${example}`)
}

/** @throws DomainError bad_request when an end is no moment, or the first lies behind the last. */
export function parseWindow(query: { since?: string; until?: string }, now: number): Window {
  const since = query.since === undefined ? undefined : parseMoment('since', query.since, now)
  const until = query.until === undefined ? undefined : parseMoment('until', query.until, now)
  if (since !== undefined && until !== undefined && since > until)
    throw new DomainError('bad_request', 'since: must not be later than until')
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) }
}

/** Whether a moment lies within; one that is not known (NaN) does. */
export const isWithin = (moment: number, { since, until }: Window): boolean =>
  !(since !== undefined && moment < since) && !(until !== undefined && moment > until)
