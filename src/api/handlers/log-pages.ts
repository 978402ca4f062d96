import type { LogLine } from '../../contract/log-schemas.ts'
import { momentOf, parseLogLine } from '../../jobs/log-line.ts'
import { comparePositions, type LogPosition, positions } from '../../jobs/log-position.ts'
import { type Resumable, resumable } from '../../jobs/log-resume.ts'
import { isWithin, type Window } from '../../jobs/moment.ts'
import type { PodLogFacts } from '../../jobs/pod-log.ts'
import { rfc3339 } from '../../platform/clock.ts'
import { fitting, head, type Placed, tail } from './log-order.ts'

/** Which part of a pod's log to read. */
export interface PodLogPart {
  /** The newest lines of each run of its container only, so many. */
  readonly tailLines?: number
  /** RFC 3339, whole seconds. */
  readonly sinceTime?: string
}

/** The logs of a job's pods, each line with its time in front. */
export interface LogSource {
  /** Those that have a log. */
  readonly pods: readonly LogPod[]
  /** What a pod's container wrote, its run before the present one first. */
  read(pod: LogPod, part: PodLogPart): AsyncIterable<string>
}

export interface LogPod extends PodLogFacts {
  readonly name: string
  readonly uid: string
  /** Whether its log is complete. */
  readonly hasEnded: boolean
}

export interface LogPage {
  /** In the order that was asked for. */
  readonly lines: readonly LogLine[]
  /** Where the next page begins: at that line, or right before it when the newest come first; undefined at the end. */
  readonly next?: LogPosition
}

/** Logs of one job that are read at once. */
const readAtOnce = 8

/** The cluster knows whole seconds only. */
export const startOf = ({ since }: Window): PodLogPart => (since === undefined ? {} : { sinceTime: rfc3339(since) })

/** A pod's lines within a window. */
async function* placed(
  source: LogSource,
  pod: LogPod,
  { window, lines, ...part }: PodLogPart & { window: Window; lines?: Resumable },
): AsyncGenerator<Placed> {
  const place = positions(pod.uid)
  for await (const text of source.read(pod, { ...startOf(window), ...part })) {
    const line = parseLogLine(pod, text)
    lines?.isNew(line)
    const at = place(line.datetime)
    if (isWithin(momentOf(line), window)) yield { line, at }
  }
}

/** What came of all pods put together, a few being read at once. */
async function ofAllPods<T>(
  { pods }: LogSource,
  read: (pod: LogPod) => Promise<T>,
  add: (parts: readonly T[]) => void,
): Promise<void> {
  for (let from = 0; from < pods.length; from += readAtOnce)
    add(await Promise.all(pods.slice(from, from + readAtOnce).map(read)))
}

/** The newest lines of a job, and where the log of each pod can be gone on with. */
export interface Newest {
  /** The newest first. */
  readonly lines: LogLine[]
  /** By the pods' uids. */
  readonly read: ReadonlyMap<string, Resumable>
}

/**
 * The newest lines over all pods of a job: of each pod only as much is read as is needed. Where the times of a pod's lines go back,
 * as when two outputs race, those of several pods are in the order of what was read.
 */
export async function newestLines(
  source: LogSource,
  { most, window }: { most: number; window: Window },
): Promise<Newest> {
  const newest = tail(most)
  const read = new Map<string, Resumable>()
  async function endOf(pod: LogPod, part: PodLogPart): Promise<{ lines: Resumable; end: readonly Placed[] }> {
    const [lines, end] = [resumable(), tail(most)]
    for await (const line of placed(source, pod, { ...part, window, lines })) end.put(line)
    return { lines, end: end.oldestFirst() }
  }
  async function readPod(pod: LogPod): Promise<readonly Placed[]> {
    const whole = window.until !== undefined
    let found = await endOf(pod, whole ? {} : { tailLines: most })
    const sinceTime = found.lines.again()
    // There may be more lines of the last second, which must be known before the log can be gone on with.
    if (!whole && sinceTime !== undefined && found.lines.inLastSecond >= most) found = await endOf(pod, { sinceTime })
    read.set(pod.uid, found.lines)
    return found.end
  }
  await ofAllPods(source, readPod, parts => newest.add(parts.flat()))
  return { lines: newest.newestFirst().map(({ line }) => line), read }
}

const isBefore = ({ at }: Placed, position: LogPosition): boolean => comparePositions(at, position) < 0

interface PageOptions {
  /** Lines of a page at most. */
  readonly size: number
  readonly window: Window
  readonly from?: LogPosition
}

/** A page of lines, the newest first, right before `from` or from the log's end. */
export async function pageBackwards(source: LogSource, { size, window, from }: PageOptions): Promise<LogPage> {
  const page = tail(size)
  let isMore = false
  async function before(pod: LogPod) {
    const lines = tail(size)
    for await (const line of placed(source, pod, { window })) {
      if (from !== undefined && !isBefore(line, from)) break
      lines.put(line)
    }
    return lines
  }
  await ofAllPods(source, before, parts => {
    isMore ||= parts.some(part => part.isCut())
    page.add(parts.flatMap(part => part.oldestFirst()))
  })
  const found = page.newestFirst()
  const lines = found.map(({ line }) => line)
  const last = found.at(-1)
  return (isMore || page.isCut()) && last !== undefined ? { lines, next: last.at } : { lines }
}

/**
 * A page of lines, the oldest first, from `from` or from the log's start. Where another page follows it has no lines after
 * `settled`, a time as `timeOf` writes it, if there are any before: while several pods write, others may still come before those.
 */
export async function pageForwards(
  source: LogSource,
  { size, window, from, settled }: PageOptions & { settled?: string },
): Promise<LogPage> {
  const page = head(size)
  async function after(pod: LogPod): Promise<readonly Placed[]> {
    const lines = head(size)
    const last = page.last()
    for await (const line of placed(source, pod, { window })) {
      if (from !== undefined && isBefore(line, from)) continue
      if (!lines.put(line) || (last !== undefined && isBefore(last, line.at))) break
    }
    return lines.oldestFirst()
  }
  await ofAllPods(source, after, parts => page.add(parts.flat()))
  const found = page.oldestFirst()
  let count = fitting(found, size)
  if (count < found.length && settled !== undefined) count = settledCount(found, count, settled)
  const [lines, next] = [found.slice(0, count).map(({ line }) => line), found[count]]
  return next === undefined ? { lines } : { lines, next: next.at }
}

function settledCount(found: readonly Placed[], most: number, settled: string): number {
  const count = found.slice(0, most).findIndex(({ at }) => at.time > settled)
  return count > 0 ? count : most
}
