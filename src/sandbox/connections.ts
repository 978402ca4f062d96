import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2'
import { constants } from 'node:http2'
import type { Socket } from 'node:net'

/** What one request came on, for what can go wrong below HTTP. */
export interface Connection {
  /** Ends it at once by a TCP reset. */
  reset(): void
  /** Has the client go on elsewhere: GOAWAY, or without HTTP/2 `Connection: close` with the next answer; what runs goes on. */
  drain(): void
  /** From now on nothing is read or written any more, not even by TLS, while it stays open. */
  silence(): void
  readonly silent: boolean
  /** Whether the next answer is the last one (HTTP/1.1). */
  readonly last: boolean
}

/** Thrown instead of an answer, or amid one: it ends without its end, the other requests of the connection go on. */
export class Cut extends Error {
  constructor() {
    super('the answer is cut off')
    this.name = 'Cut'
  }
}

/** What becomes of those who connect: served, reset at once, or left without a word. */
export type Newcomers = 'accept' | 'reset' | 'silent'

export interface Connections {
  /** Whether what a client has opened is to be served. */
  admit(socket: Socket): boolean
  of(request: Http2ServerRequest): Connection
  setNewcomers(newcomers: Newcomers): void
  newcomers(): Newcomers
  /** Those that are open and have been asked something. */
  open(): Connection[]
  destroy(): void
}

/** Both ends in one word: of two sockets that clients have open at a time it is never the same. */
const portOf = ({ remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`

/** The raw sockets below TLS, which alone can be reset. */
export function createConnections(): Connections {
  const all = new Set<Socket>()
  /** By their ends, the latest: one that is not read stays after its client has gone, who may come back from the same port. */
  const sockets = new Map<string, Socket>()
  const known = new WeakMap<object, Connection>()
  const open = new Map<Socket, Connection>()
  let newcomers: Newcomers = 'accept'

  return {
    admit: socket => {
      if (newcomers === 'reset') {
        socket.resetAndDestroy()
        return false
      }
      const port = portOf(socket)
      all.add(socket)
      sockets.set(port, socket)
      socket.once('close', () => {
        all.delete(socket)
        open.delete(socket)
        if (sockets.get(port) === socket) sockets.delete(port)
      })
      return newcomers === 'accept'
    },
    of: request => {
      const session = request.stream?.session
      const key = session ?? request.socket
      const found = known.get(key)
      if (found !== undefined) return found
      const raw = sockets.get(portOf(request.socket))
      const made = connectionOf(raw, session)
      known.set(key, made)
      if (raw !== undefined) open.set(raw, made)
      return made
    },
    setNewcomers: wanted => {
      newcomers = wanted
    },
    newcomers: () => newcomers,
    open: () => [...open.values()],
    destroy: () => {
      for (const socket of all) socket.destroy()
    },
  }
}

function connectionOf(raw: Socket | undefined, session: Http2Session | undefined): Connection {
  let silent = false
  let last = false
  return {
    reset: () => void raw?.resetAndDestroy(),
    drain: () => {
      if (session === undefined) last = true
      else if (!session.closed) session.close()
    },
    silence: () => {
      if (!silent && raw !== undefined) stopReading(raw)
      silent = true
    },
    get silent() {
      return silent
    },
    get last() {
      return last
    },
  }
}

/** Milliseconds between looks whether a silent connection still does not read. */
const againMs = 10

/**
 * TLS reads from the handle below the socket: to pause the socket itself would change nothing. HTTP/2 has it read again after
 * what it wrote last, and would answer pings.
 */
function stopReading(socket: Socket): void {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null) return
  const stop: unknown = Reflect.get(handle, 'readStop')
  if (typeof stop !== 'function') return
  stop.call(handle)
  const timer = setInterval(() => stop.call(handle), againMs).unref()
  socket.once('close', () => clearInterval(timer))
}

/** Ends one answer without its end. */
export function cutOff(response: Http2ServerResponse): void {
  if (response.stream === undefined) response.socket.destroy()
  else response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
}
