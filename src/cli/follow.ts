import { ApiError, type Client } from '../contract/client.ts'
import type { Job, JobEvent } from '../contract/schemas.ts'
import type { Clock } from '../platform/clock.ts'
import { Unreachable } from './failure.ts'

/** What is learnt of the jobs: all that there are, that the service does not answer, or one event. */
export type Seen = { readonly type: 'all'; readonly jobs: readonly Job[] } | { readonly type: 'silent' } | JobEvent

export interface Follow {
  readonly tool: string
  /** Only this job; undefined for all. */
  readonly name: string | undefined
  readonly client: Client
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Milliseconds until the next look where there is no stream: half a second at first, then a second, growing to five. */
export const pauseAfter = (waited: number): number =>
  waited < 1000 ? 500 : Math.min(5000, Math.max(1000, waited / 10))

/** Milliseconds between looks beside a stream: for how long things take, and for what a stream could miss. */
const lookEvery = 30_000

/**
 * The jobs as they are and become, until the signal is aborted: from the service's stream of events, with a look beside it
 * whenever one begins; from looks alone while there is none. A service that does not answer, or has a fault of its own, is
 * asked again; refusals end it. @throws ApiError
 */
export async function* follow(jobs: Follow): AsyncGenerator<Seen> {
  const { clock, signal } = jobs
  let streams = true
  let since = clock.now()
  for (;;) {
    const opened = clock.now()
    if (streams) streams = yield* fromStream(jobs)
    if (clock.now() - opened >= lookEvery) since = clock.now()
    yield await look(jobs)
    await clock.sleep(pauseAfter(clock.now() - since), signal)
  }
}

/** What a stream of events says, until it breaks. Returns whether another one is worth a try. */
async function* fromStream(jobs: Follow): AsyncGenerator<Seen, boolean> {
  const { tool, name, client, signal } = jobs
  const stop = new AbortController()
  const query = name === undefined ? {} : { name }
  try {
    const both = AbortSignal.any([signal, stop.signal])
    const events = await client.call('events', { params: { tool }, query }, both)
    // After the stream was opened, so that nothing falls between; what it then repeats does no harm.
    yield await look(jobs)
    yield* withLooks(jobs, events[Symbol.asyncIterator](), stop.signal)
    return true
  } catch (error) {
    signal.throwIfAborted()
    return mayReturn(error)
  } finally {
    stop.abort()
  }
}

async function* withLooks(
  jobs: Follow,
  events: AsyncIterator<JobEvent>,
  stop: AbortSignal,
): AsyncGenerator<Seen, void> {
  let next = events.next()
  // It may end while nobody waits for it, when a look throws.
  next.catch(() => {})
  for (;;) {
    const pause = new AbortController()
    const due = jobs.clock.sleep(lookEvery, AbortSignal.any([pause.signal, stop])).then(() => undefined)
    due.catch(() => {})
    const first = await Promise.race([next, due])
    pause.abort()
    if (first === undefined) yield await look(jobs)
    else if (first.done === true) return
    else {
      yield first.value
      next = events.next()
      next.catch(() => {})
    }
  }
}

/** Whether a stream that could not be had may be had later. @throws what waiting can't mend */
function mayReturn(error: unknown): boolean {
  // A syntax error is a line that was cut off.
  if (isPassing(error) || error instanceof SyntaxError) return true
  // A service that has no such stream.
  if (isGone(error) || (error instanceof ApiError && error.status === 405)) return false
  throw error
}

/** How it is now. @throws ApiError for a refusal */
export async function look(jobs: Follow): Promise<Exclude<Seen, JobEvent>> {
  try {
    return { type: 'all', jobs: await jobsNow(jobs) }
  } catch (error) {
    jobs.signal.throwIfAborted()
    if (isGone(error) && jobs.name !== undefined) return { type: 'all', jobs: [] }
    if (isPassing(error)) return { type: 'silent' }
    throw error
  }
}

async function jobsNow({ tool, name, client, signal }: Follow): Promise<readonly Job[]> {
  if (name === undefined) return (await client.call('listJobs', { params: { tool } }, signal)).jobs
  return [(await client.call('showJob', { params: { tool, name } }, signal)).job]
}

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404

/** The service does not answer, is busy, or has a fault of its own: it may do better when it is asked again. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError
    ? error.status >= 500 || error.status === 429
    : error instanceof Unreachable && error.passing
