import type { Status, StatusError } from './status.ts'

/** Where the pieces of a stream go. */
export interface Sink {
  write(chunk: Uint8Array): void
  /** Bytes that the client has not taken yet. */
  backlog(): number
  /** Resolves when the client has taken what was written, or is gone. */
  drained(): Promise<void>
  /** Aborted when the client has gone or the server stops. */
  signal: AbortSignal
}

export interface Reply {
  code: number
  type: string
  body: string | ((sink: Sink) => Promise<void>)
  headers?: Readonly<Record<string, string>>
  /** Sent as Warning headers, which kubectl shows to its user. */
  warnings?: readonly string[]
}

export const json = (code: number, body: string): Reply => ({ code, type: 'application/json', body })

export const statusReply = (status: Status, code = 200): Reply => json(code, JSON.stringify(status))

export function refusal({ status }: StatusError): Reply {
  const reply = json(status.code ?? 500, JSON.stringify(status))
  const seconds = status.details?.retryAfterSeconds
  return seconds === undefined ? reply : { ...reply, headers: { 'retry-after': String(seconds) } }
}
