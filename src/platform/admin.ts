import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from './log.ts'

export interface AdminConfig {
  /** Absent: all addresses. */
  readonly host?: string | undefined
  readonly port: number
}

export interface AdminDeps {
  /** All metrics, in Prometheus's text format. */
  metrics(): Promise<string>
  /** False while the service does not take requests. */
  ready(): boolean
  /** Why the process had better be started again; absent or undefined while it is well. */
  ill?(): string | undefined
  readonly log: Logger
}

/** What operators look at, in plain HTTP: `/metrics`, `/healthz` (the process answers), `/readyz` (it takes requests). */
export interface Admin {
  start(): Promise<{ host: string; port: number }>
  stop(): Promise<void>
}

interface Page {
  status: number
  type: string
  text: string
}

const plain = (status: number, text: string): Page => ({ status, type: 'text/plain; charset=utf-8', text: `${text}\n` })

const healthOf = (illness: string | undefined): Page => (illness === undefined ? plain(200, 'ok') : plain(503, illness))

export function createAdmin(
  { host, port }: AdminConfig,
  { metrics, ready, ill = () => undefined, log }: AdminDeps,
): Admin {
  async function page(path: string): Promise<Page> {
    if (path === '/metrics') return { ...plain(200, ''), type: 'text/plain; version=0.0.4', text: await metrics() }
    if (path === '/healthz') return healthOf(ill())
    if (path === '/readyz') return ready() ? plain(200, 'ok') : plain(503, 'not ready')
    return plain(404, 'metrics, healthz, readyz')
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? ''
    const { status, type, text } = request.method === 'GET' ? await page(path) : plain(405, 'only GET')
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
  }

  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(error => {
      log.error({ err: error }, 'an operator got no answer')
      response.destroy()
    })
  })

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
          server.off('error', reject)
          const address = server.address()
          if (typeof address === 'object' && address !== null) resolve({ host: address.address, port: address.port })
        })
      }),
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
