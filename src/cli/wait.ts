import type { Client } from '../contract/client.ts'
import type { Job } from '../contract/schemas.ts'
import type { Clock } from '../platform/clock.ts'
import { type Follow, follow, look, type Seen } from './follow.ts'

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

/** The job of which something was seen: gone, or undefined when the service did not answer. */
function jobIn(seen: Seen): Job | 'gone' | undefined {
  if (seen.type === 'silent') return undefined
  if (seen.type === 'gone') return 'gone'
  return seen.type === 'job' ? seen.job : (seen.jobs[0] ?? 'gone')
}

function endOf(job: Job | 'gone' | undefined): Outcome | undefined {
  if (job === 'gone') return { end: 'gone' }
  const short = job?.status.short
  return job !== undefined && (short === 'succeeded' || short === 'failed') ? { end: short, job } : undefined
}

const isOfAnother = (seen: Seen, name: string): boolean =>
  seen.type === 'job' ? seen.job.name !== name : seen.type === 'gone' && seen.name !== name

/**
 * Follows a job until it has ended. A service that does not answer, or has a fault of its own, is asked again until the time is
 * over; other refusals end the wait. A job that is gone has not succeeded: somebody deleted it. @throws ApiError
 */
export async function waitFor(wait: Wait): Promise<Outcome> {
  const { tool, name, client, clock, seconds } = wait
  const over = new AbortController()
  const ended = new AbortController()
  clock.sleep(seconds * 1000, AbortSignal.any([ended.signal, wait.signal])).then(
    () => over.abort(),
    () => {},
  )
  const jobs: Follow = { tool, name, client, clock, signal: AbortSignal.any([wait.signal, over.signal]) }
  const seen: { last: Job | undefined } = { last: undefined }
  try {
    return await untilEnd(wait, jobs, seen)
  } catch (error) {
    wait.signal.throwIfAborted()
    if (!over.signal.aborted) throw error
    const job = jobIn(await look({ ...jobs, signal: wait.signal }))
    return endOf(job) ?? { end: 'late', job: job === 'gone' ? undefined : (job ?? seen.last) }
  } finally {
    ended.abort()
  }
}

async function untilEnd({ name, onLook }: Wait, jobs: Follow, seen: { last: Job | undefined }): Promise<Outcome> {
  for await (const each of follow(jobs)) {
    if (isOfAnother(each, name)) continue
    const job = jobIn(each)
    if (job !== 'gone') onLook(job)
    const end = endOf(job)
    if (end !== undefined) return end
    if (job !== 'gone') seen.last = job ?? seen.last
  }
  throw new Error('what follows a job ends only by its signal')
}
