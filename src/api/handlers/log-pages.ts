import type { LogLine } from '../../contract/schemas.ts'
import { momentOf, parseLogLine } from '../../jobs/log-line.ts'
import { isWithin, type Window } from '../../jobs/moment.ts'
import { rfc3339 } from '../../platform/clock.ts'

/** Which part of a pod's log to read. */
export interface PodLogPart {
  /** The newest lines only, so many. */
  readonly tailLines?: number
  /** RFC 3339, whole seconds. */
  readonly sinceTime?: string
}

/** The logs of a job's pods, each line with its time in front. */
export interface LogSource {
  /** Those that have a log, in the order in which they ran. */
  readonly pods: readonly LogPod[]
  read(pod: LogPod, part: PodLogPart): AsyncIterable<string>
}

export interface LogPod {
  readonly name: string
  readonly uid: string
}

/** A line of a pod: its number in that pod's log since the window's start, the first being 0. */
export interface LogPosition {
  readonly pod: string
  readonly line: number
}

export interface LogPage {
  /** In the order that was asked for. */
  readonly lines: readonly LogLine[]
  /** Where the next page begins: at that line, or right before it when the newest come first; undefined at the end. */
  readonly next?: LogPosition
}

/** Characters of a page, beyond which it ends with the line at hand. */
const mostCharacters = 4 * 1024 * 1024

interface Numbered {
  readonly line: LogLine
  readonly at: LogPosition
}

/** A pod's lines within a window. */
async function* numbered(
  source: LogSource,
  pod: LogPod,
  part: PodLogPart & { window: Window },
): AsyncGenerator<Numbered> {
  const { window, tailLines } = part
  let count = 0
  const options = { ...(tailLines === undefined ? {} : { tailLines }), ...startOf(window) }
  for await (const text of source.read(pod, options)) {
    const line = parseLogLine(pod.name, text)
    const at = { pod: pod.uid, line: count++ }
    if (isWithin(momentOf(line), window)) yield { line, at }
  }
}

/** The cluster knows whole seconds only. */
const startOf = ({ since }: Window): PodLogPart => (since === undefined ? {} : { sinceTime: rfc3339(since) })

/** The last values that were put in, so many and no more characters than a page may have. */
function createTail(most: number) {
  const kept: Numbered[] = []
  let characters = 0
  let isCut = false
  return {
    put(value: Numbered) {
      kept.push(value)
      characters += value.line.message.length
      while (kept.length > most || (characters > mostCharacters && kept.length > 1)) {
        characters -= kept.shift()?.line.message.length ?? 0
        isCut = true
      }
    },
    newestFirst: () => kept.toReversed(),
    isCut: () => isCut,
  }
}

/** The newest lines of a job, the newest first, without a way to go on: of each pod only as much is read as is needed. */
export async function newestLines(
  source: LogSource,
  { most, window }: { most: number; window: Window },
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for (const pod of source.pods.toReversed()) {
    const room = most - lines.length
    const tail = createTail(room)
    const part = window.until === undefined ? { tailLines: room } : {}
    for await (const value of numbered(source, pod, { ...part, window })) tail.put(value)
    lines.push(...tail.newestFirst().map(({ line }) => line))
    if (lines.length >= most || tail.isCut()) break
  }
  return lines
}

interface PageOptions {
  /** Lines of a page at most. */
  readonly size: number
  readonly window: Window
  readonly from?: LogPosition
}

/** A page of lines, the newest first, right before `from` or from the log's end. */
export async function pageBackwards(source: LogSource, { size, window, from }: PageOptions): Promise<LogPage> {
  const found: Numbered[] = []
  let isMore = false
  for (const pod of podsUpTo(source.pods.toReversed(), from)) {
    // With a full page another line shows that there are more.
    const tail = createTail(size - found.length)
    await readUpTo(numbered(source, pod, { window }), { tail, end: pod.uid === from?.pod ? from.line : undefined })
    found.push(...tail.newestFirst())
    isMore = tail.isCut()
    if (isMore) break
  }
  const last = found.at(-1)
  const lines = found.map(({ line }) => line)
  return isMore && last !== undefined ? { lines, next: last.at } : { lines }
}

/** Puts the lines before the one with the number `end`, or all, into a tail. */
async function readUpTo(
  lines: AsyncIterable<Numbered>,
  { tail, end = Number.POSITIVE_INFINITY }: { tail: ReturnType<typeof createTail>; end?: number | undefined },
): Promise<void> {
  for await (const value of lines) {
    if (value.at.line >= end) break
    tail.put(value)
  }
}

/** A page of lines, the oldest first, from `from` or from the log's start. */
export async function pageForwards(source: LogSource, { size, window, from }: PageOptions): Promise<LogPage> {
  const lines: LogLine[] = []
  let characters = 0
  for (const pod of podsUpTo(source.pods, from)) {
    for await (const { line, at } of numbered(source, pod, { window })) {
      if (pod.uid === from?.pod && at.line < from.line) continue
      if (lines.length >= size || characters > mostCharacters) return { lines, next: at }
      lines.push(line)
      characters += line.message.length
    }
  }
  return { lines }
}

/** Without those that earlier pages have dealt with. */
function podsUpTo(pods: readonly LogPod[], from: LogPosition | undefined): readonly LogPod[] {
  return from === undefined ? pods : pods.slice(pods.findIndex(({ uid }) => uid === from.pod))
}
