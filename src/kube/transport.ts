import { subscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { type ClientHttp2Stream, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { buildConnector, Client, type Dispatcher } from 'undici'
import type { Clock } from '../platform/clock.ts'
import { readAll } from '../platform/read-all.ts'
import type { ControlPlane } from './config.ts'

/** As whom the API server is asked: a certificate and its key (PEM), or a token, read anew for each call. */
export type Identity = { certificate: string; key: string } | { token: () => string | Promise<string> }

/** Bytes of one answer. */
const answerBytes = 32 * 1024 * 1024
const connectMs = 3000
/** Milliseconds. */
export const defaultPingMs = 5000

/** What becomes of the connection itself. */
export interface Signs {
  /** One has been made, in place of that of before. */
  connected(socket: Socket): void
  /** The server has answered a ping. */
  heard(): void
}

export interface ClientDeps {
  signs: Signs
  clock: Pick<Clock, 'now'>
}

/** Milliseconds without another attempt once so many in a row have failed: a server that begins again is not overrun. */
const restMs = 250
const failuresInARow = 2

/**
 * A call that is given up in the moment in which it is sent is answered all the same: the server has not been told. Node makes a
 * new stream of such an answer that belongs to nobody: what comes over it fills the connection's window, and its first error,
 * that of the connection's end, would end the process.
 */
function closeUnclaimed(message: unknown): void {
  if (!isAnswer(message)) return
  message.stream.on('error', () => {})
  message.stream.close(constants.NGHTTP2_CANCEL)
}

/** Streams of our own calls come with the headers of the call. */
const isAnswer = (message: unknown): message is { stream: ClientHttp2Stream } =>
  typeof message === 'object' &&
  message !== null &&
  'headers' in message &&
  typeof message.headers === 'object' &&
  message.headers !== null &&
  constants.HTTP2_HEADER_STATUS in message.headers

subscribe('http2.client.stream.created', closeUnclaimed)

/**
 * Connects by one TLS context for all connections to come: it lies outside the heap, so that nothing hurries to free those of
 * attempts that failed, and a server that is away for a minute would cost a gigabyte.
 */
function tlsConnector(ca: string, identity: Identity): buildConnector.connector {
  const keys = 'certificate' in identity ? { cert: identity.certificate, key: identity.key } : {}
  const connectBy = (secureContext: SecureContext): buildConnector.connector =>
    buildConnector({ secureContext, rejectUnauthorized: true, allowH2: true, timeout: connectMs })
  let connect: buildConnector.connector | undefined
  return (options, callback) => {
    try {
      connect ??= connectBy(createSecureContext({ ca, ...keys }))
    } catch (error) {
      return callback(error instanceof Error ? error : new Error(String(error)), null)
    }
    return connect(options, callback)
  }
}

/** The same, but for a rest after failures, in which each attempt fails like the last one. */
function resting(connect: buildConnector.connector, { now }: Pick<Clock, 'now'>): buildConnector.connector {
  let failures = 0
  let failed = { at: Number.NEGATIVE_INFINITY, error: new Error('no connection') }
  return (options, callback) => {
    if (failures >= failuresInARow && now() - failed.at < restMs) return callback(failed.error, null)
    return connect(options, (...[error, socket]) => {
      if (error === null) {
        failures = 0
        return callback(null, socket)
      }
      failures++
      failed = { at: now(), error }
      callback(error, null)
    })
  }
}

/** Over HTTP/1.1 a call would wait behind a watch, so a server without HTTP/2 is none. */
function connector(ca: string, identity: Identity, { signs, clock }: ClientDeps): buildConnector.connector {
  const connect = resting(tlsConnector(ca, identity), clock)
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') {
        signs.connected(socket)
        return callback(null, socket)
      }
      socket.destroy()
      callback(new Error('the server does not speak HTTP/2'), null)
    })
}

/** One HTTP/2 connection at a time, made at the first call and again whenever it is lost. */
export function createClient(
  { server, ca, timeout_ms, ping_ms = defaultPingMs }: ControlPlane,
  identity: Identity,
  deps: ClientDeps,
): Client {
  const client = new Client(server, {
    allowH2: true,
    // With fewer all calls hang once the server asks to leave (GOAWAY) while a watch is open.
    pipelining: 100,
    // A quiet watch is no dead one; the ping finds the dead.
    bodyTimeout: 0,
    headersTimeout: timeout_ms + 5000,
    h2Options: { pingInterval: ping_ms },
    connect: connector(ca, identity, deps),
  })
  const events: EventEmitter = client
  events.on('ping', deps.signs.heard)
  return client
}

/** The whole of an answer. @throws RangeError when it is too long */
export const readBytes = ({ body, headers }: Dispatcher.ResponseData): Promise<Buffer> =>
  readAll(body, answerBytes, Number(headers['content-length'] ?? Number.NaN))

/** The same, parsed; undefined when it is no JSON. */
export const readJson = async (response: Dispatcher.ResponseData): Promise<unknown> =>
  parseJson(await readBytes(response))

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
