import { isRefusal } from '../../contract/errors.ts'
import type { LogLine } from '../../contract/log-schemas.ts'
import { momentOf, parseLogLine } from '../../jobs/log-line.ts'
import { type Resumable, resumable } from '../../jobs/log-resume.ts'
import type { Window } from '../../jobs/moment.ts'
import type { Clock } from '../../platform/clock.ts'
import { type LogPod, type PodLogPart, startOf } from './log-pages.ts'

/** What a follower sees of a job. */
export interface Followed {
  /** The pods that have a log. */
  readonly pods: readonly LogPod[]
  /** Whether no other pod will come. */
  readonly hasEnded: boolean
}

export interface FollowSource {
  look(): Promise<Followed>
  /** The lines of a part of a pod's log: those there are, or with `follow` until its container ends. */
  read(pod: LogPod, part: PodLogPart & { follow: boolean; signal: AbortSignal }): AsyncIterable<string>
}

export interface FollowOptions {
  readonly window: Window
  /** How far the logs of pods have been read, by their uids; others are read from the window's start. */
  readonly read?: ReadonlyMap<string, Resumable>
  /** Uids of the pods not to be followed. */
  readonly without?: ReadonlySet<string>
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface PodOptions extends FollowOptions {
  /** Aborted at the window's end: what was written until then is still to be read. */
  readonly closing: AbortSignal
  readonly put: (line: LogLine) => Promise<void>
}

/** Milliseconds between looks while nothing happens. */
export const firstLook = 100
export const longestLook = 2000

/** Failures in a row that end a stream. */
const mostFailures = 5

/** Logs of one stream that are followed, and those that are read again and again, at once: a tool has few connections. */
const mostFollowed = 16
const mostReading = 4

/** Ways to read a log, so many of each at once. */
export interface Turns {
  /** Undefined when a later try is to be made. */
  take(canFollow: boolean): { follow: boolean; end(): void } | undefined
}

export function createTurns(): Turns {
  let [following, reading] = [0, 0]
  return {
    take(canFollow) {
      if (canFollow && following < mostFollowed) {
        following++
        return { follow: true, end: () => following-- }
      }
      if (reading >= mostReading) return undefined
      reading++
      return { follow: false, end: () => reading-- }
    },
  }
}

type Options = PodOptions & { turns: Turns }

interface PodState {
  /** As it was seen last. */
  pod: LogPod
  readonly lines: Resumable
  /** Readings in a row that failed. */
  failures: number
  /** The run that had ended before its log was read, so that there is nothing more of it. */
  complete?: string | undefined
}

/** Gives the lines of one pod, each once, however often its log has to be asked for, until it has ended and all was read. */
export async function followPod(source: FollowSource, pod: LogPod, options: Options): Promise<void> {
  const { clock, signal, closing, read } = options
  const state = { pod, lines: read?.get(pod.uid) ?? resumable(), failures: 0 }
  for (let wait = firstLook; ; wait = Math.min(wait * 2, longestLook)) {
    const isClosing = closing.aborted
    const found = await lookAndRead(source, state, { ...options, isClosing })
    if (found === 'all') return
    if (found === 'some') wait = firstLook
    await pause(clock.sleep(wait, AbortSignal.any(isClosing ? [signal] : [signal, closing])), signal)
  }
}

/** Waits for a sleep, which may be cut short. @throws the reason of `signal` when that fires. */
async function pause(sleep: Promise<void>, signal: AbortSignal): Promise<void> {
  await sleep.catch(() => undefined)
  signal.throwIfAborted()
}

/** What a look at a pod's log has brought: all that there will ever be, some lines, or none yet. */
async function lookAndRead(
  source: FollowSource,
  state: PodState,
  options: Options & { isClosing: boolean },
): Promise<'all' | 'some' | 'none'> {
  const now = (await source.look()).pods.find(({ uid }) => uid === state.pod.uid)
  const pod = now ?? state.pod
  state.pod = pod
  const isLast = options.isClosing || now === undefined || now.hasEnded
  if (pod.endedRun !== undefined && pod.endedRun === state.complete) return isLast ? 'all' : 'none'
  const reading = await readOn(source, pod, { ...options, lines: state.lines, isLast })
  if (reading === 'later') return 'none'
  if (isAll(reading, isLast)) return 'all'
  state.failures = failuresAfter(reading, state.failures)
  state.complete = isWhole(reading) ? pod.endedRun : undefined
  return reading.count > 0 ? 'some' : 'none'
}

const isWhole = ({ error, isCut }: Reading): boolean => error === undefined && isCut !== true

/** Only what was read after the end is known to be all. */
const isAll = ({ isOver, error }: Reading, isLast: boolean): boolean =>
  isOver === true || (isLast && (error === undefined || isGone(error)))

/** How many readings in a row have failed. @throws the error when it does not pass, or too many came. */
function failuresAfter({ count, error }: Reading, before: number): number {
  // A log may be away for a moment while its container is started again.
  if (error === undefined || isGone(error)) return 0
  const failures = count > 0 ? 1 : before + 1
  if (!isPassing(error) || failures > mostFailures) throw error
  return failures
}

interface Reading {
  /** Lines that were new. */
  readonly count: number
  /** Whether a line after the window has come. */
  readonly isOver?: boolean
  /** Whether the window's end has cut it off. */
  readonly isCut?: boolean
  readonly error?: unknown
}

/** Reads a pod's log on from where it was left, when it is its turn: until it ends or breaks, or just what there is. */
async function readOn(
  source: FollowSource,
  pod: LogPod,
  options: Options & { lines: Resumable; isLast: boolean },
): Promise<Reading | 'later'> {
  const { turns, signal, closing, isLast } = options
  const turn = turns.take(!isLast)
  if (turn === undefined) return 'later'
  const ended = AbortSignal.any(isLast ? [signal] : [signal, closing])
  const progress = { count: 0 }
  try {
    return await takeLines(source.read(pod, { ...part(options), follow: turn.follow, signal: ended }), {
      ...options,
      pod,
      progress,
    })
  } catch (error) {
    signal.throwIfAborted()
    return ended.aborted ? { ...progress, isCut: true } : { ...progress, error }
  } finally {
    turn.end()
  }
}

function part({ lines, window }: { lines: Resumable } & Pick<Options, 'window'>) {
  const sinceTime = lines.again()
  return sinceTime === undefined ? startOf(window) : { sinceTime }
}

async function takeLines(
  texts: AsyncIterable<string>,
  { pod, lines, window, put, progress }: Options & { pod: LogPod; lines: Resumable; progress: { count: number } },
): Promise<Reading> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = window
  for await (const text of texts) {
    const line = parseLogLine(pod, text)
    if (!lines.isNew(line)) continue
    progress.count++
    const moment = momentOf(line)
    if (moment > until) return { ...progress, isOver: true }
    // A line without a time counts as within.
    if (!(moment < since)) await put(line)
  }
  return progress
}

const isGone = (error: unknown): boolean => isRefusal(error, 'not_found')
const isPassing = (error: unknown): boolean => isRefusal(error, 'unavailable')
