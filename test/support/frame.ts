import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Test } from 'tap'
import { createApp, type Load } from '../../src/api/app.ts'
import type { Handlers } from '../../src/api/handlers.ts'
import { limitsConfig } from '../../src/api/limits-config.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { DomainError } from '../../src/contract/errors.ts'
import { limits } from '../../src/contract/limits.ts'
import type { Verdict } from '../../src/pki/identity.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { createLog } from '../../src/platform/log.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  body: unknown
}

export interface CallOptions {
  headers?: Record<string, string>
  body?: string | Buffer
}

export const tfTest: Verdict = {
  allow: true,
  tool: 'tf-test',
  notBefore: 0,
  notAfter: 4e12,
  validUntil: 4e12,
  fingerprint: 'AB:CD',
}

/** A handler of no resource: what a test does not give refuses by name. */
const absent = (): Promise<never> => Promise.reject(new DomainError('not_found', 'the test has no such handler'))
const absentHandlers: Handlers = {
  listImages: absent,
  showQuota: absent,
  listJobs: absent,
  createJob: absent,
  updateJob: absent,
  restartJob: absent,
  explainJob: absent,
  planJobs: absent,
  applyJobs: absent,
  events: absent,
  flushJobs: absent,
  showJob: absent,
  deleteJob: absent,
  jobLogs: absent,
  logs: absent,
  logsStream: absent,
}

function send(
  agent: Agent,
  port: number,
  call: { method: string; path: string } & CallOptions,
): Promise<IncomingMessage> {
  const { method, path, headers = {}, body } = call
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } }, resolve)
    asked.on('error', reject)
    asked.end(body)
  })
}

async function read(message: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) text += chunk
  const { statusCode = 0, headers } = message
  const isJson = String(headers['content-type']).startsWith('application/json')
  return { status: statusCode, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
}

export interface FrameOptions {
  handlers?: Partial<Handlers>
  /** Settings of limits, as YAML. */
  limits?: string
}

async function portOf(server: Server | undefined): Promise<number> {
  if (server === undefined) throw new Error('Fastify asked for no server')
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** The service's HTTP side on a plain port of this machine, with a door that says who calls as the test wants it. */
export async function startFrame(t: Test, options: FrameOptions = {}) {
  const door = { verdict: tfTest, streams: new AbortController(), draining: false }
  const lines: Record<string, unknown>[] = []
  const log = createLog({ level: 'debug', service: 'test' }, { write: line => lines.push(JSON.parse(line)) })
  const load: Load = { requests: 0, streams: 0 }
  const metrics = createMetrics('1.2.3', {
    connections: () => 0,
    streams: () => 0,
    requests: () => load.requests,
    helpers: () => 5,
    clusters: () => 0,
    views: () => undefined,
  })
  let server: Server | undefined
  const app = createApp(parseConfig(limitsConfig, options.limits ?? ''), {
    door: {
      serverFactory(handler) {
        server = createServer({ requestTimeout: 300, headersTimeout: 300, connectionsCheckingInterval: 50 }, handler)
        return server
      },
      caller: () => door.verdict,
      streamSignal: () => door.streams.signal,
    },
    handlers: { ...absentHandlers, ...options.handlers },
    open: {
      health: () => Promise.resolve({ status: 'ok' as const }),
      openapi: () => Promise.resolve({ openapi: '3.1.0' }),
      metrics: () => metrics.open(),
    },
    metrics,
    clock: systemClock,
    log,
    load,
    draining: () => door.draining,
  })
  await app.ready()
  const port = await portOf(server)
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  t.teardown(async () => {
    agent.destroy()
    server?.closeAllConnections()
    await new Promise(resolve => server?.close(resolve))
    await app.close()
  })
  const open = (method: string, path: string, call: CallOptions = {}) => send(agent, port, { method, path, ...call })
  return {
    door,
    lines,
    load,
    metrics,
    open,
    call: async (method: string, path: string, call?: CallOptions) => read(await open(method, path, call)),
    post: async (path: string, body: unknown) =>
      read(await open('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })),
    /** A connection on which these bytes are sent. */
    socket: (text: string) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      return socket.on('error', () => undefined)
    },
    /** Writes bytes as they are, and resolves with all that comes until the connection ends. */
    raw: (text: string) =>
      new Promise<string>((resolve, reject) => {
        let got = ''
        const socket = connect(port, '127.0.0.1', () => socket.write(text))
        socket.setEncoding('utf8').on('data', chunk => (got += chunk))
        socket.on('close', () => resolve(got))
        socket.on('error', reject)
      }),
  }
}

export const tooLargeBody = `{"cmd":"${'x'.repeat(limits.bodyBytes)}"}`
