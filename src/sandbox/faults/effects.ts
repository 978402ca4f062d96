import type { Clock } from '../../platform/clock.ts'
import { type Connection, Cut } from '../connections.ts'
import { json, type Reply, refusal, type Sink } from '../reply.ts'
import { expired, StatusError } from '../status.ts'
import type { Effect, Fault } from './fault.ts'

/** What a fault strikes. */
export interface Struck {
  fault: Fault
  connection: Connection
  /** Aborted when the client has gone. */
  signal: AbortSignal
  isWatch: boolean
  /** Carries the request out. */
  proceed(): Promise<Reply>
}

export interface EffectDeps {
  /** The machine's: who waits for an answer waits by it. */
  machine: Clock
  random: () => number
}

const reasons: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden: a fault was asked for'],
  404: ['NotFound', 'the server could not find the requested resource'],
  409: [
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ],
  410: ['Expired', 'The resourceVersion for the provided request is too old.'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: ['InternalError', 'Internal error occurred: a fault was asked for'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
}

function statusOf({ code = 500, retry_after_s, message }: Fault): StatusError {
  const [reason, usual] = reasons[code] ?? [undefined, `a fault was asked for (${code})`]
  return new StatusError({
    code,
    ...(reason === undefined ? {} : { reason }),
    message: message ?? usual,
    ...(retry_after_s === undefined ? {} : { details: { retryAfterSeconds: retry_after_s } }),
  })
}

/** Until the client leaves. */
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** What a watch is told whose version is no longer known; a list is refused. */
export const expiredError = expired('The resourceVersion for the provided watch is too old.')
export const expiredEvent = (): Uint8Array =>
  Buffer.from(`${JSON.stringify({ type: 'ERROR', object: expiredError.status })}\n`)

const expiredReply = (isWatch: boolean): Reply =>
  isWatch ? json(200, expiredEvent().toString()) : refusal(expiredError)

/** An answer of a known length that comes in pieces. */
function inPieces(reply: Reply, send: (body: Buffer, sink: Sink) => Promise<void>): Reply {
  if (typeof reply.body !== 'string') return reply
  const body = Buffer.from(reply.body)
  return {
    ...reply,
    headers: { ...reply.headers, 'content-length': String(body.length) },
    body: sink => send(body, sink),
  }
}

const piecesPerSecond = 10

function slowed(reply: Reply, bytesPerSecond: number, machine: Clock): Reply {
  const size = Math.ceil(bytesPerSecond / piecesPerSecond)
  return inPieces(reply, async (body, sink) => {
    for (let sent = 0; sent < body.length; sent += size) {
      sink.write(body.subarray(sent, sent + size))
      await machine.sleep((1000 * size) / bytesPerSecond, sink.signal)
    }
  })
}

/** Half of it comes. */
const truncated = (reply: Reply, machine: Clock): Reply =>
  inPieces(reply, async (body, sink) => {
    sink.write(body.subarray(0, body.length / 2))
    // What is written goes out before the stream is reset, else none of it would.
    await machine.sleep(20, sink.signal)
    throw new Cut()
  })

/** Does to a request what its fault says. @throws Cut, or the signal's reason when the client has left */
export async function suffer(struck: Struck, { machine, random }: EffectDeps): Promise<Reply> {
  const { fault, connection, signal, isWatch } = struck
  const { latency_ms = 0, jitter_ms = 0, effect = 'none', bytes_per_second = 1000 } = fault
  const done = fault.after ? await struck.proceed() : undefined
  const wait = latency_ms + random() * jitter_ms
  if (wait > 0) await machine.sleep(wait, signal)
  const proceed = async (): Promise<Reply> => done ?? (await struck.proceed())
  const acts: Record<Effect, () => Promise<Reply> | Reply> = {
    none: proceed,
    answer: () => refusal(statusOf(fault)),
    cut: () => {
      throw new Cut()
    },
    reset: () => {
      connection.reset()
      return never(signal)
    },
    hang: () => never(signal),
    goaway: () => {
      connection.drain()
      return proceed()
    },
    black_hole: () => {
      connection.silence()
      return never(signal)
    },
    expired: () => expiredReply(isWatch),
    slow: async () => slowed(await proceed(), bytes_per_second, machine),
    truncate: async () => truncated(await proceed(), machine),
  }
  return acts[effect]()
}
