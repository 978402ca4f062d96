import { type FieldError, invalid, notPermitted, notSupported } from './field-error.ts'
import type { Propagation } from './kind.ts'
import { badRequest, invalidObject, StatusError } from './status.ts'

// What the query of a request may say besides selectors.

const invalidOptions = (kind: string, errors: readonly FieldError[]): StatusError =>
  invalidObject({ group: 'meta.k8s.io', kind }, '', errors)

/** @throws StatusError 400 for what is no whole number. */
export function readInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^[+-]?\d{1,18}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** Of a create, update or patch. @throws StatusError 422. */
export function readWriteOptions(query: URLSearchParams, kind: string): { dryRun: boolean; fieldValidation: string } {
  const fieldValidation = query.get('fieldValidation') ?? ''
  const errors = dryRunErrors(query.getAll('dryRun'))
  if (!['', 'Ignore', 'Strict', 'Warn'].includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  }
  if (errors.length > 0) throw invalidOptions(kind, errors)
  return { dryRun: query.getAll('dryRun').includes('All'), fieldValidation }
}

const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every(value => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])]

export interface DeleteOptions {
  propagation: Propagation | undefined
  gracePeriodSeconds: number | undefined
  uid: string | undefined
  resourceVersion: string | undefined
  dryRun: boolean
}

/** `body` is a DeleteOptions that has been checked against the schema; what it says goes before the query. */
export function readDeleteOptions(query: URLSearchParams, body: Readonly<Record<string, unknown>>): DeleteOptions {
  const given = { ...fromQuery(query), ...body }
  const { propagationPolicy, orphanDependents, gracePeriodSeconds, preconditions, dryRun } = given
  const dryRuns = Array.isArray(dryRun) ? dryRun.map(String) : []
  const errors = dryRunErrors(dryRuns)
  const propagation = propagationOf(propagationPolicy, orphanDependents, errors)
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors)
  return {
    propagation,
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    ...preconditionsOf(preconditions),
    dryRun: dryRuns.includes('All'),
  }
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const orphanDependents = query.get('orphanDependents')
  return {
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    gracePeriodSeconds: readInteger(query, 'gracePeriodSeconds'),
    orphanDependents: orphanDependents === null ? undefined : orphanDependents === 'true',
    dryRun: query.getAll('dryRun'),
  }
}

const isPropagation = (value: unknown): value is Propagation =>
  value === 'Background' || value === 'Foreground' || value === 'Orphan'

function propagationOf(policy: unknown, orphan: unknown, errors: FieldError[]): Propagation | undefined {
  if (policy !== undefined && orphan !== undefined) {
    errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (isPropagation(policy)) return policy
  if (policy !== undefined && policy !== '') {
    errors.push(notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']))
  }
  if (typeof orphan !== 'boolean') return undefined
  return orphan ? 'Orphan' : 'Background'
}

function preconditionsOf(value: unknown): { uid: string | undefined; resourceVersion: string | undefined } {
  const field = (name: string): string | undefined => {
    const found: unknown =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
    return typeof found === 'string' ? found : undefined
  }
  return { uid: field('uid'), resourceVersion: field('resourceVersion') }
}

export interface ListOptions {
  limit: number
  continue: string
  /** Absent for "whatever is newest". */
  resourceVersion: number | undefined
  exact: boolean
}

/** @throws StatusError 400 and 422. */
export function readListOptions(query: URLSearchParams): ListOptions {
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const errors = [...listErrors(query), ...matchErrors(match, version)]
  if (errors.length > 0) throw invalidOptions('ListOptions', errors)
  const limit = Math.max(0, readInteger(query, 'limit') ?? 0)
  const resourceVersion = readVersion(version)
  // Kubernetes, too, takes a limit with a version to mean exactly that version, unless told otherwise.
  const exact = match === 'Exact' || (match === '' && limit > 0 && resourceVersion !== undefined)
  return { limit, continue: query.get('continue') ?? '', resourceVersion, exact }
}

const listErrors = (query: URLSearchParams): FieldError[] =>
  query.get('sendInitialEvents') === null
    ? []
    : [notPermitted('sendInitialEvents', 'sendInitialEvents is forbidden for list')]

function matchErrors(match: string, version: string): FieldError[] {
  const field = 'resourceVersionMatch'
  if (match === '') return []
  if (version === '')
    return [notPermitted(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided')]
  if (match === 'Exact' && version === '0') {
    return [notPermitted(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]
  }
  return match === 'Exact' || match === 'NotOlderThan'
    ? []
    : [notSupported(field, match, ['Exact', 'NotOlderThan', ''])]
}

/** @throws StatusError 400 for what is no version. */
export function readVersion(text: string): number | undefined {
  if (text === '' || text === '0') return undefined
  if (/^\d{1,19}$/.test(text)) return Number(text)
  throw badRequest(`invalid resource version: ${unreadable(text)}`)
}

const unreadable = (text: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`

/** Of a watch Kubernetes calls the same mistake its own. @throws StatusError 500. */
function readWatchVersion(text: string): number | undefined {
  if (/^\d{0,19}$/.test(text)) return readVersion(text)
  throw new StatusError({ code: 500, message: unreadable(text) })
}

export interface WatchOptions {
  /** Absent: begin with what there is, whatever its version. */
  resourceVersion: number | undefined
  bookmarks: boolean
  timeoutSeconds: number | undefined
  /** Absent: as the version has it. */
  initialEvents: boolean | undefined
}

/** @throws StatusError 400 and 422. */
export function readWatchOptions(query: URLSearchParams): WatchOptions {
  const initial = query.get('sendInitialEvents')
  const match = query.get('resourceVersionMatch') ?? ''
  const errors: FieldError[] = []
  if (initial !== null && match !== 'NotOlderThan') {
    errors.push(
      notPermitted('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    )
  }
  if (initial === null && match !== '') {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
    errors.push(notPermitted('resourceVersionMatch', why))
  }
  if (match !== '' && match !== 'NotOlderThan') {
    errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  }
  if (errors.length > 0) throw invalidOptions('ListOptions', errors)
  return {
    resourceVersion: readWatchVersion(query.get('resourceVersion') ?? ''),
    bookmarks: query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
    initialEvents: initial === null ? undefined : initial === 'true',
  }
}
