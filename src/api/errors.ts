import { DomainError, type ErrorCode, errorStatus } from '../contract/errors.ts'
import type { Refusal } from '../contract/schemas.ts'

/** A refusal as it goes over the wire. */
export interface WireError {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Refusal
}

/** What the HTTP framework throws by itself, in our words. */
const frameworkErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'the request body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['bad_request', 'send the body as JSON, with "Content-Type: application/json"'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'the body is not as long as its Content-Length says'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['bad_request', 'the body must be a JSON object, and it is empty'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['bad_request', 'the body is not JSON'],
  FST_ERR_BAD_URL: ['bad_request', 'the path has a malformed percent sequence'],
  FST_ERR_MAX_PARAM_LENGTH: ['bad_request', 'a name in the path is too long'],
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Any error as one of the closed table; what is not known to it becomes `internal`, its cause kept for the log only. */
export function domainErrorOf(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  const known = frameworkErrors[codeOf(error)]
  if (known !== undefined) return new DomainError(known[0], known[1], { cause: error })
  const text = 'the service failed at this, and its operators can see why by the request_id of this answer'
  return new DomainError('internal', text, { cause: error })
}

/** Seconds after which an unavailable service may be asked again, when nothing else is said. */
const defaultRetryAfter = 5

/** The one mapping from a refusal to status, headers and body; a message of several lines becomes several errors. */
export function wireErrorOf(error: unknown, requestId: string): WireError {
  const { code, message, retryAfter } = domainErrorOf(error)
  const after = retryAfter ?? (code === 'unavailable' || code === 'too_many' ? defaultRetryAfter : undefined)
  return {
    code,
    status: errorStatus[code],
    headers: after === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(after))) },
    body: { error: message.split('\n'), code, request_id: requestId },
  }
}
