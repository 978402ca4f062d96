export interface LineOptions {
  /** Bytes of one line. */
  limit: number
  /** What becomes of a longer one: pieces of whole characters, or a RangeError that ends it all. */
  tooLong: 'split' | 'fail'
}

const newline = 0x0a

/**
 * The lines of a stream of bytes, without their newlines; a last one without newline counts. Characters may be split over
 * chunks; bytes that are no UTF-8 are replaced.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<string, void, undefined> {
  let parts: Uint8Array[] = []
  let length = 0
  const add = (part: Uint8Array): void => {
    // Even an empty part would keep the whole chunk in memory while a watch is quiet.
    if (part.length === 0) return
    parts.push(part)
    length += part.length
  }
  const take = (): Buffer => {
    const whole = Buffer.concat(parts)
    parts = []
    length = 0
    return whole
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, at))
      yield* pieces(take(), options).map(String)
      from = at + 1
    }
    add(chunk.subarray(from))
    if (length <= options.limit) continue
    const ready = pieces(take(), options)
    add(ready.pop() ?? Buffer.alloc(0))
    yield* ready.map(String)
  }
  if (length > 0) yield* pieces(take(), options).map(String)
}

function pieces(line: Buffer, { limit, tooLong }: LineOptions): Buffer[] {
  if (line.length > limit && tooLong === 'fail') throw new RangeError(`a line is longer than ${limit} bytes`)
  const list: Buffer[] = []
  let from = 0
  while (line.length - from > limit) {
    const to = boundary(line, from + limit)
    list.push(line.subarray(from, to))
    from = to
  }
  list.push(line.subarray(from))
  return list
}

/** The beginning of the character that `at` lies in; a character has at most three bytes after its first. */
function boundary(bytes: Buffer, at: number): number {
  for (let back = 0; back <= 3; back++) if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back
  return at
}
