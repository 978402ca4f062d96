import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { DomainError } from '../contract/errors.ts'
import { type IdentityTrust, identify, type Verdict } from '../pki/identity.ts'
import { certificateInSession } from '../pki/session-certificate.ts'
import type { Clock } from '../platform/clock.ts'
import { sleepUntil } from '../platform/sleep-until.ts'

/** Whom to believe today. `generation` grows with every change, so that what was decided before is decided again. */
export interface CurrentTrust {
  readonly identity: IdentityTrust
  readonly generation: number
}

/** Milliseconds for a caller who is refused from now on to be told why on the connection that he has. */
const lastWords = 1000

interface Connection {
  readonly socket: Socket
  /** The client's certificate as DER: a destroyed socket has none any more. */
  certificate: Buffer | undefined
  verdict: Verdict | undefined
  generation: number
  streams: AbortController | undefined
}

/** Who is at the other end of each open connection. */
export interface Connections {
  /** Takes note of a connection that got through its TLS handshake. */
  opened(socket: TLSSocket): void
  /** Who is at the other end, now. */
  caller(socket: Socket): Verdict
  /** Fires when the caller is refused from now on, when the connection closes, and with `endStreams`. */
  streamSignal(socket: Socket): AbortSignal
  /** How many are open. */
  size(): number
  /** Looks at every open connection again, and ends those whose callers are refused now: for when the trust has changed. */
  examineAll(): void
  /** Ends all streams, and every one that is asked for later. */
  endStreams(reason: DomainError): void
}

const refusal = (verdict: Verdict): DomainError | undefined =>
  verdict.allow ? undefined : new DomainError(verdict.code, verdict.reason)

const closed = (): DomainError => new DomainError('unavailable', 'The connection was closed.')

/**
 * The client's certificate, where it gave one. Out of the session, since of Node 24's own ways the one (`getPeerX509Certificate`)
 * loses the memory of every further certificate that a client sends along, 4 KB for its authority's, and the other
 * (`getPeerCertificate`) ends the process at a key on a curve that NIST does not know.
 */
function certificateOf(socket: TLSSocket): Buffer | undefined {
  const session = socket.getSession()
  try {
    return session && certificateInSession(session)
  } catch {
    // OpenSSL writes none that cannot be read; if it did, nobody is let in, and the service goes on.
    return undefined
  } finally {
    // It holds the connection's key.
    session?.fill(0)
  }
}

export function createConnections({ trust, clock }: { trust: CurrentTrust; clock: Clock }): Connections {
  const bySocket = new WeakMap<Socket, Connection>()
  const open = new Set<Connection>()
  let ended: DomainError | undefined

  /** A "no" is never remembered: it may have been the clock, and what it costs is less than the handshake did. */
  function decide(connection: Connection): Verdict {
    const now = clock.now()
    const { verdict } = connection
    if (verdict?.allow && connection.generation === trust.generation && now <= verdict.validUntil) return verdict
    connection.generation = trust.generation
    connection.verdict = identify(connection.certificate, trust.identity, now)
    return connection.verdict
  }

  async function endWhenRefused(connection: Connection, streams: AbortController): Promise<void> {
    while (!streams.signal.aborted) {
      const verdict = decide(connection)
      if (!verdict.allow) return streams.abort(refusal(verdict))
      await sleepUntil(clock, verdict.validUntil + 1, streams.signal)
    }
  }

  /** Who was let in and is refused now is told why, and then has to come in anew. */
  async function showOut(connection: Connection, no: DomainError): Promise<void> {
    connection.streams?.abort(no)
    await clock.sleep(lastWords)
    if (open.has(connection) && !decide(connection).allow) connection.socket.destroy()
  }

  function newStreams(connection: Connection): AbortController {
    const streams = new AbortController()
    // The sleep is cut short by the signal itself, and there is nothing else in it that fails.
    endWhenRefused(connection, streams).catch(() => undefined)
    return streams
  }

  return {
    opened(socket) {
      const certificate = certificateOf(socket)
      const connection: Connection = { socket, certificate, verdict: undefined, generation: -1, streams: undefined }
      bySocket.set(socket, connection)
      open.add(connection)
      socket.once('close', () => {
        open.delete(connection)
        connection.streams?.abort(closed())
      })
    },
    caller(socket) {
      const connection = bySocket.get(socket)
      return connection === undefined ? identify(undefined, trust.identity, clock.now()) : decide(connection)
    },
    streamSignal(socket) {
      const connection = bySocket.get(socket)
      const no = ended ?? (connection === undefined || !open.has(connection) ? closed() : refusal(decide(connection)))
      if (connection === undefined || no !== undefined) return AbortSignal.abort(no)
      if (connection.streams?.signal.aborted !== false) connection.streams = newStreams(connection)
      return connection.streams.signal
    },
    size: () => open.size,
    examineAll() {
      for (const connection of open) {
        // Who was refused before knows it.
        const no = connection.verdict?.allow === true ? refusal(decide(connection)) : undefined
        if (no !== undefined) void showOut(connection, no)
      }
    },
    endStreams(reason) {
      ended = reason
      for (const { streams } of open) streams?.abort(reason)
    },
  }
}
