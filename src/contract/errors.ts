/**
 * The closed table of refusals: what a client may be told, and the HTTP status that goes with it.
 * Nothing else leaves the service; anything not in here is a bug or the world, and is answered as `internal`.
 */
export const errorStatus = {
  bad_request: 400,
  not_verified: 401,
  not_allowed: 403,
  tool_mismatch: 403,
  quota: 403,
  admission: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  exists: 409,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof errorStatus

/** What a refusal adds to its code and text. */
export interface ErrorDetails {
  /** The error underneath: logged, never shown. */
  cause?: unknown
  /** Seconds after which the same call may go through; sent as Retry-After. */
  retryAfter?: number
}

/** A refusal that a client may read: what is wrong, with which thing, and what to do about it. */
export class DomainError extends Error {
  readonly code: ErrorCode
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, message: string, { cause, retryAfter }: ErrorDetails = {}) {
    super(message, { cause })
    this.name = 'DomainError'
    this.code = code
    this.retryAfter = retryAfter
  }
}

/** Whether an error is a refusal with one of these codes. */
export const isRefusal = (error: unknown, ...codes: readonly ErrorCode[]): error is DomainError =>
  error instanceof DomainError && codes.includes(error.code)
