import { fill } from './open.ts'

/** Which part of a log. */
export interface LogRequest {
  /** The last so many lines; without it as many as `maxBytes` holds. Not looked at with `offset`. */
  lines?: number
  /** The byte to go on from, as an earlier answer gave it; a file that has become shorter is read from its start. */
  offset?: number
  /** Whether a last line without a newline counts: yes, unless the caller will come back for the rest of it. */
  unfinished?: boolean
  /** Most bytes to read. */
  maxBytes: number
}

export interface LogPart {
  /** Without their newlines; bytes that are no UTF-8 are replaced. A line that `maxBytes` cannot hold comes in pieces. */
  lines: string[]
  /** The byte after the last line given: where to go on. */
  offset: number
  /** The file's size in bytes. */
  size: number
}

/** Reads the end of a log, or what came after `offset`, from an open file of `size` bytes. */
export function readLogPart(fd: number, size: number, request: LogRequest): LogPart {
  const wanted = request.lines ?? Number.POSITIVE_INFINITY
  const { bytes, from } =
    request.offset === undefined
      ? readEnd(fd, size, { lines: wanted, maxBytes: request.maxBytes })
      : readFrom(fd, size, { offset: request.offset, maxBytes: request.maxBytes })
  const used = usable(bytes, { all: request.unfinished ?? true, more: from + bytes.length < size })
  const lines = linesOf(bytes.subarray(0, used))
  return {
    lines: request.offset === undefined ? lines.slice(Math.max(0, lines.length - wanted)) : lines,
    offset: from + used,
    size,
  }
}

interface Area {
  bytes: Buffer
  from: number
}

const newline = 0x0a

function read(fd: number, from: number, length: number): Area {
  const bytes = Buffer.alloc(length)
  return { bytes: bytes.subarray(0, fill(fd, bytes, from)), from }
}

function readFrom(fd: number, size: number, { offset, maxBytes }: { offset: number; maxBytes: number }): Area {
  const from = offset > size ? 0 : offset
  return read(fd, from, Math.min(size - from, maxBytes))
}

const firstBlock = 64 * 1024

/** Reads ever larger blocks at the file's end until one holds the lines; what it begins with in mid-line is left out. */
function readEnd(fd: number, size: number, { lines, maxBytes }: { lines: number; maxBytes: number }): Area {
  const most = Math.min(size, maxBytes)
  let area = read(fd, size, 0)
  for (let length = firstBlock; area.bytes.length < most && newlines(area.bytes) <= lines; length *= 4) {
    const next = Math.min(length, most)
    area = read(fd, size - next, next)
    if (area.bytes.length < next) break
  }
  const cut = area.from === 0 ? 0 : area.bytes.indexOf(newline) + 1
  return { bytes: area.bytes.subarray(cut), from: area.from + cut }
}

function newlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

/** How many of the bytes are given out: all, or those of whole lines, or whole characters of a line that is too long. */
function usable(bytes: Buffer, { all, more }: { all: boolean; more: boolean }): number {
  const whole = bytes.lastIndexOf(newline) + 1
  if (more) return whole > 0 ? whole : wholeCharacters(bytes)
  return all ? bytes.length : whole
}

function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back < bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    const isLead = byte >= 0xc0
    if (isLead) return sequenceLength(byte) > back ? bytes.length - back : bytes.length
    if (byte < 0x80) break
  }
  return bytes.length
}

const sequenceLength = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2)

function linesOf(bytes: Buffer): string[] {
  if (bytes.length === 0) return []
  const text = bytes.toString('utf8')
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}
