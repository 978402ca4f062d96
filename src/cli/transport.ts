import { Agent } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Send, WireReply, WireRequest } from '../contract/client.ts'
import type { Clock } from '../platform/clock.ts'
import { backoffDelay } from '../platform/retry.ts'
import { type Answer, exchange, NoAnswer } from './exchange.ts'
import { CliError, codeOf } from './failure.ts'
import { type Peer, unreachable } from './network-failure.ts'
import type { Target } from './target.ts'

/** Requests to one service over a connection that is kept. */
export interface Transport {
  readonly send: Send
  close(): void
}

export interface TransportDeps {
  readonly clock: Clock
  /** Told of every request and answer. */
  readonly debug: (line: string) => void
  readonly userAgent: string
}

/** Tries in all, and how long to wait between them. */
const tries = 3
const backoff = { first: 300, most: 2_000 }
/** Milliseconds that a service may ask for with Retry-After; a longer wait is for the user to decide on. */
const longestPause = 10_000

/** Ways to fail that pass by themselves, before the service could have got anything, and at any time. */
const passingBefore = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAI_AGAIN'])
const passingAfter = new Set(['ECONNRESET', 'EPIPE'])

/**
 * Sends as the target says. Reads are tried again when the connection breaks, and on 503 with Retry-After; writes only when they
 * surely never arrived. Rejects with Unreachable. @throws CliError when certificate and key are no pair
 */
export function createTransport(target: Target, deps: TransportDeps): Transport {
  const url = new URL(target.url)
  const agent = new Agent({ keepAlive: true, maxSockets: 4, secureContext: context(target), rejectUnauthorized: true })
  const peer: Peer = { host: url.hostname, port: Number(url.port || 443), caSource: target.caSource }
  const once = async (wire: WireRequest, signal: AbortSignal | undefined) => {
    const full = new URL(target.url + placed(wire.path, target.jobsEndpoint))
    const started = deps.clock.now()
    deps.debug(`--> ${wire.method} ${full}${wire.body === undefined ? '' : ` ${wire.body}`}`)
    const stream = isStream(wire)
    try {
      const silence = silenceOf(wire, target.timeout * 1000)
      const answer = await exchange({ wire, url: full, agent, userAgent: deps.userAgent, silence, stream, signal })
      const id = answer.requestId === undefined ? '' : `, request ${answer.requestId}`
      deps.debug(`<-- ${answer.status} after ${deps.clock.now() - started} ms${id}`)
      return answer
    } catch (error) {
      deps.debug(`<-- ${error instanceof NoAnswer ? String(error.cause) : String(error)}`)
      throw error
    }
  }
  /** The answer, or undefined after a pause, when it is to be tried again. */
  const attempt = async (wire: WireRequest, signal: AbortSignal | undefined, left: number) => {
    try {
      const answer = await once(wire, signal)
      const pause = left > 0 ? pauseOf(wire, answer) : undefined
      if (pause === undefined) return guarded(answer, peer, signal)
      await deps.clock.sleep(pause, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (left === 0 || !mayRepeat(wire, error)) throw unreachable(causeOf(error), peer)
      await deps.clock.sleep(backoffDelay(backoff, tries - left), signal)
    }
    return undefined
  }
  const send: Send = async (wire, signal) => {
    for (let left = tries - 1; ; left--) {
      const reply = await attempt(wire, signal, left)
      if (reply !== undefined) return reply
    }
  }
  return { send, close: () => agent.destroy() }
}

function context({ identity, ca }: Target): SecureContext {
  try {
    return createSecureContext({
      cert: identity.certificate,
      key: identity.key,
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
    })
  } catch (error) {
    const why = codeOf(error) === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' ? 'they are no pair' : String(error)
    throw new CliError(`The certificate and key of the tool ${identity.tool} can't be used: ${why}`, { cause: error })
  }
}

/** The jobs service may be mounted elsewhere; the logs service has a place of its own. */
const placed = (path: string, endpoint: string): string =>
  path.startsWith('/jobs/v1/') ? endpoint + path.slice('/jobs/v1'.length) : path

/** What comes piece by piece, for as long as a job runs. */
const isStream = ({ operation, path }: WireRequest): boolean =>
  operation === 'events' || operation === 'logsStream' || (operation === 'jobLogs' && path.includes('follow=true'))

/** The service writes to a stream of events now and then, so that a dead one is noticed; a log may be silent for ever. */
const eventsSilence = 90_000
const silenceOf = (wire: WireRequest, usual: number): number | undefined => {
  if (wire.operation === 'events') return Math.max(eventsSilence, usual)
  return isStream(wire) ? undefined : usual
}

const causeOf = (error: unknown): unknown => (error instanceof NoAnswer ? error.cause : error)

function mayRepeat({ method }: WireRequest, error: unknown): boolean {
  if (!(error instanceof NoAnswer)) return false
  const code = codeOf(error.cause) ?? ''
  return error.sent ? method === 'GET' && passingAfter.has(code) : passingBefore.has(code)
}

/** How long to wait before the same read is sent again, in milliseconds; undefined where the answer stands. */
function pauseOf({ method }: WireRequest, { status, retryAfter }: Answer): number | undefined {
  if (method !== 'GET' || status !== 503 || retryAfter === undefined) return undefined
  return retryAfter * 1000 <= longestPause ? Math.max(100, retryAfter * 1000) : undefined
}

/** A stream that breaks says so like a request that does. */
function guarded(answer: Answer, peer: Peer, signal: AbortSignal | undefined): WireReply {
  return {
    status: answer.status,
    text: answer.text,
    async *lines() {
      try {
        yield* answer.lines()
      } catch (error) {
        signal?.throwIfAborted()
        throw unreachable(error, peer)
      }
    },
  }
}
