import type { Readable } from 'node:stream'
import type { Clock } from '../platform/clock.ts'
import { StatusError, tooLarge } from './status.ts'

/** As Kubernetes has it. */
export const bodyLimit = 3 * 1024 * 1024
/** A client that takes longer for its body is let go. */
const bodyDeadline = 30_000

/**
 * The whole body as text.
 * @throws StatusError 413 for one that is too large, 408 for one that does not come.
 */
export async function readBody(request: Readable, clock: Clock): Promise<string> {
  const done = new AbortController()
  const late = clock.sleep(bodyDeadline, done.signal).then(
    () => {
      throw new StatusError({ code: 408, reason: 'Timeout', message: 'the body of the request did not come in time' })
    },
    () => '',
  )
  try {
    return await Promise.race([collect(request), late])
  } finally {
    done.abort()
  }
}

async function collect(request: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.from(chunk)
    size += piece.length
    if (size > bodyLimit) throw tooLarge(bodyLimit)
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}
