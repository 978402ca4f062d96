import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { DomainError } from '../contract/errors.ts'
import { type Input, type Operation, type OperationId, operations, type Reply } from '../contract/operations.ts'
import { withDeadline } from '../platform/deadline.ts'
import type { Logger } from '../platform/log.ts'
import { type AccessDeps, admit, admitOlder, callerKey } from './access.ts'
import type { Gate } from './gate.ts'
import type { Caller, Context, Handlers, OpenHandlers, OpenOperation, ToolOperation } from './handlers.ts'
import { parseForm } from './older/form.ts'
import { type OlderWay, olderParts, olderWays } from './older/ways.ts'
import { isStream, operationIds } from './paths.ts'
import { type StreamOptions, writeStream } from './streams.ts'
import { inputParser } from './validation.ts'
import { sendOnce } from './written-once.ts'

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
    exposeHeadRoute: method === 'GET' && !isStream(id),
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
async function sendStream(reply: FastifyReply, values: AsyncIterable<unknown>, by: StreamedBy): Promise<void> {
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  try {
    await writeStream(reply.raw, values, by)
  } catch (error) {
    by.log.warn({ err: error }, 'a stream broke off')
    reply.raw.destroy()
  }
}

interface StreamedBy extends StreamOptions {
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

/**
 * What `work` resolves to, as long as somebody waits for it: rejects, and fires the signal, when the time is over or the
 * connection is gone. `withDeadline` for ordinary requests, with one signal instead of two: that is felt on short answers.
 */
function whileWaitedFor<T>(
  { raw }: FastifyReply,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const ended = new AbortController()
  const stop = (reason: DomainError): void => {
    reject(reason)
    ended.abort(reason)
  }
  const timer = setTimeout(() => stop(tookTooLong()), milliseconds)
  const onClose = (): void => stop(gone)
  raw.once('close', onClose)
  work(ended.signal).then(resolve, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    raw.off('close', onClose)
  })
}

/** How a request is read for an operation, and how its answer is written. */
interface Wire<Id extends ToolOperation> {
  parse(request: FastifyRequest): Input<Id>
  shape(reply: Reply<Id>): unknown
}

/** The answer to an operation: whole, or streamed. */
function answerFor<Id extends ToolOperation>(id: Id, { parse, shape }: Wire<Id>, deps: RoutesDeps): Answer {
  const { handlers, gates, log } = deps
  const format: Operation['format'] = operations[id].format
  const limit = { milliseconds: deps.requestMs, late: tookTooLong }
  const run: Handlers[Id] = handlers[id]

  const contextOf = (request: FastifyRequest, signal: AbortSignal): Context => ({
    caller: request.getDecorator<Caller>(callerKey),
    // Few handlers have anything to say, and it is no small part of a short answer.
    get log() {
      return log.child({ request_id: request.id })
    },
    requestId: request.id,
    signal,
  })

  async function work(request: FastifyRequest, input: Input<Id>, signal: AbortSignal): Promise<unknown> {
    const context = contextOf(request, signal)
    const leave = await gates.requests.enter(context.caller.tool, signal)
    try {
      return shape(await run(input, context))
    } finally {
      leave()
    }
  }

  async function answerOnce(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const input = parse(request)
    return sendOnce(reply, await whileWaitedFor(reply, deps.requestMs, signal => work(request, input, signal)))
  }

  const answerStream = (form: StreamOptions['format']) => async (request: FastifyRequest, reply: FastifyReply) => {
    const input = parse(request)
    const signal = AbortSignal.any([untilAnswered(reply), deps.streamSignal(request)])
    const context = contextOf(request, signal)
    const leave = await gates.streams.enter(context.caller.tool, signal)
    const closed = deps.streamOpened()
    try {
      // The contract's table says that this operation's reply is one of many values.
      const values = (await withDeadline({ ...limit, signal }, () => run(input, context))) as AsyncIterable<unknown>
      // Its time was over before it began, and that is answered.
      if (!reply.sent) await sendStream(reply, values, { format: form, signal, log: context.log })
    } finally {
      closed()
      leave()
    }
  }

  return format === 'lines' || format === 'events' ? answerStream(format) : answerOnce
}

function mountForTool<Id extends ToolOperation>(app: FastifyInstance, id: Id, deps: RoutesDeps): void {
  mount(app, id, answerFor(id, { parse: inputParser(id), shape: reply => reply }, deps))
}

/** Registers an operation where older clients look for it. */
function mountOlder<Id extends ToolOperation>(app: FastifyInstance, way: OlderWay<Id>, deps: RoutesDeps): void {
  const { id, method, paths } = way
  const parse = inputParser(id)
  const toolOf = (request: FastifyRequest) => request.getDecorator<Caller>(callerKey).tool
  const wire: Wire<Id> = {
    parse: request => parse(olderParts(request, toolOf(request))),
    shape: reply => way.shape(reply),
  }
  const answer = answerFor(id, wire, deps)
  const exposeHeadRoute = method === 'GET' && !isStream(id)
  for (const url of paths)
    app.route({
      url,
      method,
      exposeHeadRoute,
      config: { operation: id },
      handler: (request, reply) => answer(request, reply.code(operations[id].status)),
    })
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

/** Forms, as clients up to v13 send them. */
function takeForm(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_: FastifyRequest, body: Buffer) => {
      const text = decoded(body)
      if (text === undefined) throw new DomainError('bad_request', 'the form is not UTF-8')
      return parseForm(text)
    },
  )
}

/** Whatever body comes is not looked at. */
function takeNone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_, payload, done) => {
    payload.resume()
    done(null)
  })
}

type Take = (app: FastifyInstance) => void

/** A part of the service where bodies are read in one way. */
function part(app: FastifyInstance, take: Take, mountAll: (scope: FastifyInstance) => void): void {
  app.register((scope, _, done) => {
    take(scope)
    mountAll(scope)
    done()
  })
}

const takes: Record<'form' | 'json' | 'none', Take> = { form: takeForm, json: takeJson, none: takeNone }

/** Mounts every operation of the contract: those open to everybody, and those for a tool behind the one rule of access. */
export function mountOperations(app: FastifyInstance, deps: RoutesDeps): void {
  app.decorateRequest(callerKey, null)
  part(app, takeNone, scope => {
    for (const id of operationIds) if (isOpen(id)) mountOpen(scope, id, deps)
  })
  app.register((scope, _, done) => {
    scope.addHook('onRequest', async request => admit(request, deps))
    const ids = operationIds.filter(isForTool)
    for (const body of ['json', 'none'] as const)
      part(scope, takes[body], inner => {
        for (const id of ids)
          if ((operations[id].body !== undefined) === (body === 'json')) mountForTool(inner, id, deps)
      })
    done()
  })
  app.register((scope, _, done) => {
    scope.addHook('onRequest', async request => admitOlder(request, deps))
    for (const body of ['form', 'json', 'none'] as const)
      part(scope, takes[body], inner => {
        for (const way of olderWays) if ((way.body ?? 'none') === body) mountOlder(inner, way, deps)
      })
    done()
  })
}
