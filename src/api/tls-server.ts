import { constants } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { ListenerConfig } from './listener-config.ts'
import type { TlsFiles } from './trust-parts.ts'

/**
 * To be given whenever the context is set: it starts from nothing each time. No ticket keys of our own: tickets must die
 * with their context, or they outlive a certificate authority that was taken out of the bundle. And no authorities: whose
 * certificate is believed is decided on each request (`pki/verify.ts`). Node 24 that is told of them loses 4 KB of memory with
 * each client that sends its authority's certificate along, as OpenSSL's do.
 */
const contextSettings = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ca: [] as string[],
} as const

export const milliseconds = (seconds: number): number => Math.ceil(seconds * 1000)

/** The HTTPS server of one port: HTTP/1.1 only, asks everybody for a certificate; it cannot serve before `useCertificates`. */
export function createTlsServer({ timeouts, max_connections }: ListenerConfig, handler: RequestListener): Server {
  const server = createServer(
    {
      ...contextSettings,
      ALPNProtocols: ['http/1.1'],
      requestCert: true,
      // Everybody gets in as far as a readable answer; who it is, is decided on each request.
      rejectUnauthorized: false,
      handshakeTimeout: milliseconds(timeouts.handshake),
      headersTimeout: milliseconds(timeouts.headers),
      requestTimeout: milliseconds(timeouts.request),
      keepAliveTimeout: milliseconds(timeouts.keep_alive),
      connectionsCheckingInterval: 1000,
      // Log streams may be silent for hours: TCP finds out who is gone.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      noDelay: true,
    },
    handler,
  )
  server.maxRequestsPerSocket = 0
  server.maxConnections = max_connections
  return server
}

/** New connections get these from now on, and no ticket of before is good any more; open ones go on. */
export function useCertificates(server: Server, files: TlsFiles): void {
  server.setSecureContext({ ...contextSettings, ...files })
}
