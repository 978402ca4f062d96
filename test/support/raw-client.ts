import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'

/** Where a server is, and the CA (PEM) that its certificate is checked with. */
export interface Endpoint {
  url: string
  ca: string
}

/** A client certificate and its key, both PEM. */
export interface ClientKeys {
  certificate: string
  key: string
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  /** The body as it came. */
  text: string
  /** The body read as JSON; undefined when it is none. */
  body: unknown
}

export interface CallOptions {
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown
  /** Content type of the body; `application/json` when not given. */
  type?: string
  headers?: Record<string, string>
}

/** A reply whose lines come one by one; `close` ends the connection. */
export interface LineStream {
  status: number
  headers: IncomingHttpHeaders
  lines: AsyncIterable<string>
  close(): void
}

/** HTTPS with a client certificate by node:https and nothing of ours, so that a treaty written with it shares no bug. */
export interface RawClient {
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  stream(path: string): Promise<LineStream>
  /** How many replies said 501 (Not Implemented) so far, by method and path. */
  notImplemented: string[]
  close(): void
}

/** A call that gets no answer for this long fails. */
const silenceMs = 30_000

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readAll(message: IncomingMessage): Promise<string> {
  message.setEncoding('utf8')
  let text = ''
  for await (const chunk of message) text += chunk
  return text
}

const payloadOf = (body: unknown): string | undefined =>
  body === undefined || typeof body === 'string' ? body : JSON.stringify(body)

const payloadHeaders = (payload: string | undefined, type = 'application/json'): Record<string, string> =>
  payload === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(payload)) }

export function createRawClient(endpoint: Endpoint, keys?: ClientKeys): RawClient {
  const identity = keys === undefined ? {} : { cert: keys.certificate, key: keys.key }
  const agent = new Agent({ ca: endpoint.ca, keepAlive: true, ...identity })
  const notImplemented: string[] = []

  const open = (method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = payloadOf(options.body)
      const headers = { accept: 'application/json', ...payloadHeaders(payload, options.type), ...options.headers }
      const call = request(new URL(path, endpoint.url), { method, agent, headers }, message => {
        if (message.statusCode === 501) notImplemented.push(`${method} ${path}`)
        resolve(message)
      })
      call.setTimeout(silenceMs, () => call.destroy(new Error(`${method} ${path}: no answer for ${silenceMs} ms`)))
      call.on('error', reject)
      call.end(payload)
    })

  return {
    notImplemented,
    async call(method, path, options) {
      const message = await open(method, path, options)
      const text = await readAll(message)
      return { status: message.statusCode ?? 0, headers: message.headers, text, body: parsed(text) }
    },
    async stream(path) {
      const message = await open('GET', path)
      message.on('error', () => undefined)
      const lines = createInterface({ input: message, crlfDelay: Number.POSITIVE_INFINITY })
      // It sees the end of what it reads, and not that it was cut off.
      message.once('close', () => lines.close())
      return { status: message.statusCode ?? 0, headers: message.headers, lines, close: () => void message.destroy() }
    },
    close: () => agent.destroy(),
  }
}
