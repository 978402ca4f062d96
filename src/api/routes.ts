import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { DomainError } from '../contract/errors.ts'
import { type Operation, type OperationId, operations, type Reply } from '../contract/operations.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { Logger } from '../platform/log.ts'
import { type AccessDeps, admit, callerKey } from './access.ts'
import type { Gate } from './gate.ts'
import type { Caller, Context, Handlers, OpenHandlers, OpenOperation, ToolOperation } from './handlers.ts'
import { operationIds } from './paths.ts'
import { writeLines } from './streams.ts'
import { inputParser } from './validation.ts'

export interface RoutesDeps extends AccessDeps {
  readonly handlers: Handlers
  readonly open: OpenHandlers
  readonly log: Logger
  /** Ordinary requests and streams of one tool, each bounded. */
  readonly gates: { readonly requests: Gate; readonly streams: Gate }
  /** Fires when this connection's caller is refused from now on, when it closes, and when the service stops. */
  streamSignal(request: FastifyRequest): AbortSignal
  /** Milliseconds for the work on one request; for a stream until it begins. */
  readonly requestMs: number
  /** Called when a stream begins; returns what is called when it ends. */
  streamOpened(): () => void
}

const isOpen = (id: OperationId): id is OpenOperation => operations[id].access === 'open'
const isForTool = (id: OperationId): id is ToolOperation => operations[id].access === 'tool'

const textType = 'text/plain; version=0.0.4; charset=utf-8'

type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Registers an operation at each of its paths. */
function mount(app: FastifyInstance, id: OperationId, answer: Answer): void {
  const { method, paths, status, format, reply }: Operation = operations[id]
  const route: Omit<RouteOptions, 'url'> = {
    method,
    // What the schema of the reply does not name is not written.
    ...(format === 'json' ? { schema: { response: { [status]: reply } } } : {}),
    exposeHeadRoute: method === 'GET' && format !== 'lines',
    config: { operation: id },
    handler: (request, reply) => answer(request, reply.code(status)),
  }
  for (const url of paths) app.route({ ...route, url })
}

function mountOpen<Id extends OpenOperation>(app: FastifyInstance, id: Id, { open }: RoutesDeps): void {
  const run: () => Promise<Reply<Id>> = open[id]
  mount(app, id, (_, reply) => {
    if (operations[id].format === 'text') reply.type(textType)
    return run()
  })
}

/** Takes the response from Fastify and streams into it; what fails on the way cuts the connection, so that it shows. */
async function sendLines(reply: FastifyReply, lines: AsyncIterable<unknown>, by: StreamedBy): Promise<void> {
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  try {
    await writeLines(reply.raw, lines, by.signal)
  } catch (error) {
    by.log.warn({ err: error }, 'a stream broke off')
    reply.raw.destroy()
  }
}

interface StreamedBy {
  readonly signal: AbortSignal
  readonly log: Logger
}

/** Made once: the error that is made otherwise is a good part of what a short answer costs. */
const gone = new DomainError('unavailable', 'the connection is gone')

/**
 * Fires when an answer is complete, or its connection gone. Fastify's own signal is of no use here: for a request with a
 * body it fires when that has been read, and its time limit ends there as well.
 */
function untilAnswered({ raw }: FastifyReply): AbortSignal {
  const ended = new AbortController()
  raw.once('close', () => ended.abort(gone))
  return ended.signal
}

const tookTooLong = () =>
  new DomainError(
    'unavailable',
    'this took too long, and what was asked for may still happen; look before you try again',
  )

function mountForTool<Id extends ToolOperation>(app: FastifyInstance, id: Id, deps: RoutesDeps): void {
  const { handlers, gates, log } = deps
  const parse = inputParser(id)
  const { format }: Operation = operations[id]
  const limit = { milliseconds: deps.requestMs, late: tookTooLong }
  const run: Handlers[Id] = handlers[id]

  const contextOf = (request: FastifyRequest, signal: AbortSignal): Context => ({
    caller: request.getDecorator<Caller>(callerKey),
    log: log.child({ request_id: request.id }),
    requestId: request.id,
    signal,
  })

  async function answerOnce(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const input = parse(request)
    return withDeadline({ ...limit, signal: untilAnswered(reply) }, async signal => {
      const context = contextOf(request, signal)
      const leave = await gates.requests.enter(context.caller.tool, signal)
      try {
        return await run(input, context)
      } finally {
        leave()
      }
    })
  }

  async function answerLines(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const input = parse(request)
    const signal = AbortSignal.any([untilAnswered(reply), deps.streamSignal(request)])
    const context = contextOf(request, signal)
    const leave = await gates.streams.enter(context.caller.tool, signal)
    const closed = deps.streamOpened()
    try {
      // The contract's table says that this operation's reply is one of lines.
      const lines = (await withDeadline({ ...limit, signal }, () => run(input, context))) as AsyncIterable<unknown>
      // Its time was over before it began, and that is answered.
      if (!reply.sent) await sendLines(reply, lines, { signal, log: context.log })
    } finally {
      closed()
      leave()
    }
  }

  mount(app, id, format === 'lines' ? answerLines : answerOnce)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** JSON bodies in strict UTF-8 and no others; a field `__proto__` or `constructor.prototype` is an error. */
function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const text = decoded(body)
    if (text === undefined) return done(new DomainError('bad_request', 'the body is not UTF-8'))
    return parse(request, text, done)
  })
}

/** Whatever body comes is not looked at. */
function takeNone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_, payload, done) => {
    payload.resume()
    done(null)
  })
}

/** Mounts every operation of the contract: those open to everybody, and those for a tool behind the one rule of access. */
export function mountOperations(app: FastifyInstance, deps: RoutesDeps): void {
  app.decorateRequest(callerKey, null)
  app.register((scope, _, done) => {
    takeNone(scope)
    for (const id of operationIds) if (isOpen(id)) mountOpen(scope, id, deps)
    done()
  })
  app.register((scope, _, done) => {
    scope.addHook('onRequest', async request => admit(request, deps))
    const ids = operationIds.filter(isForTool)
    scope.register((inner, _, done) => {
      takeJson(inner)
      for (const id of ids) if (operations[id].body !== undefined) mountForTool(inner, id, deps)
      done()
    })
    scope.register((inner, _, done) => {
      takeNone(inner)
      for (const id of ids) if (operations[id].body === undefined) mountForTool(inner, id, deps)
      done()
    })
    done()
  })
}
