import { DomainError } from '../../contract/errors.ts'
import type { LogLine } from '../../contract/schemas.ts'
import { momentOf, parseLogLine, type Resumable, resumable } from '../../jobs/log-line.ts'
import type { Window } from '../../jobs/moment.ts'
import type { Clock } from '../../platform/clock.ts'
import type { LogPod, PodLogPart } from './log-pages.ts'

/** What a follower sees of a job. */
export interface Followed {
  /** The pods that have a log, in the order in which they ran. */
  readonly pods: readonly (LogPod & { readonly hasEnded: boolean })[]
  /** Whether no other pod will come. */
  readonly hasEnded: boolean
}

export interface FollowSource {
  look(): Promise<Followed>
  /** The lines of a pod from a part of its log on, until its container ends. */
  follow(pod: LogPod, part: PodLogPart): AsyncIterable<string>
}

export interface FollowOptions {
  readonly window: Window
  /** Lines of each pod that was there before, at most. */
  readonly tailLines: number
  /** Uids of the pods not to be followed. */
  readonly without?: ReadonlySet<string>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Milliseconds between looks while nothing happens, and how many failures in a row end a stream. */
const firstLook = 100
const longestLook = 2000
const mostFailures = 5

/**
 * The lines of a job as they come, pod after pod, until the job has ended and all was read; a job that has not begun is
 * waited for. Ends with the first line after the window.
 */
export async function* followJob(source: FollowSource, options: FollowOptions): AsyncGenerator<LogLine> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = options.window
  for await (const line of followPods(source, options)) {
    const moment = momentOf(line)
    if (moment > until) return
    // A line without a time counts as within.
    if (!(moment < since)) yield line
  }
}

async function* followPods(source: FollowSource, options: FollowOptions): AsyncGenerator<LogLine> {
  const read = new Set(options.without)
  for (let wait = firstLook; ; wait = Math.min(wait * 2, longestLook)) {
    const { pods, hasEnded } = await source.look()
    const pod = pods.find(({ uid }) => !read.has(uid))
    if (pod === undefined && hasEnded) return
    if (pod === undefined) await options.clock.sleep(wait, options.signal)
    else {
      read.add(pod.uid)
      yield* followPod(source, pod, options)
      wait = firstLook
    }
  }
}

/** The lines of one pod, each once, however often its log has to be asked for. */
async function* followPod(source: FollowSource, pod: LogPod, options: FollowOptions): AsyncGenerator<LogLine> {
  const { clock, signal } = options
  const lines = resumable()
  let wait = firstLook
  for (let failures = 0; ; ) {
    const wasEnded = await hasPodEnded(source, pod)
    const reading = yield* readOn(source, pod, { ...options, lines })
    // Only what was read after the end is known to be all.
    if (isGone(reading.error) || (wasEnded && reading.error === undefined)) return
    failures = failuresAfter(reading, failures)
    wait = reading.count > 0 ? firstLook : Math.min(wait * 2, longestLook)
    await clock.sleep(wait, signal)
  }
}

/** How many readings in a row have failed. @throws the error when it does not pass, or too many came. */
function failuresAfter({ count, error }: Reading, before: number): number {
  if (error === undefined) return 0
  const failures = count > 0 ? 1 : before + 1
  if (!isPassing(error) || failures > mostFailures) throw error
  return failures
}

interface Reading {
  /** Lines that were new. */
  readonly count: number
  readonly error?: unknown
}

/** Reads a pod's log on from where it was left, until it ends or breaks. */
async function* readOn(
  source: FollowSource,
  pod: LogPod,
  { lines, tailLines, signal }: FollowOptions & { lines: Resumable },
): AsyncGenerator<LogLine, Reading> {
  const from = lines.again()
  let count = 0
  try {
    for await (const text of source.follow(pod, from === undefined ? { tailLines } : { sinceTime: from })) {
      const line = parseLogLine(pod.name, text)
      if (!lines.isNew(line)) continue
      count++
      yield line
    }
    return { count }
  } catch (error) {
    signal.throwIfAborted()
    return { count, error }
  }
}

async function hasPodEnded(source: FollowSource, { uid }: LogPod): Promise<boolean> {
  const pod = (await source.look()).pods.find(pod => pod.uid === uid)
  return pod === undefined || pod.hasEnded
}

const isGone = (error: unknown): boolean => error instanceof DomainError && error.code === 'not_found'
const isPassing = (error: unknown): boolean => error instanceof DomainError && error.code === 'unavailable'
