import type { IncomingMessage } from 'node:http'

/** Bytes of a refused body that are read and thrown away, and milliseconds that this may take. */
const most = 32 * 1024 * 1024
const longest = 5000

/**
 * Resolves when the rest of a request's body has come and is forgotten, or was too much. Most clients read an answer only when
 * they have sent all: whose connection ends before that does not learn why.
 */
export function drained(message: IncomingMessage): Promise<void> {
  if (message.complete || message.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    let bytes = 0
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, longest)
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > most) done()
    })
    for (const event of ['end', 'close', 'error']) message.once(event, done)
  })
}
