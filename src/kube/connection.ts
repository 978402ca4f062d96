import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { DomainError } from '../contract/errors.ts'
import { type Clock, systemClock } from '../platform/clock.ts'
import { withDeadline } from '../platform/deadline.ts'
import { version } from '../platform/version.ts'
import type { ControlPlane } from './config.ts'
import { type Asked, Expired, refusalOf, unavailable } from './status.ts'
import { createClient, defaultPingMs, type Identity, parseJson, readBytes, readJson } from './transport.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query. */
  path: string
  body?: object
  /** Of the body; plain JSON where nothing is said. */
  contentType?: string
  /** For the text of a refusal. */
  asked: Asked
  signal?: AbortSignal | undefined
}

/** An answer that may come in another format than JSON. */
export interface Answer {
  /** Its content type, without parameters. */
  type: string
  bytes: Buffer
}

export interface StreamCall extends Call {
  /** Called when the answer has begun. */
  onBegun?: (() => void) | undefined
  /**
   * Whether it ends, without an error, once a newer connection is made: the older one is then being left (GOAWAY), and nobody
   * looks any more whether it is alive. For streams that can go on where they were.
   */
  moves?: boolean
}

/** The API server as asked in one name. What only reads is tried once more when the connection is lost. */
export interface Connection {
  /** The answer, parsed. @throws DomainError, Expired, or the signal's reason */
  json(call: Call): Promise<unknown>
  /** The answer in this format, or in JSON where the server does not have it. @throws like `json` */
  bytes(call: Call & { accept: string }): Promise<Answer>
  /** An answer without an end, from when it has begun; to leave the loop ends it, and so does the signal. @throws like `json` */
  stream(call: StreamCall): AsyncGenerator<Uint8Array, void, undefined>
  /** Calls and streams under way. */
  readonly active: number
  /** When the server last gave a sign of life over the newest connection, by the clock, in milliseconds. */
  readonly heardAt: number
  /**
   * Ends the connection with an error for all that runs over it; the next call makes another. For one that is silent; a call
   * that is late does it by itself when it finds that nothing has come for so long, or that no call has been answered for much
   * longer, whatever signs of life there are.
   */
  cut(): void
  /** Ends the connection and all that runs over it. */
  close(): Promise<void>
}

/** How many times longer than in silence a connection is kept on which pings are answered, and calls are not. */
const longestDrought = 3

/** Streams at once: the connection carries 100 requests, and calls must find room beside them. */
export const mostStreams = 64

export function createConnection(
  plane: ControlPlane,
  identity: Identity,
  clock: Pick<Clock, 'now'> = systemClock,
): Connection {
  let active = 0
  let streams = 0
  let heardAt = clock.now()
  /** When a call was late first, since one was answered or another connection made. */
  let lateSince: number | undefined
  let newest: Socket | undefined
  /** Ends the streams that move. */
  const moves = new Set<() => void>()
  const agent = `${plane.agent ?? 'toolforge-jobs-api'}/${version}`
  const heard = (): void => {
    heardAt = clock.now()
  }
  const connected = (socket: Socket): void => {
    const isLeft = newest !== undefined && !newest.destroyed
    newest = socket
    lateSince = undefined
    heard()
    if (!isLeft) return
    for (const move of moves) move()
    moves.clear()
  }
  const client = createClient(plane, identity, { signs: { connected, heard }, clock })

  async function send(call: Call & { accept?: string }, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const token = 'token' in identity ? { authorization: `Bearer ${await identity.token()}` } : {}
    const content = call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }
    const response = await client.request({
      method: call.method,
      path: call.path,
      headers: { accept: accepted(call), 'user-agent': agent, ...token, ...content },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    })
    // Who asked may be gone by now, and an error that nobody listens to would end the process.
    response.body.on('error', () => {})
    lateSince = undefined
    heard()
    return response
  }

  const cut = (): void => {
    newest?.destroy(new Error('the server gives no sign of life'))
  }
  // A server that lives answers pings, however long it takes for a call.
  const longestSilence = Math.max(plane.timeout_ms, 2 * (plane.ping_ms ?? defaultPingMs))
  const late = (): DomainError => {
    const now = clock.now()
    lateSince ??= now
    if (now - heardAt >= longestSilence || now - lateSince >= longestDrought * longestSilence) cut()
    return unavailable('The cluster does not answer')
  }
  const deadline = ({ signal }: Call) => ({ milliseconds: plane.timeout_ms, signal, late })

  const answer = (call: Call & { accept?: string }): Promise<Answer> =>
    withDeadline(deadline(call), async signal => {
      const response = await send(call, signal)
      const bytes = await readBytes(response)
      if (response.statusCode >= 300) throw refused(response, parseJson(bytes), call)
      return { type: String(response.headers['content-type']).split(';', 1)[0] ?? '', bytes }
    })

  async function counted(call: Call & { accept?: string }): Promise<Answer> {
    active++
    try {
      return await readTwice(call, () => answer(call))
    } finally {
      active--
    }
  }

  async function begin(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData['body']> {
    const response = await withDeadline(deadline(call), () => send(call, signal))
    if (response.statusCode < 300) return response.body
    throw refused(response, await withDeadline(deadline(call), () => readJson(response)), call)
  }

  async function* chunksOf(call: StreamCall, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const body = await readTwice(call, () => begin(call, signal))
    call.onBegun?.()
    for await (const chunk of body) {
      heard()
      if (chunk instanceof Uint8Array) yield chunk
    }
  }

  return {
    get active() {
      return active
    },
    async json(call) {
      const body = parseJson((await counted(call)).bytes)
      if (body === undefined) throw unavailable('The answer of the cluster cannot be read')
      return body
    },
    bytes: counted,
    get heardAt() {
      return heardAt
    },
    cut,
    async *stream(call) {
      if (streams >= mostStreams) throw unavailable('Too many logs and lists of the tool are being followed')
      const ended = new AbortController()
      const signal = AbortSignal.any([ended.signal, ...(call.signal === undefined ? [] : [call.signal])])
      let moved = false
      const move = (): void => {
        moved = true
        ended.abort()
      }
      if (call.moves === true) moves.add(move)
      active++
      streams++
      try {
        yield* chunksOf(call, signal)
      } catch (error) {
        if (isMoved(moved, call)) return
        throw explained(error, call)
      } finally {
        moves.delete(move)
        ended.abort()
        active--
        streams--
      }
    },
    close: () => client.destroy(),
  }
}

const accepted = ({ accept }: { accept?: string }): string =>
  accept === undefined ? 'application/json' : `${accept}, application/json`

function refused({ statusCode, headers }: Dispatcher.ResponseData, body: unknown, { asked }: Call): Error {
  const seconds = Number(headers['retry-after'])
  return refusalOf({ status: statusCode, body, retryAfter: Number.isInteger(seconds) ? seconds : undefined }, asked)
}

async function readTwice<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (call.method !== 'GET' || !isLost(error, call)) throw explained(error, call)
  }
  try {
    return await work()
  } catch (error) {
    throw explained(error, call)
  }
}

/** Neither an answer, nor a bug, nor the caller's will: the network's or the server's fault. */
const isLost = (error: unknown, { signal }: Call): boolean =>
  !(error instanceof DomainError || error instanceof Expired || error instanceof TypeError || signal?.aborted === true)

const isMoved = (moved: boolean, { signal }: Call): boolean => moved && signal?.aborted !== true

function explained(error: unknown, call: Call): unknown {
  if (!isLost(error, call)) return error
  const message =
    call.method === 'GET'
      ? 'The cluster cannot be reached'
      : 'The connection to the cluster was lost before it answered, so what was asked may have been done or not'
  return unavailable(message, error)
}
