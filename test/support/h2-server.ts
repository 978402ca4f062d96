import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { type Authority, createAuthority } from '../../src/pki/authority.ts'

export interface H2Request {
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: string
  /** CN of the client's certificate. */
  client: string
  stream: ServerHttp2Stream
}

/** How a request is answered: JSON with a status, or by hand through the stream. */
export type H2Answer = (
  request: H2Request,
) => { status: number; body: unknown; headers?: Record<string, string> } | undefined

export interface H2Server {
  url: string
  ca: string
  authority: Authority
  /** The requests so far. */
  requests: H2Request[]
  sockets: Set<Socket>
  server: Http2SecureServer
}

const day = 86_400_000

/** An HTTP/2 server with client certificates that answers as the test says: for faults that no real API server makes at will. */
export async function h2Server(t: Test, answer: H2Answer): Promise<H2Server> {
  const life = { notBefore: Date.now() - day, notAfter: Date.now() + day }
  const authority = await createAuthority({ commonName: 'test', ...life })
  const pair = await authority.issue({
    subject: [{ CN: ['kube'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    ...life,
  })
  const server = createSecureServer({
    cert: pair.certificate,
    key: pair.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  })
  const sockets = new Set<Socket>()
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('sessionError', () => {})
  const requests: H2Request[] = []
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const parts: Buffer[] = []
    stream.on('data', part => parts.push(Buffer.from(part)))
    stream.on('end', () => {
      const url = new URL(String(headers[':path']), 'https://x')
      // In HTTP/2 the socket is a stand-in on which `in` finds nothing.
      const peer = (stream.session?.socket as TLSSocket | undefined)?.getPeerX509Certificate()
      const request: H2Request = {
        method: String(headers[':method']),
        path: url.pathname,
        query: url.searchParams,
        headers,
        body: Buffer.concat(parts).toString(),
        client: peer?.subject ?? '',
        stream,
      }
      requests.push(request)
      const reply = answer(request)
      if (reply === undefined || stream.destroyed) return
      stream.respond({ ':status': reply.status, 'content-type': 'application/json', ...reply.headers })
      stream.end(JSON.stringify(reply.body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, ca: authority.certificate, authority, requests, sockets, server }
}

/** A tool's certificate and key that the server knows. */
export const clientPair = (server: H2Server, tool: string) =>
  server.authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: [tool] }],
    usages: ['clientAuth'],
    notBefore: Date.now() - day,
    notAfter: Date.now() + day,
  })
