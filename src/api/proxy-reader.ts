import { BlockList, isIPv6, type Server, type Socket } from 'node:net'
import { ConfigError } from '../platform/config.ts'
import type { Logger } from '../platform/log.ts'
import { type ClientAddress, parseProxyHeader } from './proxy-protocol.ts'

/** @throws ConfigError naming what is neither an address nor a network. */
export function peerList(peers: readonly string[]): BlockList {
  const list = new BlockList()
  for (const peer of peers) {
    const [, address = peer, prefix] = /^(.*)\/(\d+)$/.exec(peer) ?? []
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    try {
      if (prefix === undefined) list.addAddress(address, family)
      else list.addSubnet(address, Number(prefix), family)
    } catch {
      throw new ConfigError([`proxy_peers: ${peer} is neither an address nor a network such as 10.0.0.0/8`])
    }
  }
  return list
}

const isPeer = (peers: BlockList, address: string | undefined): address is string =>
  address !== undefined && peers.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

export interface ProxyReaderOptions {
  peers: BlockList
  /** Milliseconds in which the header must arrive. */
  limit: number
  log: Logger
  /** Told the client of a connection before anything else hears of the connection. */
  onClient(socket: Socket, client: ClientAddress): void
}

/** Reads one connection's header, gives back what lies behind it, then calls `next`. */
function readHeader(
  socket: Socket,
  { limit, log, onClient }: Omit<ProxyReaderOptions, 'peers'>,
  next: () => void,
): void {
  let got = Buffer.alloc(0)
  const finish = () => {
    clearTimeout(timer)
    socket.off('readable', read)
    socket.off('close', finish)
  }
  const refuse = (reason: string) => {
    finish()
    log.info({ peer: socket.remoteAddress, reason }, 'PROXY header refused')
    socket.destroy()
  }
  const accept = ({ length, client }: { length: number; client: ClientAddress | undefined }) => {
    finish()
    if (got.length > length) socket.unshift(got.subarray(length))
    if (client !== undefined) onClient(socket, client)
    next()
  }
  /** True when there is nothing more to read here. */
  const take = (chunk: Buffer): boolean => {
    got = Buffer.concat([got, chunk])
    const header = parseProxyHeader(got)
    if (header.state === 'more') return false
    if (header.state === 'bad') refuse(header.reason)
    else accept(header)
    return true
  }
  const read = () => {
    let chunk: unknown = socket.read()
    while (Buffer.isBuffer(chunk) && !take(chunk)) chunk = socket.read()
  }
  const timer = setTimeout(() => refuse('it did not arrive in time'), limit)
  socket.on('readable', read)
  socket.on('close', finish)
}

/**
 * Puts the reader of PROXY headers before whatever listens for connections of `server`: without a header, or from
 * anyone but the peers, there is no connection.
 * The server must be the one that listens: one that is handed its connections never checks its time limits.
 */
export function readProxyHeaders(server: Server, options: ProxyReaderOptions): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    // A reset before the accept leaves no address, and no one to talk to.
    if (!isPeer(options.peers, socket.remoteAddress)) {
      options.log.info({ peer: socket.remoteAddress }, 'connection refused: not a configured proxy')
      socket.destroy()
      return
    }
    socket.on('error', () => socket.destroy())
    readHeader(socket, options, () => {
      for (const listener of listeners) listener.call(server, socket)
    })
  })
}
