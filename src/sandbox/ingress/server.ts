import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { ingresses } from '../kinds/ingress.ts'
import type { Store } from '../store.ts'
import { type Endpoint, endpointFor } from './endpoint.ts'
import { requestHeaders, responseHead, responseHeaders } from './headers.ts'
import { hostName, routeFor } from './route.ts'

/** Milliseconds that a program may take to begin its answer. */
const answerLimit = 60_000

export interface IngressDeps {
  store: Store
  /** By which programs are waited for. */
  machine: Clock
  log: Logger
}

export interface IngressServer {
  /** @returns where it listens. */
  listen(host: string, port: number): Promise<AddressInfo>
  close(): Promise<void>
}

interface Problem {
  status: number
  text: string
}

const names = new Map([
  [404, 'Not Found'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
])

/** Serves every Ingress by plain HTTP: by `Host` and path to a ready pod of the Service, a process of this machine. */
export function createIngressServer({ store, machine, log }: IngressDeps): IngressServer {
  const sockets = new Set<Duplex>()
  let turn = 0

  const find = (request: IncomingMessage): Endpoint | Problem => {
    const host = hostName(request.headers.host)
    const path = (request.url ?? '/').replace(/[?#].*$/, '')
    const route = routeFor(store.list(ingresses).items, { host, path })
    turn += 1
    return route === undefined
      ? { status: 404, text: `Nothing is published at ${JSON.stringify(host + path)}.` }
      : endpointFor(store, route, turn)
  }

  /** The request to the program; `failed` is told once why there is no answer. */
  const forward = (
    request: IncomingMessage,
    { port, service }: { port: number; service: string },
    { upgrade, failed }: { upgrade: boolean; failed: (problem: Problem) => void },
  ) => {
    const begun = new AbortController()
    const call = httpRequest({
      host: '127.0.0.1',
      port,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request, { upgrade }),
      agent: false,
      setHost: false,
    })
    const name = JSON.stringify(service)
    let late = false
    machine.sleep(answerLimit, begun.signal).then(
      () => {
        late = true
        call.destroy(new Error('no answer'))
      },
      () => {
        // It has answered, or failed.
      },
    )
    for (const event of ['response', 'upgrade', 'error', 'close']) call.once(event, () => begun.abort())
    call.on('error', error => {
      log.debug({ err: error, service, port }, 'a published program did not answer')
      const seconds = answerLimit / 1000
      if (late) failed({ status: 504, text: `The service ${name} gave no answer within ${seconds} seconds.` })
      else failed({ status: 502, text: `The service ${name} did not answer on port ${port}: ${error.message}.` })
    })
    return call
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const found = find(request)
    if ('status' in found) {
      refuse(response, found)
      return
    }
    const call = forward(request, found, { upgrade: false, failed: problem => refuse(response, problem) })
    call.once('response', reply => {
      response.writeHead(reply.statusCode ?? 502, reply.statusMessage, responseHeaders(reply))
      // What comes in pieces goes on in pieces, at once.
      response.flushHeaders()
      pipeline(reply, response, () => reply.destroy())
    })
    response.once('close', () => call.destroy())
    pipeline(request, call, () => {
      // Whoever failed, the others learn it from the answer.
    })
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const found = find(request)
    if ('status' in found) return void socket.end(plainAnswer(found))
    const failed = (problem: Problem) => socket.end(plainAnswer(problem))
    const call = forward(request, found, { upgrade: true, failed })
    call.once('upgrade', (reply, far, first) => {
      socket.write(responseHead(reply, { upgraded: true }))
      if (first.length > 0) socket.write(first)
      if (head.length > 0) far.write(head)
      far.on('error', () => far.destroy())
      pipeline(socket, far, () => far.destroy())
      pipeline(far, socket, () => socket.destroy())
    })
    call.once('response', reply => {
      socket.write(responseHead(reply, { upgraded: false }))
      pipeline(reply, socket, () => socket.destroy())
    })
    socket.once('close', () => call.destroy())
    call.end()
  }

  // A body may take as long as it likes.
  const server = createServer({ requestTimeout: 0 }, answer)
  server.on('upgrade', upgrade)

  return {
    listen: (host, port) => listening(server, { host, port, log }),
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      if (server.listening) await closed
    },
  }
}

function listening(
  server: Server,
  { host, port, log }: { host: string; port: number; log: Logger },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      server.on('error', error => log.error({ err: error }, 'the server of ingresses failed'))
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server of ingresses has no port'))
      else resolve(address)
    })
  })
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' }

/** Where the answer has begun already, it breaks off. */
function refuse(response: ServerResponse, { status, text }: Problem): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, plainText).end(`${text}\n`)
}

const plainAnswer = ({ status, text }: Problem): string =>
  [
    `HTTP/1.1 ${status} ${names.get(status) ?? ''}`,
    `content-type: ${plainText['content-type']}`,
    `content-length: ${Buffer.byteLength(text) + 1}`,
    'connection: close',
    '',
    `${text}\n`,
  ].join('\r\n')
