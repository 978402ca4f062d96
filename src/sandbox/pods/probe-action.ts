import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import type { Clock } from '../../platform/clock.ts'
import { messageOf } from '../../platform/message-of.ts'
import type { Container, Probe } from '../kinds/types.ts'
import { expand } from './expand.ts'
import type { Processes, Program, Running } from './process.ts'

/** What one probe has found, in the words of a kubelet. */
export interface Finding {
  /** `warning` counts as success; `error` as nothing at all. */
  result: 'success' | 'warning' | 'failure' | 'error'
  output: string
}

export interface ProbeTarget {
  container: Container
  /** What runs in the container: its environment and folder are those of commands. */
  program: Program
  /** The pod's address. */
  address: string
}

export interface ActionDeps {
  /** By which an answer is waited for: the machine's, since it is the machine that answers. */
  machine: Clock
  processes: Processes
}

interface Action {
  probe: Probe
  target: ProbeTarget
  /** Tells processes of different probes apart. */
  name: string
  /** Aborted when the container ends. */
  signal: AbortSignal
}

/** Bytes of a command's output that are kept. */
const outputLimit = 10 * 1024
const mostRedirects = 10
const success: Finding = { result: 'success', output: '' }
const failure = (output: string): Finding => ({ result: 'failure', output })
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
/** Does what the probe says, once. Never rejects. */
export async function act(action: Action, deps: ActionDeps): Promise<Finding> {
  const { probe, signal } = action
  const over = new AbortController()
  const seconds = probe.timeoutSeconds ?? 1
  const late = new AbortController()
  deps.machine.sleep(seconds * 1000, over.signal).then(
    () => late.abort(),
    () => {
      // It has ended before.
    },
  )
  try {
    const ends = { late: late.signal, any: AbortSignal.any([signal, late.signal]) }
    if (probe.exec !== undefined) return await runCommand(action, ends, deps)
    if (probe.httpGet !== undefined) return await getPage(action, probe.httpGet, ends)
    return await openSocket(action, ends)
  } catch (error) {
    return { result: 'error', output: messageOf(error) }
  } finally {
    over.abort()
  }
}

interface Ends {
  late: AbortSignal
  /** Too late, or nobody wants to know any more. */
  any: AbortSignal
}

async function runCommand({ probe, target, name }: Action, ends: Ends, { processes }: ActionDeps): Promise<Finding> {
  const command = probe.exec?.command ?? []
  const { program } = target
  const argv = command.map(text => expand(text, program.environment))
  const running = await processes.start({ ...program, argv, mark: `${program.mark}/${name}`, memory: undefined })
  const output = collect(running)
  const stop = (): void => running.stop(0)
  if (ends.any.aborted) stop()
  ends.any.addEventListener('abort', stop, { once: true })
  const { exitCode } = await running.ended
  ends.any.removeEventListener('abort', stop)
  for (const stream of [running.stdout, running.stderr]) stream.destroy()
  if (ends.late.aborted) {
    return failure(`command timed out: ${JSON.stringify(argv.join(' '))} timed out after ${probe.timeoutSeconds ?? 1}s`)
  }
  return { result: exitCode === 0 ? 'success' : 'failure', output: output() }
}

function collect({ stdout, stderr }: Running): () => string {
  const chunks: Buffer[] = []
  let size = 0
  for (const stream of [stdout, stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (size < outputLimit) chunks.push(chunk.subarray(0, outputLimit - size))
      size += chunk.length
    })
    stream.on('error', () => {})
  }
  return () => Buffer.concat(chunks).toString()
}

/** @throws TypeError for a name that no port has. */
export function portOf(port: number | string | undefined, { ports = [] }: Container): number {
  const found = typeof port === 'string' ? ports.find(({ name }) => name === port)?.containerPort : port
  const number = found ?? Number(port)
  if (Number.isInteger(number) && number > 0 && number < 65536) return number
  throw new TypeError(`couldn't find port: ${JSON.stringify(port ?? null)}`)
}

const refusedBy = (host: string, port: number, error: unknown): string => {
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (codeOf(error) === 'ECONNREFUSED') return `dial tcp ${at}: connect: connection refused`
  return codeOf(error) === 'ECONNRESET' ? 'EOF' : messageOf(error)
}

function openSocket({ probe, target }: Action, ends: Ends): Promise<Finding> {
  const host = probe.tcpSocket?.host || target.address
  const port = portOf(probe.tcpSocket?.port, target.container)
  return new Promise(resolve => {
    const socket = connect({ host, port, signal: ends.any })
    const end = (finding: Finding): void => {
      socket.destroy()
      resolve(finding)
    }
    socket.once('connect', () => end(success))
    socket.on('error', error =>
      end(failure(ends.late.aborted ? `dial tcp ${host}:${port}: i/o timeout` : refusedBy(host, port, error))),
    )
  })
}

type HttpGet = NonNullable<Probe['httpGet']>

async function getPage({ target }: Action, get: HttpGet, ends: Ends): Promise<Finding> {
  let url = addressOf(get, target)
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const answer = await request(url, headersOf(get), ends)
    if ('problem' in answer) return failure(`Get ${JSON.stringify(url.href)}: ${answer.problem}`)
    const next = redirect(answer, url)
    if (next === undefined) return judged(answer.status)
    if (next.hostname !== url.hostname) return { result: 'warning', output: 'Probe terminated redirects' }
    url = next
  }
  return failure(`Get ${JSON.stringify(url.href)}: stopped after ${mostRedirects} redirects`)
}

function addressOf({ host, scheme = 'HTTP', port, path = '/' }: HttpGet, { address, container }: ProbeTarget): URL {
  return new URL(path, `${scheme.toLowerCase()}://${host || address}:${portOf(port, container)}`)
}

const judged = (status: number): Finding =>
  status >= 200 && status < 400 ? success : failure(`HTTP probe failed with statuscode: ${status}`)

function redirect({ status, location }: Page, from: URL): URL | undefined {
  if (status < 300 || status >= 400 || location === undefined) return undefined
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
}

const headersOf = ({ httpHeaders = [] }: HttpGet): Record<string, string> => {
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value
  return headers
}

interface Page {
  status: number
  location: string | undefined
}

type Answer = Page | { problem: string }

function request(url: URL, headers: Record<string, string>, ends: Ends): Promise<Answer> {
  const tls = url.protocol === 'https:'
  const options = { headers, agent: false, signal: ends.any } as const
  return new Promise(resolve => {
    const call = tls ? https.request(url, { ...options, rejectUnauthorized: false }) : http.request(url, options)
    call.once('response', response => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location })
      response.on('error', () => {})
      response.destroy()
    })
    call.on('error', error => {
      const port = Number(url.port || (tls ? 443 : 80))
      const timeout = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      resolve({ problem: ends.late.aborted ? timeout : refusedBy(url.hostname, port, error) })
    })
    call.end()
  })
}
