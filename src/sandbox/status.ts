import { type FieldError, sentence } from './field-error.ts'

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

/** Kubernetes' `Status`: what every refusal, and some successes, look like on the wire. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: Record<string, string>
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: StatusDetails
  code?: number
}

/** A resource type as messages name it: `{ group: 'batch', plural: 'jobs' }` is `jobs.batch`. */
export interface ResourceName {
  readonly group: string
  readonly plural: string
}

export interface Refusal {
  code: number
  reason?: string
  message: string
  details?: StatusDetails
}

/** A request that is refused: it reaches the client as the `Status` that it carries. */
export class StatusError extends Error {
  readonly status: Status
  readonly code: number
  readonly reason: string

  constructor({ code, reason, message, details }: Refusal) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason ?? ''
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details: withoutEmpty(details) }),
      code,
    }
  }
}

const withoutEmpty = (details: StatusDetails): StatusDetails =>
  Object.fromEntries(Object.entries(details).filter(([, value]) => value !== '' && value !== undefined))

/** `jobs.batch`; of the core group `pods`. */
export const qualified = ({ group, plural }: ResourceName): string => (group === '' ? plural : `${plural}.${group}`)

const about = (resource: ResourceName, name: string): StatusDetails => ({
  name,
  group: resource.group,
  kind: resource.plural,
})

export const success = (details: StatusDetails): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: withoutEmpty(details),
})

export const notFound = (resource: ResourceName, name: string): StatusError =>
  new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource)} "${name}" not found`,
    details: about(resource, name),
  })

export function alreadyExists(
  resource: ResourceName,
  { name, deletionTimestamp }: { name: string; deletionTimestamp?: string },
): StatusError {
  const leaving = deletionTimestamp === undefined ? '' : 'object is being deleted: '
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${leaving}${qualified(resource)} "${name}" already exists`,
    details: about(resource, name),
  })
}

export const conflict = (resource: ResourceName, name: string, why: string): StatusError =>
  new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details: about(resource, name),
  })

export interface Forbidden {
  /** Empty when the refusal is about the resource type. */
  name: string
  why: string
  causes?: NonNullable<StatusDetails['causes']>
}

export const forbidden = (resource: ResourceName, { name, why, causes }: Forbidden): StatusError =>
  new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    details: { ...about(resource, name), ...(causes === undefined ? {} : { causes }) },
  })

/** A path that is no resource is refused without saying which: `forbidden: User …`. */
export const forbiddenPath = (why: string): StatusError =>
  new StatusError({ code: 403, reason: 'Forbidden', message: `forbidden: ${why}`, details: {} })

/** `name` may be empty for an object that was to get one by `generateName`. */
export function invalidObject(
  of: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const kind = of.group === '' ? of.kind : `${of.kind}.${of.group}`
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${sentence(errors)}`,
    details: {
      name,
      group: of.group,
      kind: of.kind,
      causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
    },
  })
}

export const badRequest = (message: string): StatusError =>
  new StatusError({ code: 400, reason: 'BadRequest', message })

export const unauthorized = (): StatusError =>
  new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' })

/** For a path that nothing answers. */
export const noSuchPath = (): StatusError =>
  new StatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  })

export const expired = (message: string): StatusError => new StatusError({ code: 410, reason: 'Expired', message })

export const tooLarge = (maximum: number): StatusError =>
  new StatusError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${maximum}`,
  })

export const methodNotAllowed = (): StatusError =>
  new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })

/** For the body of a POST or PUT; what `details` a patch's refusal has not, Kubernetes leaves out as well. */
export const unsupportedBody = (): StatusError =>
  new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  })

export const unsupportedPatch = (): StatusError =>
  new StatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
    details: {},
  })

export const notAcceptable = (): StatusError =>
  new StatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: '406: Not Acceptable\n\nAvailable representations: application/json',
    details: {},
  })

/** For what Kubernetes has and this stand-in lacks: never to be taken for a refusal by Kubernetes. */
export const notImplemented = (what: string): StatusError =>
  new StatusError({
    code: 501,
    reason: 'NotImplemented',
    message: `the sandbox does not implement ${what}; a Kubernetes cluster does`,
  })

export const internal = (): StatusError =>
  new StatusError({
    code: 500,
    reason: 'InternalError',
    message: 'Internal error occurred: the sandbox failed, its log says more',
  })
