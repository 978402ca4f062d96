import type { Readable } from 'node:stream'

/**
 * All bytes of a body: as soon as there are as many as it was told to have, since the end of an HTTP/2 stream may come
 * milliseconds later; else at its end.
 * @throws RangeError when there are more than `most`.
 */
export function readAll(body: Readable, most: number, told?: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  body.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > most) body.destroy(new RangeError(`the answer is longer than ${most} bytes`))
    else if (length === told) resolve(Buffer.concat(chunks))
  })
  body.once('end', () => resolve(Buffer.concat(chunks)))
  body.once('error', reject)
  body.once('close', () => reject(new Error('the answer was cut off')))
  return promise
}
