import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Test } from 'tap'
import { main } from '../../src/cli/main.ts'
import type { World } from '../../src/cli/world.ts'
import type { Job } from '../../src/contract/schemas.ts'
import { type Authority, createAuthority, type KeyPair } from '../../src/pki/authority.ts'
import { type Clock, systemClock } from '../../src/platform/clock.ts'

const hour = 3_600_000
const validity = () => ({ notBefore: Date.now() - hour, notAfter: Date.now() + hour })

/** What a service got. */
export interface Got {
  method: string
  path: string
  body: string
  headers: Record<string, unknown>
}

/** How it answers: an object as JSON, or what a function does with the response. */
export interface Said {
  status?: number
  json?: unknown
  headers?: Record<string, string>
  /** Pieces of a body, each sent by itself. */
  pieces?: readonly (string | Uint8Array)[]
  /** The connection is cut after the pieces. */
  cut?: boolean
  /** The answer does not end after the pieces. */
  open?: boolean
  /** Nothing is ever answered. */
  silent?: boolean
}

export interface CliService {
  readonly url: string
  readonly port: number
  readonly got: Got[]
  readonly connections: () => number
  readonly ca: Authority
  readonly home: string
  /** Of the tool tf-test. */
  readonly client: KeyPair
}

type Answer = (got: Got, count: number) => Said

const nothing: Got = { method: '', path: '', body: '', headers: {} }

async function say(response: ServerResponse, said: Said): Promise<void> {
  const { status = 200, json, headers = {}, pieces = [JSON.stringify(json)], cut, open, silent } = said
  if (silent) return
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  for (const piece of pieces) await new Promise(resolve => response.write(piece, resolve))
  if (cut) response.destroy()
  else if (!open) response.end()
}

async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** A service over TLS that answers as the test says, and a home whose configuration leads to it. */
export async function startCliService(
  t: Test,
  answer: Answer,
  {
    hosts = ['127.0.0.1'],
    life = validity(),
  }: { hosts?: string[]; life?: { notBefore: number; notAfter: number } } = {},
): Promise<CliService> {
  const ca = await createAuthority({ commonName: 'test-ca', ...validity() })
  const pair = await ca.issue({ subject: [{ CN: ['api'] }], usages: ['serverAuth'], hosts, ...life })
  const client = await ca.issue({
    subject: [{ O: ['toolforge'] }, { CN: ['tf-test'] }],
    usages: ['clientAuth'],
    ...validity(),
  })
  const got: Got[] = []
  let connections = 0
  const options: ServerOptions = { cert: pair.certificate, key: pair.key, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, async (request, response) => {
    const body = (await request.toArray()).join('')
    got.push({ method: request.method ?? '', path: request.url ?? '', body, headers: request.headers })
    await say(response, answer(got[got.length - 1] ?? nothing, got.length))
  })
  server.on('secureConnection', () => connections++)
  const port = await listen(t, server)
  const url = `https://127.0.0.1:${port}`
  return { url, port, got, connections: () => connections, ca, client, home: homeOf(t, { url, ca, client }) }
}

const kubeconfig = `
current-context: toolforge
contexts: [{name: toolforge, context: {cluster: toolforge, user: tf-test, namespace: tool-tf-test}}]
clusters: [{name: toolforge, cluster: {server: "https://k", certificate-authority: ca.crt}}]
users: [{name: tf-test, user: {client-certificate: client.crt, client-key: client.key}}]
`

function homeOf(t: Test, { url, ca, client }: { url: string; ca: Authority; client: KeyPair }): string {
  return t.testdir({
    '.toolforge.yaml': `api_gateway:\n  url: ${url}\n`,
    '.kube': {
      config: kubeconfig,
      'ca.crt': ca.certificate,
      'client.crt': client.certificate,
      'client.key': client.key,
    },
  })
}

/** A job as the service shows it, with all that is always there. */
export const shownJob = (name: string, short: Job['status']['short'], changes: Partial<Job> = {}): Job => ({
  name,
  job_type: 'one-off',
  cmd: './a.sh --x',
  imagename: 'bookworm',
  image_state: 'stable',
  status: { short, messages: [], up_to_date: true },
  status_short: 'x',
  status_long: 'x',
  ...changes,
})

export interface Ran {
  code: number
  out: string
  err: string
}

export interface Terminal {
  columns: number
  rows?: number
  /** Typed in answer to a question. */
  typed?: string
  /** The input is not of the terminal. */
  pipedInput?: boolean
}

export interface RunCliOptions {
  home: string
  clock?: Clock
  environment?: Record<string, string>
  terminal?: Terminal
  /** What comes through the standard input. */
  piped?: string
  signal?: AbortSignal
  /** Told of all that is written, as it is written. */
  onWrite?: (text: string) => void
}

/** Runs the command line in this process, with streams of its own. */
export async function runCli(args: readonly string[], options: RunCliOptions): Promise<Ran> {
  const { home, clock = systemClock, environment = {}, terminal, piped, onWrite = () => {} } = options
  const sink = () => {
    const texts: string[] = []
    const write = (text: string) => {
      texts.push(text)
      onWrite(text)
    }
    return {
      texts,
      write,
      ...(terminal === undefined ? {} : { isTTY: true, columns: terminal.columns, rows: terminal.rows ?? 24 }),
    }
  }
  const stdout = sink()
  const stderr = sink()
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough()
  if (terminal !== undefined && !terminal.pipedInput) stdin.isTTY = true
  if (terminal?.typed !== undefined) stdin.end(terminal.typed)
  if (piped !== undefined) stdin.end(piped)
  const world: World = {
    args,
    environment: { ...environment },
    home,
    hostname: 'test-host',
    checkout: join(home, 'no-checkout'),
    stdin,
    stdout,
    stderr,
    clock,
    signal: options.signal ?? new AbortController().signal,
  }
  const code = await main(world)
  return { code, out: stdout.texts.join(''), err: stderr.texts.join('') }
}

/** Replaces the settings of a home. */
export const configure = (home: string, yaml: string): void => writeFileSync(join(home, '.toolforge.yaml'), yaml)
