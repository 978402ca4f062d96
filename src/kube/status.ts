import { DomainError } from '../contract/errors.ts'
import { printable } from '../platform/printable.ts'

/** What was asked, for the text of a refusal: `creating job "a"`. */
export interface Asked {
  verb: string
  kind: string
  name?: string
  /** In the name of a service of the platform: the refusal is for operators, and keeps the cluster's own words. */
  own?: boolean
}

/** A refusal as it came from the API server. */
export interface Refusal {
  status: number
  body: unknown
  /** The header, in seconds. */
  retryAfter?: number | undefined
}

/** The version asked for, or the place in a list, is too old: start again with a list. */
export class Expired extends Error {
  constructor() {
    super('the version of the objects that was asked for is gone')
    this.name = 'Expired'
  }
}

interface Cause {
  reason: string
  field: string
  message: string
}

/** The parts of a Kubernetes `Status` that matter; empty where the body is none. */
interface Status {
  reason: string
  message: string
  causes: Cause[]
  retryAfter: number | undefined
}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined)

function parseStatus({ body, retryAfter }: Refusal): Status {
  const status = fieldsOf(body)
  const details = fieldsOf(status['details'])
  const causes = Array.isArray(details['causes']) ? details['causes'].map(fieldsOf) : []
  return {
    reason: textOf(status['reason']),
    message: textOf(status['message']),
    causes: causes.map(({ reason, field, message }) => ({
      reason: textOf(reason),
      field: textOf(field),
      message: textOf(message),
    })),
    retryAfter: retryAfter ?? numberOf(details['retryAfterSeconds']),
  }
}

/** Seconds after which a cluster that cannot answer is asked again. */
export const retryAfterFailure = 2

export const unavailable = (message: string, cause?: unknown, retryAfter = retryAfterFailure): DomainError =>
  new DomainError('unavailable', `${message}; try again in ${retryAfter} s`, { cause, retryAfter })

/** What an API server's refusal means to the tool in whose name it was asked. */
export function refusalOf(refusal: Refusal, asked: Asked): Error {
  const status = parseStatus(refusal)
  const cause = new Error(`${refusal.status} ${status.reason}: ${printable(status.message, 2000)}`)
  return byMessage(status, cause) ?? byStatus(refusal.status, { status, asked, cause })
}

const quotaRace = /Operation cannot be fulfilled on resourcequotas/

/** Whether a refusal says only that two requests were counted at once: nothing was made, and it may be asked again at once. */
export const isQuotaRace = (error: unknown): boolean =>
  error instanceof DomainError && error.cause instanceof Error && quotaRace.test(error.cause.message)

const said = (text: string): string => printable(text, 1000)
const objectOf = ({ kind, name }: Asked): string =>
  name === undefined ? `a ${kind}` : `the ${kind} "${printable(name)}"`

/** Rules that are told apart by their texts only: several come with several statuses. */
function byMessage(status: Status, cause: Error): DomainError | undefined {
  const { message } = status
  const webhook = /admission webhook "[^"]*" denied the request(?:: )?(.*)/s.exec(message)
  const policy = /ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request: (.*)/s.exec(message)
  const rule = webhook?.[1] ?? policy?.[1]
  if (rule !== undefined)
    return new DomainError('admission', `The cluster's rules refuse this: ${said(rule) || 'no reason was given'}`, {
      cause,
    })
  if (/violates PodSecurity/.test(message))
    return new DomainError('admission', `The cluster's rules refuse this: ${said(message)}`, { cause })
  if (quotaRace.test(message)) return unavailable("The cluster cannot count the tool's quota at present", cause)
  if (/failed calling webhook/.test(message)) return unavailable('The cluster cannot check its rules at present', cause)
  const limit = /is forbidden: (.*(?:usage per|must specify|request ratio).*)/s.exec(message)?.[1]
  if (/exceeded quota: /.test(message))
    return new DomainError('quota', `The tool's quota is used up: ${said(quotaText(message))}`, { cause })
  if (limit !== undefined)
    return new DomainError('quota', `The tool's limits do not allow this: ${said(limit)}`, { cause })
  return undefined
}

/** `requested: a=1,b=2, used: a=3,b=4, limited: a=3,b=5` → `a: requested 1, used 3 of 3; b: …` */
function quotaText(message: string): string {
  const lists = /requested: (.*), used: (.*), limited: (.*)$/s.exec(message)?.slice(1).map(amounts)
  const [requested, used, limited] = lists ?? []
  if (requested === undefined || used === undefined || limited === undefined) return message
  return [...requested]
    .map(
      ([what, amount]) => `${what}: requested ${amount}, used ${used.get(what) ?? '?'} of ${limited.get(what) ?? '?'}`,
    )
    .join('; ')
}

const amounts = (list: string): Map<string, string> =>
  new Map(
    list.split(',').map(item => {
      const at = item.indexOf('=')
      return [item.slice(0, at), item.slice(at + 1)]
    }),
  )

interface Context {
  status: Status
  asked: Asked
  cause: Error
}

/** Only lists and watches name a version, and can begin again without it. */
const gone = ({ asked: { verb }, cause }: Context): Error =>
  verb === 'list' || verb === 'watch' ? new Expired() : unavailable('The cluster cannot answer at present', cause)

function byStatus(code: number, context: Context): Error {
  const { status, asked, cause } = context
  if (code === 400)
    return new DomainError('bad_request', `The cluster cannot read ${objectOf(asked)}: ${said(status.message)}`, {
      cause,
    })
  if (code === 401) return strange(context)
  if (code === 403) return forbidden(context)
  if (code === 404)
    return new DomainError('not_found', `There is no ${asked.kind} "${printable(asked.name ?? '')}"`, { cause })
  if (code === 409) return taken(context)
  if (code === 410) return gone(context)
  if (code === 413)
    return new DomainError('too_large', `${capital(objectOf(asked))} is too large for the cluster`, { cause })
  if (code === 422) return unfit(context)
  if (code === 429) return unavailable('The cluster is busy', cause, status.retryAfter)
  if (code >= 500 && code !== 501) return unavailable('The cluster cannot answer at present', cause, status.retryAfter)
  return new Error(`The cluster answered unexpectedly: ${cause.message}`, { cause })
}

/** A patch with a uid was meant for another object than has that name now. */
const unfit = (context: Context): DomainError =>
  context.status.causes.some(({ field }) => field === 'metadata.uid')
    ? taken(context)
    : new DomainError(
        'bad_request',
        `The cluster refuses ${objectOf(context.asked)}: ${said(invalid(context.status))}`,
        { cause: context.cause },
      )

const strange = ({ asked, cause }: Context): DomainError =>
  new DomainError(
    'not_allowed',
    asked.own === true
      ? 'The cluster does not accept the credentials of this service'
      : "The cluster refuses the certificate in the tool's home. It was issued by another cluster or has been withdrawn; ask an administrator for a new one",
    { cause },
  )

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function forbidden({ status, asked, cause }: Context): DomainError {
  if (
    status.causes.some(({ reason }) => reason === 'NamespaceTerminating') ||
    /is being terminated/.test(status.message)
  )
    return new DomainError('not_allowed', 'The tool is being removed: nothing new can be made in its namespace', {
      cause,
    })
  if (asked.own === true)
    return new DomainError(
      'not_allowed',
      `The cluster does not let this service ${asked.verb} ${objectOf(asked)}: ${said(status.message)}`,
      { cause },
    )
  return new DomainError(
    'not_allowed',
    `The cluster does not let the tool ${asked.verb} ${objectOf(asked)}. The tool may be disabled, or not be set up yet; ask an administrator`,
    { cause },
  )
}

function taken({ status, asked, cause }: Context): DomainError {
  if (/object is being deleted/.test(status.message))
    return new DomainError('conflict', `${capital(objectOf(asked))} is still being deleted; try again in a moment`, {
      cause,
    })
  if (status.reason === 'AlreadyExists')
    return new DomainError('exists', `${capital(objectOf(asked))} exists already`, { cause })
  return new DomainError('conflict', `${capital(objectOf(asked))} was changed by somebody else meanwhile; try again`, {
    cause,
  })
}

const invalid = ({ causes, message }: Status): string =>
  causes.length === 0 ? message : causes.map(cause => `${cause.field}: ${cause.message}`).join('; ')
