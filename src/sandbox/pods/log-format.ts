// A container's log as container runtimes write it: `2026-11-22T10:00:00.000000000Z stdout F text`, one record a line.
// Long lines are cut into records of their own, all but the last of them tagged P (partial).

export type Stream = 'stdout' | 'stderr'

/** Bytes of a line in one record, at most. */
export const recordLimit = 16 * 1024

const newline = 0x0a
const timeLength = '2026-11-22T10:00:00.000000000Z'.length
const tagAt = timeLength + ' stdout '.length
const headerLength = tagAt + 'F '.length

/** RFC 3339 with all nine digits of the nanoseconds, so that times can be compared as text. */
export const nanoTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000000Z')

export interface Piece {
  bytes: Buffer
  partial: boolean
}

export interface Splitter {
  /** The pieces of lines that are complete now, or too long to wait for their end. */
  push(chunk: Buffer): Piece[]
  /** What is left when the stream has ended without a newline; partial, so that it is read back without one. */
  end(): Piece[]
}

/** Cuts a stream into lines of at most `limit` bytes. */
export function createSplitter(limit = recordLimit): Splitter {
  let rest = Buffer.alloc(0)

  const cut = (line: Buffer): Piece[] => {
    const pieces: Piece[] = []
    let start = 0
    for (; line.length - start > limit; start += limit) {
      pieces.push({ bytes: line.subarray(start, start + limit), partial: true })
    }
    return [...pieces, { bytes: line.subarray(start), partial: false }]
  }

  return {
    push: chunk => {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const pieces: Piece[] = []
      let start = 0
      for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
        for (const piece of cut(data.subarray(start, end))) pieces.push(piece)
        start = end + 1
      }
      for (; data.length - start > limit; start += limit) {
        pieces.push({ bytes: data.subarray(start, start + limit), partial: true })
      }
      rest = Buffer.from(data.subarray(start))
      return pieces
    },
    end: () => {
      const last = rest
      rest = Buffer.alloc(0)
      return last.length === 0 ? [] : [{ bytes: last, partial: true }]
    },
  }
}

/** The pieces as records of the file. */
export function encode(pieces: readonly Piece[], stream: Stream, time: string): Buffer {
  const full = Buffer.from(`${time} ${stream} F `)
  const partial = Buffer.from(`${time} ${stream} P `)
  const end = Buffer.from('\n')
  return Buffer.concat(pieces.flatMap(piece => [piece.partial ? partial : full, piece.bytes, end]))
}

export interface View {
  /** Leave out what was written before this time, as `nanoTime` writes it. */
  since?: string | undefined
  /** Put the time before each line. */
  timestamps: boolean
}

/** Turns records of the file, given in whole, into what the container wrote. */
export function createDecoder({ since = '', timestamps }: View): (records: Buffer) => Buffer {
  let atLineStart = true
  const decodeOne = (record: Buffer): Buffer[] => {
    const time = record.toString('latin1', 0, timeLength)
    if (time < since) return []
    const partial = record[tagAt] === 0x50
    const text = record.subarray(headerLength, partial ? -1 : undefined)
    const prefix = timestamps && atLineStart ? [Buffer.from(`${time} `)] : []
    atLineStart = !partial
    return [...prefix, text]
  }
  return records => {
    const parts: Buffer[] = []
    let start = 0
    for (let end = records.indexOf(newline); end >= 0; end = records.indexOf(newline, start)) {
      for (const part of decodeOne(records.subarray(start, end + 1))) parts.push(part)
      start = end + 1
    }
    return Buffer.concat(parts)
  }
}

/** Where the last `count` lines begin in records that start with a whole one; `found` is less when there are fewer. */
export function tailStart(records: Buffer, count: number): { offset: number; found: number } {
  const starts: number[] = []
  let start = 0
  let atLineStart = true
  for (let end = records.indexOf(newline); end >= 0; end = records.indexOf(newline, start)) {
    if (atLineStart) starts.push(start)
    atLineStart = records[start + tagAt] !== 0x50
    start = end + 1
  }
  const found = Math.min(count, starts.length)
  return { offset: found === 0 ? start : (starts[starts.length - found] ?? start), found }
}
