import type { RequestListener, Server } from 'node:http'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
  fastify,
  LogController,
} from 'fastify'
import { DomainError, errorStatus } from '../contract/errors.ts'
import { limits } from '../contract/limits.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { uuidv7 } from '../platform/uuid.ts'
import { followRequest } from './access-log.ts'
import { refuseUnreadable } from './client-error.ts'
import { drained } from './drained.ts'
import { domainErrorOf, wireErrorOf } from './errors.ts'
import { createGate } from './gate.ts'
import type { Handlers, OpenHandlers } from './handlers.ts'
import type { LimitsConfig } from './limits-config.ts'
import type { Listener } from './listener.ts'
import type { Metrics } from './metrics.ts'
import { olderRefusal } from './older/shapes.ts'
import { isOlder } from './older/ways.ts'
import { methodsAt } from './paths.ts'
import { mountOperations } from './routes.ts'
import { createWriteRate } from './write-rate.ts'

/** What connections come in by, and who is at their other end. */
export interface Door extends Pick<Listener, 'caller' | 'streamSignal'> {
  serverFactory(handler: RequestListener): Server
}

export interface AppDeps {
  readonly door: Door
  readonly handlers: Handlers
  readonly open: OpenHandlers
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Logger
  /** True while the service tells its clients to go elsewhere. */
  draining(): boolean
  /** What goes on at this moment; written here, read by whoever counts. */
  readonly load: Load
}

/** Requests that are not answered yet, streams among them. */
export interface Load {
  requests: number
  streams: number
}

/** Characters of one part of a path that are still looked at, to be refused by name and not by length. */
const longestParam = 1024

function logRefusal(request: FastifyRequest, error: DomainError): void {
  const { code, message, cause } = error
  if (code === 'internal') request.log.error({ err: cause }, 'failed')
  else if (code === 'unavailable') request.log.warn({ code, reason: message, err: cause }, 'refused')
  else request.log.info({ code, reason: message }, 'refused')
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = domainErrorOf(error)
  // Whose client has gone away gets no answer, and what its going away broke is no failure.
  if (!request.raw.socket.destroyed) logRefusal(request, refusal)
  const { status, headers, body: current } = wireErrorOf(refusal, request.id)
  const body = isOlder(request.url) ? olderRefusal(refusal.message, request.id) : current
  return reply.code(status).headers(headers).type('application/json').serializer(String).send(JSON.stringify(body))
}

function refuseUnknown(request: FastifyRequest, reply: FastifyReply): void {
  const methods = methodsAt(request.url.split('?', 1)[0] ?? '')
  if (methods.length === 0) throw new DomainError('not_found', 'there is nothing at this path')
  reply.header('allow', methods.join(', '))
  throw new DomainError('method_not_allowed', `this path knows ${methods.join(', ')}`)
}

/** The HTTP side of the service, without a port: every operation mounted, every refusal in the one shape. */
export function createApp(config: LimitsConfig, deps: AppDeps): FastifyInstance {
  const { door, metrics, clock, log, load } = deps
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('x-request-id', request.id)
    if (deps.draining()) reply.header('connection', 'close')
    load.requests += 1
    const done = () => {
      load.requests -= 1
    }
    followRequest(request, reply, { metrics, done })
  }

  const serverFactory: FastifyServerFactory = handler => door.serverFactory(handler)
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    serverFactory,
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: () => uuidv7(clock.now()),
    bodyLimit: limits.bodyBytes,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: longestParam },
    return503OnClosing: false,
    frameworkErrors(error, request, reply) {
      begin(request, reply)
      return refuse(error, request, reply)
    },
    clientErrorHandler(error, socket) {
      const requestId = uuidv7(clock.now())
      const { remoteAddress: address } = socket
      const status = refuseUnreadable({ code: error.code, socket, requestId })
      if (status === undefined) return
      metrics.observe({ operation: 'none', status })
      log.info({ request_id: requestId, address, code: error.code, status }, 'unreadable request')
    },
  })
  app.setErrorHandler(refuse)
  app.addHook('onSend', async ({ raw }, { statusCode }) => {
    if (statusCode === errorStatus.too_large) await drained(raw)
  })
  app.addHook('onRequest', async (request, reply) => {
    begin(request, reply)
    if (request.is404) refuseUnknown(request, reply)
  })
  const { requests_per_tool, streams_per_tool, wait_ms, writes_per_minute, write_burst } = config
  mountOperations(app, {
    ...deps,
    overloaded: () => load.requests > config.requests,
    verdict: request => door.caller(request.raw.socket),
    requestMs: config.request_ms,
    streamSignal: request => door.streamSignal(request.raw.socket),
    writes: createWriteRate({ perMinute: writes_per_minute, burst: write_burst }, clock),
    gates: {
      requests: createGate({ most: requests_per_tool, wait: wait_ms, what: 'requests' }, clock),
      streams: createGate({ most: streams_per_tool, wait: wait_ms, what: 'streams' }, clock),
    },
    streamOpened() {
      load.streams += 1
      return () => {
        load.streams -= 1
      }
    },
  })
  return app
}
