import type { X509Certificate } from 'node:crypto'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { parseBundle } from '../pki/bundle.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { ApiRequest } from './api.ts'
import { currentUser, type Identity, identify, isOnlyUntimely, type User } from './authenticate.ts'
import { readBody } from './body.ts'
import { type Connection, type Connections, Cut, createConnections, cutOff } from './connections.ts'
import { type Reply, refusal, type Sink } from './reply.ts'
import { internal, StatusError, unauthorized } from './status.ts'

export interface TlsFiles {
  /** PEM of one or more CAs for clients. */
  client_ca: string
  certificate: string
  key: string
}

/** Answers a request, which came on this connection. */
export type Answer = (request: ApiRequest, connection: Connection) => Promise<Reply>

export interface ServerDeps {
  /** By which certificates are valid. */
  clock: Clock
  /** By which clients are waited for; absent: the same. */
  machine?: Clock
  log: Logger
  connections?: Connections
  /** Whose a bearer token is; absent: nobody is known by one. */
  userOfToken?: (token: string) => User | undefined
  answer: Answer
}

export interface Server {
  listen(host: string, port: number): Promise<AddressInfo>
  /** Ends streams at once, and connections as soon as they have their answers. */
  close(): Promise<void>
}

/** HTTP/2 and HTTP/1.1 over TLS; a client may show a certificate or none. */
export function createServer(tls: TlsFiles, deps: ServerDeps): Server {
  const { machine = deps.clock, connections = createConnections() } = deps
  const running = new Map<Promise<void>, AbortController>()
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
  const identityOf = createIdentities(deps.log, parseBundle(tls.client_ca))

  serveOnly(server, socket => connections.admit(socket))
  server.on('request', (request, response) => {
    const leave = new AbortController()
    const connection = connections.of(request)
    const done = exchange({ ...deps, machine, leave, identityOf, connection }, request, response)
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
      await Promise.race([Promise.allSettled(running.keys()), machine.sleep(1000)])
      connections.destroy()
      await closed
    },
  }
}

/** TLS begins only with those that are admitted. */
function serveOnly(server: Http2SecureServer, admit: (socket: Socket) => boolean): void {
  const begin = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (admit(socket)) for (const listener of begin) listener.call(server, socket)
    else socket.on('error', () => {})
  })
}

/** Limits for HTTP/1.1; HTTP/2 has its own, and bodies have a deadline in both. */
function limitSlowClients(server: Http2SecureServer): void {
  Object.assign(server, { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 120_000 })
}

type IdentityOf = (request: Http2ServerRequest) => Identity | undefined

/** Certificates are read once for each connection. */
function createIdentities(log: Logger, authorities: readonly X509Certificate[]): IdentityOf {
  const known = new WeakMap<object, Identity | undefined | StatusError>()
  const read = (socket: Socket): Identity | undefined | StatusError => {
    if (!(socket instanceof TLSSocket)) return undefined
    try {
      const certificate = socket.getPeerX509Certificate()
      const isUntimely =
        certificate !== undefined && isOnlyUntimely(certificate, socket.authorizationError, authorities)
      return identify({ certificate, authorized: socket.authorized || isUntimely })
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
  machine: Clock
  connection: Connection
  /** Aborted when the client has gone or the server stops. */
  leave: AbortController
  identityOf: IdentityOf
}

/** One request and its answer; never rejects. */
async function exchange(deps: Exchange, request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const { log, leave, connection } = deps
  const { signal } = leave
  const outlet = { response, signal, connection }
  response.once('close', () => leave.abort(left))
  const ignore = (error: Error): void => log.debug({ err: error }, 'a client went away')
  request.on('error', ignore)
  response.on('error', ignore)
  try {
    const reply = await replyTo(deps, request, signal)
    await send(reply, outlet)
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof Cut) return cutOff(response)
    log.error({ err: error, url: request.url }, 'an answer failed')
    if (response.headersSent) cutOff(response)
    else await send(refusal(internal()), outlet)
  }
}

async function replyTo(
  { clock, machine, answer, identityOf, connection, userOfToken = () => undefined }: Exchange,
  request: Http2ServerRequest,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    const header = (name: string): string | undefined => {
      const value = request.headers[name]
      return Array.isArray(value) ? value[0] : value
    }
    const { method, url } = request
    const credentials = { identity: () => identityOf(request), authorization: header('authorization') }
    const user = currentUser(credentials, { now: clock.now(), userOf: userOfToken })
    return await answer({ method, url, user, header, signal, body: () => readBody(request, machine) }, connection)
  } catch (error) {
    if (error instanceof StatusError) return refusal(error)
    throw error
  }
}

/** Text of clients comes back in warnings: nothing in it may end the header. */
const warning = (text: string): string => `299 - "${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`

interface Outlet {
  response: Http2ServerResponse
  signal: AbortSignal
  connection: Connection
}

async function send(reply: Reply, outlet: Outlet): Promise<void> {
  const { response, signal, connection } = outlet
  if (connection.silent) return untilAborted(signal)
  const { code, type, body, headers = {}, warnings = [] } = reply
  const all: Record<string, string | string[]> = {
    'content-type': type,
    'cache-control': 'no-cache, private',
    ...headers,
    ...(connection.last ? { connection: 'close' } : {}),
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
  await body(sinkOf(outlet))
  if (connection.silent) return untilAborted(signal)
  response.end()
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

function sinkOf({ response, signal, connection }: Outlet): Sink {
  const channel = response.stream ?? response
  return {
    signal,
    write: chunk => {
      if (!signal.aborted && !connection.silent) response.write(chunk)
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
