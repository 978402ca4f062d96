import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { createSplitter, encode, nanoTime, type Stream } from './log-format.ts'
import { type LogSource, type ReadOptions, readLog } from './log-reader.ts'

/** The log of one run of a container: files of about `maxBytes` each, of which the last two are kept. */
export interface LogFile {
  /** Writes what comes out of both streams. Resolves when both have ended; never rejects. */
  record(outputs: { stdout: Readable; stderr: Readable }): Promise<void>
  /** No more will be written: followers end once they have read everything. */
  close(): void
  read(options: ReadOptions): AsyncIterable<Buffer>
}

export function createLogFile(
  directory: string,
  deps: { clock: Clock; log: Logger; maxBytes?: number | undefined },
): LogFile {
  const { clock, log, maxBytes = 10 * 1024 * 1024 } = deps
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (segment: number): string => join(directory, `${segment}.log`)
  const waiting = new Set<() => void>()
  const state = { segment: 0, closed: false, version: 0 }
  let file = openSync(path(0), 'a', 0o600)
  let size = 0
  let failed = false

  const rotate = (): void => {
    const next = openSync(path(state.segment + 1), 'a', 0o600)
    closeSync(file)
    file = next
    size = 0
    state.segment += 1
    rmSync(path(state.segment - 2), { force: true })
  }

  const wake = (): void => {
    state.version += 1
    for (const listener of [...waiting]) listener()
  }

  const append = (records: Buffer): void => {
    if (state.closed || records.length === 0) return
    try {
      if (size > 0 && size + records.length > maxBytes) rotate()
      writeFileSync(file, records)
      size += records.length
    } catch (error) {
      if (!failed) log.error({ err: error, directory }, 'output of a container cannot be written to its log')
      failed = true
    }
    wake()
  }

  const recordOne = async (stream: Stream, output: Readable): Promise<void> => {
    const lines = createSplitter()
    const write = (pieces: ReturnType<typeof lines.end>): void => append(encode(pieces, stream, nanoTime(clock.now())))
    output.on('data', (chunk: Buffer) => write(lines.push(chunk)))
    try {
      await finished(output)
    } catch (error) {
      log.debug({ err: error, directory }, 'the output of a container broke off')
    }
    write(lines.end())
  }

  const source: LogSource = {
    path,
    state: () => ({ ...state }),
    changed: (version, signal) =>
      new Promise(resolve => {
        const done = (): void => {
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        if (version !== state.version || signal.aborted) return resolve()
        waiting.add(done)
        signal.addEventListener('abort', done)
      }),
  }

  return {
    record: async ({ stdout, stderr }) => {
      await Promise.all([recordOne('stdout', stdout), recordOne('stderr', stderr)])
    },
    close: () => {
      if (state.closed) return
      state.closed = true
      closeSync(file)
      wake()
    },
    read: options => readLog(source, options),
  }
}
