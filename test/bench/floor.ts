// The floors, each in a process of its own like the service that is compared with it.

import { fork } from 'node:child_process'
import { createServer } from 'node:tls'
import fastify, { type FastifyInstance } from 'fastify'
import { Client } from 'undici'
import { readBytes } from '../../src/kube/transport.ts'

interface Endpoint {
  ca: string
  certificate: string
  key: string
}

/** Where to send on what is given, and as whom. */
interface Beyond extends Endpoint {
  url: string
  path: string
}

/** Sends ready bytes, shakes hands only, or sends what it is given on to another server. */
type FloorRequest = Endpoint & ({ kind: 'fastify'; body: string } | { kind: 'tls' } | { kind: 'pass-on'; to: Beyond })

/** A running floor. */
export interface Floor {
  port: number
  pid: number
  stop(): void
}

const portOf = (address: unknown): number =>
  typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0

/** A bare Fastify that asks for a client certificate. */
async function startFastify(
  { ca, certificate, key }: Endpoint,
  mount: (app: FastifyInstance) => void,
): Promise<number> {
  const app = fastify({ https: { ca, cert: certificate, key, requestCert: true, rejectUnauthorized: false } })
  mount(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return portOf(app.server.address())
}

const jsonType = 'application/json; charset=utf-8'

/** A handler that sends ready bytes. */
const ready = (body: string) => (app: FastifyInstance) => {
  app.get('/', (_, reply) => reply.type(jsonType).send(body))
}

/** A handler that sends what it is given on, over one HTTP/2 connection. */
const passingOn = ({ url, path, ca, certificate, key }: Beyond) => {
  const client = new Client(url, { allowH2: true, connect: { ca, cert: certificate, key } })
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  return (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    app.post<{ Body: Buffer }>('/', async ({ body: given }, reply) => {
      const response = await client.request({ method: 'POST', path, headers, body: given })
      // By its length, as the service reads it: the end of a stream comes later.
      return reply
        .code(response.statusCode)
        .type(jsonType)
        .send(await readBytes(response))
    })
  }
}

/** Bare TLS that asks for a client certificate. */
function startTls({ ca, certificate, key }: Endpoint): Promise<number> {
  const server = createServer({ ca, cert: certificate, key, requestCert: true, rejectUnauthorized: false }, socket => {
    socket.on('error', () => {})
    socket.resume()
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))))
}

const start = (request: FloorRequest): Promise<number> =>
  request.kind === 'tls'
    ? startTls(request)
    : startFastify(request, request.kind === 'fastify' ? ready(request.body) : passingOn(request.to))

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
    process.send?.(await start(request))
  })
}
