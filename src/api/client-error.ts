import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { DomainError } from '../contract/errors.ts'
import { wireErrorOf } from './errors.ts'

/** What Node's HTTP parser gave up on, as a refusal. */
function refusalOf(code: string | undefined): DomainError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new DomainError('headers_too_large', "the request's path and headers are too large")
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new DomainError('request_timeout', 'the request did not arrive in time')
  return new DomainError('bad_request', 'this is not an HTTP request')
}

/** True while an answer is being written on this connection: another one in its middle would be taken for a part of it. */
const isAnswering = (socket: Socket): boolean => {
  const answer: unknown = Reflect.get(socket, '_httpMessage')
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'headersSent') === true
}

export interface ParserFailure {
  readonly code: string | undefined
  readonly socket: Socket
  readonly requestId: string
}

/**
 * Answers a request that the parser could not read, in the one shape, and ends the connection.
 * Returns the status, or undefined where nothing could be said.
 */
export function refuseUnreadable({ code, socket, requestId }: ParserFailure): number | undefined {
  if (code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return undefined
  }
  const { status, body } = wireErrorOf(refusalOf(code), requestId)
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
  return status
}
