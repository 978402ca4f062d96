/** The lines of a stream of UTF-8, a last one without newline too; a line may come in any number of pieces. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const open: string[] = []
  for await (const chunk of chunks) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n')
    open.push(first)
    for (const piece of more) {
      yield open.join('')
      open.splice(0, open.length, piece)
    }
  }
  const last = open.join('') + decoder.decode()
  if (last !== '') yield last
}
