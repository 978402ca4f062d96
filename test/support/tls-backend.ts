import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { createAuthority } from '../../src/pki/authority.ts'

/** A TLS server that stands where the API does, and tells what reached it. */
export interface TlsBackend {
  port: number
  /** PEM of the CA of its certificate. */
  ca: string
  /** What GET /healthz answers; settable. */
  health: number
  /** How many connections asked for /healthz so far. */
  healthChecks: number
  /** Accepts no more connections. */
  refuse(): Promise<void>
}

export interface TlsBackendOptions {
  name: string
  /** Whether each connection begins with a PROXY header. */
  proxied: boolean
}

interface Header {
  length: number
  /** The whole header of version 1, or the address and port of version 2. */
  text: string
}

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** The PROXY header at the beginning of `bytes`: of version 2 with IPv4, or 1; undefined while it is not whole. */
function headerOf(bytes: Buffer): Header | undefined {
  if (bytes.length < 16) return undefined
  if (!bytes.subarray(0, 12).equals(signature)) {
    const end = bytes.indexOf('\r\n')
    return end < 0 ? undefined : { length: end + 2, text: bytes.subarray(0, end).toString('latin1') }
  }
  const length = 16 + bytes.readUInt16BE(14)
  if (bytes.length < length) return undefined
  const local = (bytes.readUInt8(12) & 0x0f) === 0
  return { length, text: local ? 'v2 LOCAL' : `v2 ${bytes.subarray(16, 20).join('.')} ${bytes.readUInt16BE(24)}` }
}

async function readHeader(raw: Socket): Promise<string> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const chunk: Buffer | null = raw.read()
    if (chunk === null) {
      await once(raw, 'readable')
      continue
    }
    bytes = Buffer.concat([bytes, chunk])
    const header = headerOf(bytes)
    if (header === undefined) continue
    raw.unshift(bytes.subarray(header.length))
    return header.text
  }
}

/**
 * Starts one; `GET /healthz` answers with `health`, any other request with JSON: `backend` (its name), `header` (PROXY, or
 * empty), `host` (the name in the TLS hello).
 */
export async function startTlsBackend(t: Test, { name, proxied }: TlsBackendOptions): Promise<TlsBackend> {
  const life = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 }
  const authority = await createAuthority({ commonName: `${name} CA`, ...life })
  const hosts = ['127.0.0.1', 'localhost', 'jobs.example.org', 'www.example.org']
  const pair = await authority.issue({ subject: [{ CN: [name] }], usages: ['serverAuth'], hosts, ...life })
  const secureContext = createSecureContext({ cert: pair.certificate, key: pair.key })
  const backend = { health: 200, healthChecks: 0 }
  const sockets = new Set<Socket>()

  const answer = (request: string, header: string, host: unknown): string => {
    const isCheck = request.startsWith('GET /healthz ')
    if (isCheck) backend.healthChecks++
    const body = JSON.stringify({ backend: name, header, host })
    return `HTTP/1.1 ${isCheck ? backend.health : 200} X\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  }
  const serve = async (raw: Socket) => {
    const header = proxied ? await readHeader(raw) : ''
    const tls = new TLSSocket(raw, {
      isServer: true,
      secureContext,
      SNICallback: (_, done) => done(null, secureContext),
    })
    let request = ''
    tls.on('error', () => raw.destroy())
    tls.setEncoding('latin1').on('data', text => {
      request += text
      if (!request.endsWith('\r\n\r\n')) return
      tls.write(answer(request, header, Reflect.get(tls, 'servername')))
      request = ''
    })
  }
  const server = createServer(raw => {
    sockets.add(raw)
    raw.on('error', () => undefined)
    raw.on('close', () => sockets.delete(raw))
    serve(raw).catch(() => raw.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port was given')
  const refuse = async () => {
    if (server.listening) server.close()
  }
  t.teardown(async () => {
    await refuse()
    for (const socket of sockets) socket.destroy()
  })
  return Object.assign(backend, { port: address.port, ca: authority.certificate, refuse })
}
