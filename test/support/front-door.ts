import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import process from 'node:process'
import type { Test } from 'tap'
import { findProgram } from './programs.ts'
import { waitUntil } from './wait-until.ts'

/** A proxy in front of the API, started with the configuration that is shipped. */
export interface FrontDoor {
  port: number
  /** What it printed and logged so far. */
  output(): Promise<string>
  stop(): Promise<void>
}

export interface FrontDoorOptions {
  /** Ports on 127.0.0.1 that expect a PROXY header. */
  backends: number[]
  /** More settings, as the folder's README names them. */
  settings?: Record<string, string>
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given')
  return address.port
}

const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

export interface ProxyProcess {
  name: string
  command: string[]
  environment: Record<string, string>
  port: number
  /** A file with more of its log. */
  log?: string
}

/** Starts a proxy in the foreground, waits until it listens, and stops it after the test. */
export async function startProxy(t: Test, { name, command, environment, port, log }: ProxyProcess): Promise<FrontDoor> {
  const [program = '', ...words] = command
  const child: ChildProcess = spawn(findProgram(program) ?? program, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => (printed += text))
  const ended = once(child, 'exit')
  const gone = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (!gone()) child.kill('SIGTERM')
    await ended
  }
  t.teardown(stop)
  await waitUntil(`${name} to listen on ${port}`, async () => {
    if (gone()) throw new Error(`${name} ended: ${printed}`)
    return accepts(port)
  })
  const output = async () => printed + (log === undefined ? '' : await readFile(log, 'utf8').catch(() => ''))
  return { port, output, stop }
}
