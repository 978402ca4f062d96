import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { ApiRequest } from './api.ts'
import { currentUser, type Identity, identify } from './authenticate.ts'
import { readBody } from './body.ts'
import { type Reply, refusal, type Sink } from './reply.ts'
import { internal, StatusError, unauthorized } from './status.ts'

export interface TlsFiles {
  /** PEM of one or more CAs for clients. */
  client_ca: string
  certificate: string
  key: string
}

export interface ServerDeps {
  clock: Clock
  log: Logger
  answer: (request: ApiRequest) => Promise<Reply>
}

export interface Server {
  listen(host: string, port: number): Promise<AddressInfo>
  /** Ends streams at once, and connections as soon as they have their answers. */
  close(): Promise<void>
}

/** HTTP/2 and HTTP/1.1 over TLS; a client may show a certificate or none. */
export function createServer(tls: TlsFiles, deps: ServerDeps): Server {
  const running = new Map<Promise<void>, AbortController>()
  const sockets = new Set<Socket>()
  const server = createSecureServer({
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    ca: tls.client_ca,
    cert: tls.certificate,
    key: tls.key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 5000,
    maxHeaderListPairs: 100,
    settings: { maxConcurrentStreams: 250, maxHeaderListSize: 64 * 1024 },
  })
  server.maxConnections = 2000
  limitSlowClients(server)
  const identityOf = createIdentities(deps.log)

  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('request', (request, response) => {
    const leave = new AbortController()
    const done = exchange({ ...deps, leave, identityOf }, request, response)
    running.set(done, leave)
    void done.finally(() => running.delete(done))
  })
  // What a client does wrong below HTTP ends its own connection, nothing else.
  server.on('sessionError', error => deps.log.debug({ err: error }, 'a session failed'))
  server.on('tlsClientError', error => deps.log.debug({ err: error }, 'a handshake failed'))
  server.on('clientError', (_error: Error, socket: Socket) => socket.destroy())

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          server.on('error', error => deps.log.error({ err: error }, 'the server failed'))
          const address = server.address()
          if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
          else resolve(address)
        })
      }),
    close: async () => {
      for (const leave of running.values()) leave.abort(left)
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      await Promise.race([Promise.allSettled(running.keys()), deps.clock.sleep(1000)])
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Limits for HTTP/1.1; HTTP/2 has its own, and bodies have a deadline in both. */
function limitSlowClients(server: Http2SecureServer): void {
  Object.assign(server, { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 120_000 })
}

type IdentityOf = (request: Http2ServerRequest) => Identity | undefined

/** Certificates are read once for each connection. */
function createIdentities(log: Logger): IdentityOf {
  const known = new WeakMap<object, Identity | undefined | StatusError>()
  const read = (socket: Socket): Identity | undefined | StatusError => {
    if (!(socket instanceof TLSSocket)) return undefined
    try {
      return identify({ certificate: socket.getPeerX509Certificate(), authorized: socket.authorized })
    } catch (error) {
      log.debug({ err: error, why: socket.authorizationError }, 'a client was not recognised')
      return error instanceof StatusError ? error : unauthorized()
    }
  }
  return request => {
    // Of HTTP/2 the socket is made anew for each request; of HTTP/1.1 there is no session.
    const connection = request.stream?.session ?? request.socket
    const found = known.has(connection)
      ? known.get(connection)
      : read(request.stream?.session?.socket ?? request.socket)
    known.set(connection, found)
    if (found instanceof StatusError) throw found
    return found
  }
}

/** Made once: a fresh one for each request would cost more than many an answer. */
const left = new Error('the client has gone, or the server stops')

interface Exchange extends ServerDeps {
  /** Aborted when the client has gone or the server stops. */
  leave: AbortController
  identityOf: IdentityOf
}

/** One request and its answer; never rejects. */
async function exchange(
  { clock, log, answer, leave, identityOf }: Exchange,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const { signal } = leave
  response.once('close', () => leave.abort(left))
  const ignore = (error: Error): void => log.debug({ err: error }, 'a client went away')
  request.on('error', ignore)
  response.on('error', ignore)
  try {
    const reply = await replyTo({ clock, log, answer, identityOf }, request, signal)
    await send(reply, response, signal)
  } catch (error) {
    if (!signal.aborted) log.error({ err: error, url: request.url }, 'an answer failed')
    if (response.headersSent) response.stream?.close()
    else if (!signal.aborted) await send(refusal(internal()), response, signal)
  }
}

async function replyTo(
  { clock, answer, identityOf }: Omit<Exchange, 'leave'>,
  request: Http2ServerRequest,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const header = (name: string): string | undefined => {
      const value = request.headers[name]
      return Array.isArray(value) ? value[0] : value
    }
    const { method, url } = request
    const user = currentUser(identityOf(request), header('authorization'), clock.now())
    return await answer({ method, url, user, header, signal, body: () => readBody(request, clock) })
  } catch (error) {
    if (error instanceof StatusError) return refusal(error)
    throw error
  }
}

/** Text of clients comes back in warnings: nothing in it may end the header. */
const warning = (text: string): string => `299 - "${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`

async function send(reply: Reply, response: Http2ServerResponse, signal: AbortSignal): Promise<void> {
  const { code, type, body, headers = {}, warnings = [] } = reply
  const all: Record<string, string | string[]> = {
    'content-type': type,
    'cache-control': 'no-cache, private',
    ...headers,
    ...(warnings.length === 0 ? {} : { warning: warnings.map(warning) }),
  }
  if (typeof body === 'string') {
    response.writeHead(code, { ...all, 'content-length': Buffer.byteLength(body) })
    response.end(body)
    return
  }
  response.writeHead(code, all)
  // HTTP/1.1 would hold them back until the first piece.
  if ('flushHeaders' in response && typeof response.flushHeaders === 'function') response.flushHeaders()
  await body(sinkOf(response, signal))
  response.end()
}

function sinkOf(response: Http2ServerResponse, signal: AbortSignal): Sink {
  const channel = response.stream ?? response
  return {
    signal,
    write: chunk => {
      if (!signal.aborted) response.write(chunk)
    },
    backlog: () => channel.writableLength,
    drained: () =>
      new Promise(resolve => {
        if (signal.aborted || !channel.writableNeedDrain) return resolve()
        const end = (): void => {
          response.off('drain', end)
          signal.removeEventListener('abort', end)
          resolve()
        }
        response.once('drain', end)
        signal.addEventListener('abort', end, { once: true })
      }),
  }
}
