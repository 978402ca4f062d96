import type { FastifyReply, FastifyRequest } from 'fastify'
import { printable } from '../platform/printable.ts'
import { toolOf } from './access.ts'
import type { Metrics } from './metrics.ts'
import { streamedBytes } from './streams.ts'

/** Said where the client went away before its answer was complete. */
export const clientGone = 499

/** The id of the operation that a request is, or `none`. */
export const operationOf = (request: FastifyRequest): string => {
  const id: unknown = Reflect.get(request.routeOptions.config, 'operation')
  return typeof id === 'string' ? id : 'none'
}

const isProbe = (operation: string) => operation === 'health' || operation === 'metrics'

const bytesOf = (reply: FastifyReply): number =>
  streamedBytes(reply.raw) ?? Number(reply.getHeader('content-length') ?? 0)

/** The path for the log, without the query, which is the client's own business. */
const pathOf = (url: string): string => printable(url.split('?', 1)[0] ?? '', 200)

/** Calls `done` once when the answer is complete, or the connection is gone; counts and logs the request then. */
export function followRequest(request: FastifyRequest, reply: FastifyReply, { metrics, done }: Following): void {
  const { remoteAddress: address } = request.raw.socket
  reply.raw.once('close', () => {
    done()
    const operation = operationOf(request)
    const status = reply.raw.writableFinished ? reply.statusCode : clientGone
    const milliseconds = reply.elapsedTime
    metrics.observe({ operation, status, ...(isStream(reply) ? {} : { seconds: milliseconds / 1000 }) })
    const facts = {
      address,
      tool: toolOf(request),
      operation,
      method: request.method,
      path: pathOf(request.url),
      status,
      duration_ms: Math.round(milliseconds * 10) / 10,
      bytes: bytesOf(reply),
    }
    request.log[isProbe(operation) ? 'debug' : 'info'](facts, 'answered')
  })
}

const isStream = ({ raw }: FastifyReply) => streamedBytes(raw) !== undefined

export interface Following {
  readonly metrics: Metrics
  readonly done: () => void
}
