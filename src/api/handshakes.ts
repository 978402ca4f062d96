import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../platform/log.ts'
import type { ClientAddress } from './proxy-protocol.ts'

interface Handshake {
  socket: Socket
  /** Asked for at once: a socket that has ended has no address any more. */
  peer: string | undefined
  client: ClientAddress | undefined
  error: Error | undefined
}

/** The connections of a server from the accept to the end of their TLS handshake. */
export interface Handshakes {
  /** Whom the proxy names as the other end of a connection. */
  comesFrom(socket: Socket, client: ClientAddress): void
  /** Ends all that have not got through their handshake; the others are the server's business. */
  destroyAll(): void
}

/** OpenSSL's errors name the part of it where they arose. */
type TlsError = Error & { library?: string }

/** A TLS socket does not say which socket it stands on, but both have the same other end. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

function nameClient(socket: TLSSocket, { address, port }: ClientAddress): void {
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  Object.defineProperty(socket, 'remotePort', { value: port })
}

function logFailure(log: Logger, { socket, peer, client, error }: Handshake): void {
  const facts = { peer, client: client?.address, bytes: socket.bytesRead, err: error }
  // A port check of a proxy or a kubelet connects and goes away again.
  if (socket.bytesRead === 0) log.debug(facts, 'connection closed before a TLS handshake')
  else log.info(facts, 'TLS handshake failed')
}

/**
 * Follows every connection of `server` through its handshake: names the client behind a proxy on the TLS socket, and
 * logs the handshakes that come to nothing. It does so when the raw socket closes, since one that dies of a certificate
 * that is too large gives no error event. `failed` is called for each of those that began.
 */
export function followHandshakes(server: Server, log: Logger, failed: () => void = () => {}): Handshakes {
  const open = new Map<string, Handshake>()
  server.prependListener('connection', (socket: Socket) => {
    const key = keyOf(socket)
    const handshake: Handshake = { socket, peer: socket.remoteAddress, client: undefined, error: undefined }
    open.set(key, handshake)
    socket.once('close', () => {
      // The handshake is done, or the same other end is back already.
      if (open.get(key) !== handshake) return
      open.delete(key)
      logFailure(log, handshake)
      if (socket.bytesRead > 0) failed()
    })
  })
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const key = keyOf(socket)
    const client = open.get(key)?.client
    const peer = socket.remoteAddress
    open.delete(key)
    if (client !== undefined) nameClient(socket, client)
    // Under TLS 1.3 the ticket, which holds the client's certificate, is written after the handshake, and may be too large.
    socket.on('error', (error: TlsError) => {
      if (error.library !== undefined) log.info({ peer, client: client?.address, err: error }, 'TLS connection failed')
    })
  })
  // https hands these to 'clientError', where an answer in plain HTTP would be written to a socket without TLS.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const handshake = open.get(keyOf(socket))
    if (handshake !== undefined) handshake.error = error
    socket.destroy()
  })
  return {
    comesFrom(socket, client) {
      const handshake = open.get(keyOf(socket))
      if (handshake !== undefined) handshake.client = client
    },
    destroyAll() {
      for (const { socket } of open.values()) socket.destroy()
    },
  }
}
