import { ApiError, type Client } from '../contract/client.ts'
import type { Job } from '../contract/schemas.ts'
import type { Clock } from '../platform/clock.ts'
import { Unreachable } from './failure.ts'

/** How a wait ended; `late` with the job as it was seen last. */
export type Outcome =
  | { readonly end: 'succeeded' | 'failed'; readonly job: Job }
  | { readonly end: 'late'; readonly job: Job | undefined }
  | { readonly end: 'gone' }

export interface Wait {
  readonly tool: string
  readonly name: string
  /** After this the wait is over. */
  readonly seconds: number
  readonly client: Client
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told of every look: the job, or undefined when the service did not answer. */
  readonly onLook: (job: Job | undefined) => void
}

/** Milliseconds until the next look: half a second at first, then a second, growing to five. */
export const pauseAfter = (waited: number): number =>
  waited < 1000 ? 500 : Math.min(5000, Math.max(1000, waited / 10))

/**
 * Looks at a job until it has ended. A service that does not answer, or has a fault of its own, is asked again until the time is
 * over; other refusals end the wait. A job that is gone has not succeeded: somebody deleted it. @throws ApiError
 */
export async function waitFor(wait: Wait): Promise<Outcome> {
  const { clock, signal, seconds } = wait
  const started = clock.now()
  let last: Job | undefined
  for (;;) {
    const waited = clock.now() - started
    const left = seconds * 1000 - waited
    if (left <= 0) return { end: 'late', job: last }
    await clock.sleep(Math.min(left, pauseAfter(waited)), signal)
    const look = await lookAt(wait)
    if (look === 'gone') return { end: 'gone' }
    last = look ?? last
    wait.onLook(look)
    const short = look?.status.short
    if (look !== undefined && (short === 'succeeded' || short === 'failed')) return { end: short, job: look }
  }
}

async function lookAt({ client, tool, name, signal }: Wait): Promise<Job | 'gone' | undefined> {
  try {
    return (await client.call('showJob', { params: { tool, name } }, signal)).job
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Unreachable && error.passing) return undefined
    if (!(error instanceof ApiError)) throw error
    if (error.status === 404) return 'gone'
    if (error.status >= 500) return undefined
    throw error
  }
}
