/**
 * All bytes of a body.
 * @throws RangeError when there are more than `most`.
 */
export async function readAll(body: AsyncIterable<unknown>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue
    length += chunk.length
    if (length > most) throw new RangeError(`the answer is longer than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
