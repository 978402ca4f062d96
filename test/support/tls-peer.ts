import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { KeyPair } from '../../src/pki/authority.ts'

export interface PeerOptions {
  port: number
  pair?: KeyPair | undefined
  session?: Buffer | undefined
  version?: 'TLSv1.2' | 'TLSv1.3'
  /** Sent in the clear before the handshake. */
  preamble?: Buffer | string
  /** Certificate authorities (PEM) that the server must have; absent: the server is not checked. */
  ca?: string
}

export interface PeerReply {
  status: number
  headers: Record<string, string>
  text: string
}

/** One connection of a client that does exactly what it is told. */
export interface Peer {
  socket: TLSSocket
  /** Sends a request on this connection and reads its answer. */
  get(path: string): Promise<PeerReply>
  /** Sends bytes as they are; what came before is forgotten. */
  send(request: string): void
  /** Waits until `text` has come, and gives back all that came. */
  sees(text: string): Promise<string>
  /** Resolves with all that came after, when the other side has closed. */
  closed(): Promise<string>
  /** A ticket to come back with; TLS 1.3 sends it after the handshake. */
  ticket(): Promise<Buffer>
}

async function tcp(port: number, preamble: Buffer | string | undefined): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  if (preamble !== undefined) socket.write(preamble)
  return socket
}

const headOf = (text: string): string | undefined => {
  const end = text.indexOf('\r\n\r\n')
  return end < 0 ? undefined : text.slice(0, end)
}

function replyOf(text: string): PeerReply | undefined {
  const head = headOf(text)
  if (head === undefined) return undefined
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map(line => {
      const [name = '', ...value] = line.split(': ')
      return [name.toLowerCase(), value.join(': ')]
    }),
  )
  const body = text.slice(head.length + 4)
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined
  return { status: Number(first.split(' ')[1]), headers, text: body }
}

/** Resolves when the handshake is done; rejects when the other side ends it. */
export async function openPeer({ port, pair, session, version, preamble, ca }: PeerOptions): Promise<Peer> {
  const options: ConnectionOptions = {
    socket: await tcp(port, preamble),
    // Weak keys and hashes are the server's to refuse.
    ciphers: 'DEFAULT:@SECLEVEL=0',
    rejectUnauthorized: ca !== undefined,
    servername: 'localhost',
    ...(ca !== undefined && { ca }),
    ...(pair !== undefined && { cert: pair.certificate, key: pair.key }),
    ...(session !== undefined && { session }),
    ...(version !== undefined && { minVersion: version, maxVersion: version }),
  }
  const socket = connect(options)
  const tickets: Buffer[] = []
  let received = ''
  let changed = Promise.withResolvers<void>()
  const change = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  socket.on('session', ticket => {
    tickets.push(ticket)
    change()
  })
  socket.on('data', data => {
    received += data.toString('latin1')
    change()
  })
  socket.on('close', change)
  await once(socket, 'secureConnect')
  socket.on('error', () => undefined)

  async function until<T>(check: () => T | undefined): Promise<T> {
    for (;;) {
      const found = check()
      if (found !== undefined) return found
      if (socket.closed) throw new Error(`The connection was closed after: ${received}`)
      await changed.promise
    }
  }
  return {
    socket,
    async get(path) {
      received = ''
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
      return until(() => replyOf(received))
    },
    send(request) {
      received = ''
      socket.write(request)
    },
    sees: text => until(() => (received.includes(text) ? received : undefined)),
    async closed() {
      while (!socket.closed) await changed.promise
      return received
    },
    ticket: () => until(() => tickets.at(-1)),
  }
}
