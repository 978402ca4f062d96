import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { ConfigError } from '../../platform/config.ts'
import type { Service } from '../../platform/lifecycle.ts'
import type { Logger } from '../../platform/log.ts'
import { messageOf } from '../../platform/message-of.ts'
import { type Operation, UnknownName } from './operations.ts'

/** The kernel's limit for the path of a socket, less a little, since it differs between systems. */
export const longestPath = 100
const bodyLimit = 1024 * 1024

/**
 * Serves operations to whoever may open the socket, that is its owner alone.
 * @throws Error at the start for a path that is too long, is something else, or is another one's.
 */
export function createControlServer(
  path: string,
  { operations, log }: { operations: Readonly<Record<string, Operation>>; log: Logger },
): Service<void> {
  const stopping = new AbortController()
  const server = createServer((request, response) => {
    void answer(request, response, { operations, log, stopping: stopping.signal })
  })
  // An operation takes as long as it takes: a year may pass.
  server.requestTimeout = 0
  return {
    start: async () => {
      if (Buffer.byteLength(path) > longestPath) {
        throw new Error(`the path of the control socket is longer than ${longestPath} bytes: ${path}`)
      }
      await removeStale(path)
      await listen(server, path)
    },
    stop: async () => {
      stopping.abort(new Error('the sandbox stops'))
      if (!server.listening) return
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** The mode is right from the first moment on: whoever may connect may run programs here. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        chmodSync(path, 0o600)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
}

/** Removes a socket that nobody listens on any more. @throws Error for one that is in use, and for anything else. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new Error(`${path} is there already, and is no socket`)
  if (await isUsed(path)) throw new Error(`${path} is the control socket of another process`)
  unlinkSync(path)
}

const isUsed = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path)
    const say = (used: boolean) => (): void => {
      socket.destroy()
      resolve(used)
    }
    socket.once('connect', say(true))
    socket.once('error', say(false))
  })

interface Serving {
  operations: Readonly<Record<string, Operation>>
  log: Logger
  stopping: AbortSignal
}

/** A refusal in words, with its code. */
class Refused extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const left = new AbortController()
  response.once('close', () => left.abort(new Error('the client has gone')))
  const signal = AbortSignal.any([left.signal, serving.stopping])
  try {
    send(response, 200, await perform(request, serving, signal))
  } catch (error) {
    if (left.signal.aborted) return
    const code = codeOf(error)
    if (code === 500) serving.log.error({ err: error, url: request.url }, 'a control request failed')
    send(response, code, { error: messageOf(error) })
  }
}

function codeOf(error: unknown): number {
  if (error instanceof Refused) return error.code
  if (error instanceof ConfigError) return 400
  return error instanceof UnknownName ? 404 : 500
}

function send(response: ServerResponse, code: number, body: unknown): void {
  if (response.destroyed) return
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

async function perform(request: IncomingMessage, { operations }: Serving, signal: AbortSignal): Promise<unknown> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://control')
  const { operation, id } = find(operations, request.method ?? '', pathname)
  return operation({ body: await readAll(request), query, id, signal })
}

/** @throws Refused 404 and 405. */
function find(operations: Serving['operations'], method: string, path: string): { operation: Operation; id: string } {
  const general = path.replace(/^\/faults\/[^/]+$/, '/faults/:id')
  const operation = operations[`${method} ${general}`]
  if (operation !== undefined) return { operation, id: path.split('/').at(-1) ?? '' }
  const others = Object.keys(operations).filter(key => key.endsWith(` ${general}`))
  if (others.length > 0) throw new Refused(405, `${path} knows ${others.map(key => key.split(' ')[0]).join(', ')}`)
  throw new Refused(404, `there is no ${path}; there are ${Object.keys(operations).join(', ')}`)
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.from(chunk)
    size += piece.length
    if (size > bodyLimit) throw new Refused(413, `the body is larger than ${bodyLimit} bytes`)
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}
