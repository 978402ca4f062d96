import type { FastifyRequest } from 'fastify'
import { DomainError } from '../contract/errors.ts'
import type { Verdict } from '../pki/identity.ts'
import { printable } from '../platform/printable.ts'
import type { Caller } from './handlers.ts'
import { comesFromElsewhere } from './origin.ts'
import type { WriteRate } from './write-rate.ts'

/** The name of the one thing that a request is decorated with. */
export const callerKey = 'caller'

/** The tool that calls, once it is admitted; some refusals come before that. */
export function toolOf(request: FastifyRequest): string | undefined {
  const caller: Caller | null | undefined = Reflect.get(request, callerKey)
  return caller?.tool
}

export interface AccessDeps {
  verdict(request: FastifyRequest): Verdict
  readonly writes: WriteRate
  /** True while there are more requests than this instance takes on. */
  overloaded(): boolean
}

const isRead = (method: string) => method === 'GET' || method === 'HEAD'

const toolInPath = (request: FastifyRequest): string => {
  const { params } = request
  return typeof params === 'object' && params !== null ? String(Reflect.get(params, 'tool')) : ''
}

/**
 * The rule of every operation for a tool: the certificate of this connection says who calls, and it must be the tool of the
 * path. Looked at before anything else of the request is.
 * @throws DomainError not_verified, not_allowed, tool_mismatch, unavailable, too_many
 */
export function admit(request: FastifyRequest, deps: AccessDeps): void {
  const tool = identify(request, deps)
  const asked = toolInPath(request)
  if (asked !== tool) {
    const text = `the certificate is that of the tool "${tool}", and the path is for "${printable(asked, 64)}"`
    throw new DomainError('tool_mismatch', text)
  }
  admitLoad(request, tool, deps)
}

/** The same for the paths of older clients, which name no tool: it is the certificate's. */
export function admitOlder(request: FastifyRequest, deps: AccessDeps): void {
  admitLoad(request, identify(request, deps), deps)
}

/** Notes who calls, and gives the tool. */
function identify(request: FastifyRequest, { verdict }: AccessDeps): string {
  const decided = verdict(request)
  if (!decided.allow) throw new DomainError(decided.code, decided.reason)
  const { tool, fingerprint, notAfter } = decided
  request.setDecorator<Caller>(callerKey, { tool, fingerprint, notAfter })
  return tool
}

function admitLoad(request: FastifyRequest, tool: string, { writes, overloaded }: AccessDeps): void {
  if (overloaded()) throw new DomainError('unavailable', 'too many requests are open; try again', { retryAfter: 1 })
  if (isRead(request.method)) return
  if (comesFromElsewhere(request.headers))
    throw new DomainError('not_allowed', 'a web page from elsewhere may not change anything here')
  writes.take(tool)
}
