// The floors, each in a process of its own like the service that is compared with it.

import { fork } from 'node:child_process'
import { createServer } from 'node:tls'
import fastify from 'fastify'

interface FloorRequest {
  kind: 'fastify' | 'tls'
  ca: string
  certificate: string
  key: string
  /** The bytes of the answer. */
  body: string
}

/** A running floor. */
export interface Floor {
  port: number
  pid: number
  stop(): void
}

const portOf = (address: unknown): number =>
  typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0

/** A bare Fastify handler that asks for a client certificate and sends ready bytes. */
async function startFastify({ ca, certificate, key, body }: FloorRequest): Promise<number> {
  const app = fastify({ https: { ca, cert: certificate, key, requestCert: true, rejectUnauthorized: false } })
  app.get('/', (_, reply) => reply.type('application/json; charset=utf-8').send(body))
  await app.listen({ host: '127.0.0.1', port: 0 })
  return portOf(app.server.address())
}

/** Bare TLS that asks for a client certificate. */
function startTls({ ca, certificate, key }: FloorRequest): Promise<number> {
  const server = createServer({ ca, cert: certificate, key, requestCert: true, rejectUnauthorized: false }, socket => {
    socket.on('error', () => {})
    socket.resume()
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))))
}

/** Starts a floor in a child process; `stop` ends it. */
export function startFloor(request: FloorRequest): Promise<Floor> {
  const child = fork(import.meta.filename)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the floor ended with ${code}`)))
    child.once('message', port => resolve({ port: Number(port), pid: child.pid ?? 0, stop: () => child.disconnect() }))
    child.send(request)
  })
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  process.once('disconnect', () => process.exit(0))
  process.once('message', async (request: FloorRequest) => {
    process.send?.(await (request.kind === 'tls' ? startTls(request) : startFastify(request)))
  })
}
