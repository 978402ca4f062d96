import type { IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import type { WireReply, WireRequest } from '../contract/client.ts'
import { lines } from './lines.ts'

/** One request and its answer, without a second try. */
export interface Attempt {
  readonly wire: WireRequest
  readonly url: URL
  readonly agent: Agent
  readonly userAgent: string
  /** Milliseconds without a sign of life after which it is given up; undefined for what may be silent. */
  readonly silence: number | undefined
  /** Whether the answer is handed over as it comes. */
  readonly stream: boolean
  readonly signal: AbortSignal | undefined
}

/** Milliseconds for the way there: name, TCP and TLS. */
const connectLimit = 10_000

/** No answer: `sent` says whether the service may have got the request. */
export class NoAnswer extends Error {
  readonly sent: boolean

  constructor(cause: unknown, sent: boolean) {
    super('no answer', { cause })
    this.name = 'NoAnswer'
    this.sent = sent
  }
}

/** The answer and what its headers say. */
export interface Answer extends WireReply {
  readonly requestId: string | undefined
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | undefined
}

/** @throws NoAnswer */
export async function exchange(attempt: Attempt): Promise<Answer> {
  const { wire, url, agent, signal, silence, stream } = attempt
  let sent = false
  let tooLate: Error | undefined
  const answered = Promise.withResolvers<IncomingMessage>()
  const outgoing = request(url, {
    agent,
    method: wire.method,
    headers: headersOf(attempt),
    ...(signal === undefined ? {} : { signal }),
  })
  const giveUp = () => {
    tooLate = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
    outgoing.destroy(tooLate)
  }
  const connecting = setTimeout(giveUp, Math.min(connectLimit, silence ?? connectLimit))
  const connected = () => {
    sent = true
    clearTimeout(connecting)
    if (silence !== undefined) outgoing.setTimeout(silence, giveUp)
  }
  outgoing.on('socket', socket => {
    if (outgoing.reusedSocket) connected()
    else socket.once('secureConnect', connected)
  })
  outgoing.on('response', answered.resolve)
  outgoing.on('error', answered.reject)
  outgoing.on('close', () => clearTimeout(connecting))
  outgoing.end(wire.body)
  try {
    return await read(await answered.promise, !stream)
  } catch (error) {
    throw new NoAnswer(tooLate ?? error, sent)
  }
}

function headersOf({ wire, userAgent }: Attempt): Record<string, string> {
  const common = { 'user-agent': userAgent, accept: '*/*' }
  if (wire.body !== undefined) {
    return { ...common, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(wire.body)) }
  }
  return wire.method === 'GET' ? common : { ...common, 'content-length': '0' }
}

/** What is not a stream is read here, so that an answer cut short counts as none. */
async function read(response: IncomingMessage, whole: boolean): Promise<Answer> {
  const status = response.statusCode ?? 0
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  const head = {
    status,
    requestId: headerText(response.headers['x-request-id']),
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  }
  const body: AsyncIterable<Uint8Array> = response
  if (!whole && status === 200) {
    return { ...head, text: () => textOf(body), lines: () => lines(body) }
  }
  const text = await textOf(body)
  return { ...head, text: async () => text, lines: () => lines(once(text)) }
}

const headerText = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
