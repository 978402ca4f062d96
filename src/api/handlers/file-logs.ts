import type { LogLine } from '../../contract/log-schemas.ts'
import type { Homes } from '../../homes/homes.ts'
import type { LogRequest } from '../../homes/log-file.ts'
import type { Clock } from '../../platform/clock.ts'

/** A job's log file, its path as the user gave it. */
export interface LogFile {
  readonly path: string
  readonly stream: 'stdout' | 'stderr'
}

export interface FileLogs {
  readonly homes: Pick<Homes, 'readLog'>
  readonly tool: string
  readonly files: readonly LogFile[]
}

/** Bytes of one reading, and milliseconds between readings while a log is followed. */
const maxBytes = 1024 * 1024
const betweenReadings = 1000

const shown = ({ path, stream }: LogFile, message: string): LogLine => ({
  datetime: '',
  pod: path,
  container: stream,
  message,
})

/** Lines of a job's log files, and the byte of each file to go on from. */
export interface FileLines {
  readonly lines: readonly LogLine[]
  readonly offsets: readonly number[]
}

async function readFiles(
  { homes, tool, files }: FileLogs,
  partOf: (index: number) => Omit<LogRequest, 'maxBytes'>,
): Promise<FileLines> {
  const parts = await Promise.all(
    files.map(({ path }, index) => homes.readLog(tool, { path, maxBytes, ...partOf(index) })),
  )
  return {
    lines: files.flatMap((file, index) => parts[index]?.lines.map(line => shown(file, line)) ?? []),
    offsets: parts.map(part => part?.offset ?? 0),
  }
}

/** The end of each log file, so many lines of each; `unfinished` when a last line without its end counts. */
export const lastLines = (
  logs: FileLogs,
  { most, unfinished }: { most: number; unfinished: boolean },
): Promise<FileLines> => readFiles(logs, () => ({ lines: most, unfinished }))

interface FollowOptions {
  readonly offsets: readonly number[]
  readonly hasEnded: () => Promise<boolean>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * What comes to a job's log files after `offsets`, until the job has ended and all was read. A file that has become shorter is
 * read from its start; one that was emptied and has grown past where it was between two readings is not noticed.
 */
export async function* followFiles(logs: FileLogs, options: FollowOptions): AsyncGenerator<LogLine> {
  let { offsets } = options
  for (;;) {
    const isLast = await options.hasEnded()
    const from = offsets
    const read = await readFiles(logs, index => ({ offset: from[index] ?? 0, unfinished: isLast }))
    yield* read.lines
    offsets = read.offsets
    if (isLast && read.lines.length === 0) return
    options.signal.throwIfAborted()
    if (read.lines.length === 0) await options.clock.sleep(betweenReadings, options.signal)
  }
}
