import type { Input, OperationId, Operations, Reply } from '../contract/operations.ts'
import type { Logger } from '../platform/log.ts'

/** Who calls: decided from the connection's certificate, and from nothing else. */
export interface Caller {
  readonly tool: string
  /** SHA-256 of the certificate. */
  readonly fingerprint: string
  /** When the certificate ends, in milliseconds since 1970. */
  readonly notAfter: number
}

/** What a handler of a tool's operation knows of its request. */
export interface Context {
  /** The tool of the path: anybody else was refused before. */
  readonly caller: Caller
  /** Its lines carry the request's id. */
  readonly log: Logger
  readonly requestId: string
  /**
   * Fires when nobody waits for the answer any more: it is given, the request's time is over, or the connection is gone.
   * For a stream also when the caller's certificate is no longer good, and when the service stops.
   */
  readonly signal: AbortSignal
}

/** The operations for a tool, and those open to everybody, which the frame answers by itself. */
export type ToolOperation = { [Id in OperationId]: Operations[Id]['access'] extends 'tool' ? Id : never }[OperationId]
export type OpenOperation = Exclude<OperationId, ToolOperation>

/** One function an operation. What is refused is thrown as DomainError, before the first line of a stream. */
export type Handlers = { readonly [Id in ToolOperation]: (input: Input<Id>, context: Context) => Promise<Reply<Id>> }
export type OpenHandlers = { readonly [Id in OpenOperation]: () => Promise<Reply<Id>> }
