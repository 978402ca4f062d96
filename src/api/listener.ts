import type { RequestListener } from 'node:http'
import type { Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { DomainError } from '../contract/errors.ts'
import type { Verdict } from '../pki/identity.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { type Connections, createConnections } from './connections.ts'
import { createExchanges } from './exchanges.ts'
import { followHandshakes, type Handshakes } from './handshakes.ts'
import type { ListenerConfig } from './listener-config.ts'
import { peerList, readProxyHeaders } from './proxy-reader.ts'
import { createTlsServer, milliseconds, useCertificates } from './tls-server.ts'
import type { Trust } from './trust.ts'

export interface ListenerAddress {
  host: string
  port: number
  /** The port that demands a PROXY header, where one is configured. */
  proxyPort?: number
}

/**
 * The tenants' door. In the service:
 *   const trust = createTrust(config.listener, { clock, log })
 *   const listener = createListener(config.listener, { trust, clock, log })
 *   const app = fastify({ serverFactory: handler => listener.serverFactory(handler), … })
 *   start: await app.ready(); await listener.start()     // never app.listen
 *   stop:  await listener.stop(); await app.close()
 */
export interface Listener {
  /** Makes the servers of both ports, which share `handler`; call once, before `start`. `clientError` of both comes out of the one returned. */
  serverFactory(handler: RequestListener): Server
  /** Loads and watches the trust's files, then opens the ports. */
  start(): Promise<ListenerAddress>
  /**
   * Who is at the other end of this connection, now; ask on every request (`request.raw.socket`), and never remember.
   * A socket that did not come in here is nobody.
   */
  caller(socket: Socket): Verdict
  /**
   * For what goes on after its first byte (log streams, watches), never for ordinary requests: fires when the caller of
   * this connection is refused from now on, when the connection closes, and when the service stops. The reason is a
   * DomainError that says which.
   */
  streamSignal(socket: Socket): AbortSignal
  /** How many connections are open, those behind the proxies included. */
  connections(): number
  /** True from the moment `stop` is called. */
  readonly draining: boolean
  /**
   * Accepts no more connections, lets open requests finish (their answers say `connection: close`), ends streams, and
   * cuts off what is left after `timeouts.drain` seconds. Stops the trust's watching as well.
   */
  stop(): Promise<void>
}

export interface ListenerDeps {
  trust: Trust
  clock: Clock
  log: Logger
  /** Called for each TLS handshake that came to nothing. */
  handshakeFailed?: () => void
  /** Called for each connection of a tool that would be admitted, before its first request. */
  connected?: (tool: string) => void
}

/** One port: its server, and what is not yet through its handshake there. */
interface Door {
  server: Server
  port: number
  handshakes: Handshakes
}

function openDoor({ server, port }: Door, host: string | undefined): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address)
    })
  })
}

/** Resolves when the last connection is gone; at once where the door was never opened. */
const shutDoor = ({ server }: Door): Promise<void> => new Promise(resolve => server.close(() => resolve()))

/** @throws ConfigError when a configured peer is no address. */
export function createListener(config: ListenerConfig, deps: ListenerDeps): Listener {
  const { trust, clock, log, handshakeFailed, connected = () => undefined } = deps
  const peers = peerList(config.proxy_peers)
  const connections: Connections = createConnections({ trust, clock })
  const exchanges = createExchanges()
  const doors: Door[] = []
  let draining = false
  let dropped = 0
  let nextDropLine = 0
  let ignoreTrust = () => {}

  /** At most one line a second: whoever floods the door must not flood the log as well. */
  function refusedTooMany(peer: string | undefined): void {
    dropped += 1
    if (clock.now() < nextDropLine) return
    nextDropLine = clock.now() + 1000
    log.warn({ peer, dropped }, 'connections refused: there are too many')
    dropped = 0
  }

  function newDoor(handler: RequestListener, port: number, behindProxy: boolean): Door {
    const server = createTlsServer(config, (request, response) => {
      exchanges.began(request.socket, response)
      handler(request, response)
    })
    if (behindProxy) {
      const limit = milliseconds(config.timeouts.proxy_header)
      readProxyHeaders(server, {
        peers,
        limit,
        log,
        onClient: (socket, client) => handshakes.comesFrom(socket, client),
      })
    }
    const handshakes = followHandshakes(server, log, handshakeFailed)
    server.on('secureConnection', socket => {
      connections.opened(socket)
      exchanges.connected(socket)
      const verdict = connections.caller(socket)
      if (verdict.allow) connected(verdict.tool)
    })
    server.on('drop', facts => refusedTooMany(facts?.remoteAddress))
    return { server, port, handshakes }
  }

  return {
    serverFactory(handler) {
      const main = newDoor(handler, config.port, false)
      doors.push(main)
      if (config.proxy_port !== undefined) {
        const proxied = newDoor(handler, config.proxy_port, true)
        proxied.server.on('clientError', (error, socket) => main.server.emit('clientError', error, socket))
        doors.push(proxied)
      }
      return main.server
    },
    async start() {
      await trust.start()
      const useFiles = () => {
        for (const { server } of doors) useCertificates(server, trust.tls)
      }
      useFiles()
      ignoreTrust = trust.onChange(change => {
        if (change.tls) useFiles()
        if (change.identity) connections.examineAll()
      })
      const [main, proxied] = await Promise.all(doors.map(door => openDoor(door, config.host)))
      if (main === undefined) throw new Error('serverFactory was not called before start')
      return { host: main.address, port: main.port, ...(proxied === undefined ? {} : { proxyPort: proxied.port }) }
    },
    caller: socket => connections.caller(socket),
    streamSignal: socket => connections.streamSignal(socket),
    connections: () => connections.size(),
    get draining() {
      return draining
    },
    async stop() {
      draining = true
      ignoreTrust()
      await trust.stop()
      const shut = Promise.all(doors.map(shutDoor))
      exchanges.closeAfterwards()
      connections.endStreams(new DomainError('unavailable', 'The service is being stopped. Connect again.'))
      for (const { handshakes } of doors) handshakes.destroyAll()
      const inTime = new AbortController()
      const limit = clock.sleep(milliseconds(config.timeouts.drain), inTime.signal).then(
        () => {
          log.warn('requests were cut off: they did not end in time')
          for (const { server } of doors) server.closeAllConnections()
        },
        () => undefined,
      )
      await shut
      inTime.abort()
      await limit
    },
  }
}
