import type { LogLine } from '../../contract/log-schemas.ts'
import type { Clock } from '../../platform/clock.ts'
import { createFunnel } from '../../platform/funnel.ts'
import { sleepUntil } from '../../platform/sleep-until.ts'
import {
  createTurns,
  type FollowOptions,
  type FollowSource,
  firstLook,
  followPod,
  longestLook,
  type PodOptions,
} from './log-follow-pod.ts'
import type { LogPod } from './log-pages.ts'

/**
 * The lines of a job as they come, of all its pods at the same time, until the job has ended and all was read or until the
 * window's end has come; a job that has not begun is waited for. Of many pods some are not followed but read again and again,
 * so that their lines come up to two seconds late.
 */
export async function* followJob(source: FollowSource, options: FollowOptions): AsyncGenerator<LogLine> {
  const { clock, window } = options
  const lines = createFunnel<LogLine>()
  const [stopped, closing] = [new AbortController(), new AbortController()]
  const signal = AbortSignal.any([options.signal, stopped.signal])
  if (window.until !== undefined)
    sleepUntil(clock, window.until, signal).then(
      () => closing.abort(),
      () => undefined,
    )
  const stop = (error?: unknown): void => stopped.abort(error)
  followPods(source, { ...options, signal, closing: closing.signal, put: lines.put, stop }).then(lines.end, lines.fail)
  try {
    yield* lines.values()
  } finally {
    stop()
  }
}

/** Follows each pod from when it is seen. @throws what one of them could not be followed for. */
async function followPods(
  source: FollowSource,
  options: PodOptions & { stop: (error: unknown) => void },
): Promise<void> {
  const { clock, signal, closing, stop } = options
  const begun = new Set(options.without)
  const turns = createTurns()
  let active = 0
  let changed = new AbortController()
  const follow = (pod: LogPod): void => {
    begun.add(pod.uid)
    active++
    followPod(source, pod, { ...options, turns })
      .catch(stop)
      .finally(() => {
        active--
        changed.abort()
      })
  }
  for (let wait = firstLook; ; wait = Math.min(wait * 2, longestLook)) {
    const isLast = closing.aborted
    changed = new AbortController()
    const { pods, hasEnded } = await source.look()
    signal.throwIfAborted()
    const others = pods.filter(({ uid }) => !begun.has(uid))
    others.forEach(follow)
    if ((hasEnded || isLast) && active === 0) return
    if (others.length > 0) wait = firstLook
    const isChanged = await sleepOr(
      clock,
      wait,
      AbortSignal.any([signal, changed.signal, ...(isLast ? [] : [closing])]),
    )
    signal.throwIfAborted()
    if (isChanged) wait = firstLook
  }
}

/** Whether the signal ended it. */
const sleepOr = (clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(milliseconds, signal).then(
    () => false,
    () => true,
  )
