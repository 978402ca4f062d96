import type { ServerResponse } from 'node:http'
import { DomainError } from '../contract/errors.ts'

/** Line ends of other alphabets, which JSON leaves as they are and some clients split lines at. */
const lineEnds = /[\u0085\u2028\u2029]/g
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** One line of a stream: JSON without any line end inside, and one behind. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value).replace(lineEnds, escaped)}\n`

/** Resolves when the response takes more, or never will. */
function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = () => {
    response.off('drain', done)
    response.off('close', done)
    resolve()
  }
  response.once('drain', done)
  response.once('close', done)
  return promise
}

/** The same values, until `signal` fires: then it ends at once, however long the source takes to notice. */
export async function* until<T>(signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T> {
  const ended = Promise.withResolvers<undefined>()
  const end = () => ended.resolve(undefined)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const iterator = source[Symbol.asyncIterator]()
  // The source may hang in its last step, so its end is not waited for; what it throws there is nobody's any more.
  const close = () => iterator.return?.().then(undefined, () => undefined)
  try {
    for (;;) {
      const step = iterator.next()
      // It may still fail after the signal has ended the race.
      step.catch(() => undefined)
      const next = await Promise.race([step, ended.promise])
      if (next === undefined || next.done === true) break
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', end)
    close()?.catch(() => undefined)
  }
}

/** Bytes of the lines that were written so far. */
const written = new WeakMap<ServerResponse, number>()
export const streamedBytes = (response: ServerResponse): number | undefined => written.get(response)

const isFinal = (reason: unknown) => reason instanceof DomainError && reason.code !== 'unavailable'

/** How values are streamed: as lines, or as server-sent events, each a line of JSON. */
const streamed = {
  lines: { type: 'application/x-ndjson', text: jsonLine },
  events: { type: 'text/event-stream', text: (value: unknown) => `data: ${jsonLine(value)}\n` },
} as const

export interface StreamOptions {
  readonly format: keyof typeof streamed
  readonly signal: AbortSignal
}

/** Between two signs of life on a stream of events, in milliseconds: proxies end what is silent, and clients wait for ever. */
const quiet = 15_000

/** Comments, which readers of events pass over; lines can hold nothing of the kind. */
function keepAlive(response: ServerResponse): () => void {
  const timer = setInterval(() => response.write(': still here\n\n'), quiet)
  return () => clearInterval(timer)
}

/**
 * Writes values as they come: the head at once, no faster than the client reads, and no empty line among lines ever. Ends when
 * the source does or `signal` fires; where the caller is refused from now on the connection is cut, so that nobody takes what
 * came so far for all.
 * @throws what the source throws.
 */
export async function writeStream(
  response: ServerResponse,
  source: AsyncIterable<unknown>,
  { format, signal }: StreamOptions,
): Promise<void> {
  const { type, text } = streamed[format]
  written.set(response, 0)
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' })
  response.flushHeaders()
  const rest = format === 'events' ? keepAlive(response) : () => undefined
  try {
    for await (const value of until(signal, source)) {
      const piece = text(value)
      written.set(response, (written.get(response) ?? 0) + Buffer.byteLength(piece))
      if (!response.write(piece)) await drained(response)
    }
  } finally {
    rest()
  }
  if (signal.aborted && isFinal(signal.reason)) response.destroy()
  else response.end()
}
