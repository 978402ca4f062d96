import { type FileHandle, open } from 'node:fs/promises'
import { createDecoder, tailStart, type View } from './log-format.ts'

const blockSize = 64 * 1024

export interface ReadOptions extends View {
  follow: boolean
  tailLines?: number | undefined
  limitBytes?: number | undefined
  signal: AbortSignal
}

/** Where the log stands: the number of the file that is written, and how often anything changed. */
export interface LogState {
  segment: number
  closed: boolean
  version: number
}

/** A log as its reader needs it: files numbered from 0, of which the last two are there. */
export interface LogSource {
  path(segment: number): string
  state(): LogState
  /** Resolves once the log is not as it was at that version, or the signal is aborted. */
  changed(version: number, signal: AbortSignal): Promise<void>
}

interface Place {
  segment: number
  offset: number
}

/** What the container wrote, seen as the options say. */
export async function* readLog(source: LogSource, options: ReadOptions): AsyncGenerator<Buffer> {
  const decode = createDecoder(options)
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  for await (const block of records(source, options)) {
    const bytes = decode(block).subarray(0, left)
    left -= bytes.length
    if (bytes.length > 0) yield bytes
    if (left <= 0) return
  }
}

async function* records(source: LogSource, options: ReadOptions): AsyncGenerator<Buffer> {
  const last = options.follow ? Number.POSITIVE_INFINITY : source.state().segment
  let place = await startOf(source, options.tailLines)
  for (;;) {
    yield* drain(source, place, options)
    const { segment } = source.state()
    if (options.signal.aborted || place.segment >= Math.min(segment, last)) return
    place = { segment: Math.max(place.segment + 1, segment - 1), offset: 0 }
  }
}

/** The records of one file; when it is the one that is written, those that follow as well, if wanted. */
async function* drain(source: LogSource, place: Place, { follow, signal }: ReadOptions): AsyncGenerator<Buffer> {
  const handle = await openOrUndefined(source.path(place.segment))
  if (handle === undefined) return
  let { offset } = place
  try {
    while (!signal.aborted) {
      const before = source.state()
      const block = await wholeRecords(handle, offset)
      if (block !== undefined) {
        offset += block.length
        yield block
        continue
      }
      if (!follow || before.closed || before.segment > place.segment) return
      await source.changed(before.version, signal)
    }
  } finally {
    await handle.close()
  }
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path)
  } catch {
    return undefined // rotated away, or removed with its pod
  }
}

/** The records that begin at the offset, as many as fit; undefined when there is no whole one. */
async function wholeRecords(handle: FileHandle, offset: number): Promise<Buffer | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(blockSize), 0, blockSize, offset)
  const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a)
  return end < 0 ? undefined : buffer.subarray(0, end + 1)
}

/** Where a reader begins: at the oldest that is kept, or `lines` before the end. */
async function startOf(source: LogSource, lines: number | undefined): Promise<Place> {
  const last = source.state().segment
  const oldest = Math.max(0, last - 1)
  if (lines === undefined) return { segment: oldest, offset: 0 }
  const newest = await lastLines(source.path(last), lines)
  if (newest.found >= lines || last === oldest) return { segment: last, offset: newest.offset }
  const older = await lastLines(source.path(oldest), lines - newest.found)
  return { segment: oldest, offset: older.offset }
}

/** Looks at ever larger ends of a file, until they hold enough lines. */
async function lastLines(path: string, lines: number): Promise<{ offset: number; found: number }> {
  const handle = await openOrUndefined(path)
  if (handle === undefined) return { offset: 0, found: 0 }
  try {
    const { size } = await handle.stat()
    for (let length = blockSize; ; length *= 4) {
      const from = Math.max(0, size - length)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
      const found = linesAtEnd(buffer.subarray(0, bytesRead), { whole: from === 0, lines })
      if (found !== undefined) return { offset: from + found.offset, found: found.found }
    }
  } finally {
    await handle.close()
  }
}

/** Undefined when more of the file must be seen: in its middle the first record, and the first line, may be cut. */
function linesAtEnd(end: Buffer, { whole, lines }: { whole: boolean; lines: number }) {
  if (whole) return tailStart(end, lines)
  const skipped = end.indexOf(0x0a) + 1
  const records = end.subarray(skipped)
  if (tailStart(records, lines + 1).found <= lines) return undefined
  const { offset, found } = tailStart(records, lines)
  return { offset: skipped + offset, found }
}
