import type { Job } from '../../contract/schemas.ts'
import { findImage, type Image } from '../../jobs/images.ts'
import type { Observed } from '../../jobs/observed.ts'
import { type ReadJob, readJob } from '../../jobs/read.ts'
import { nextRuns } from '../../jobs/schedule.ts'
import { statusOf } from '../../jobs/status.ts'
import type { Workload } from '../../jobs/wire.ts'

export interface View {
  readonly images: readonly Image[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether fields that nobody set are shown with what they stand for, or left out. */
  readonly includeUnset: boolean
}

/** The runs of a scheduled job that are shown. */
const shownRuns = 3

/** When a scheduled job runs next, RFC 3339; empty for other types. */
export const runsOf = ({ complete, scheduleActual }: ReadJob, now: number): string[] =>
  scheduleActual === undefined
    ? []
    : nextRuns({ schedule: scheduleActual, timezone: complete.timezone }, now, shownRuns)

interface Known {
  readonly read: ReadJob
  /** Its next runs, and the time from which and until which they are that. */
  runs?: { readonly from: number; readonly until: number; readonly times: string[] }
}

/** By object: what is in memory stays the same, frozen, until it changes, and many lists are made of it. */
const known = new WeakMap<object, Known>()

function knownOf(workload: Workload): Known {
  const { object } = workload
  if (!Object.isFrozen(object)) return { read: readJob(workload) }
  const found = known.get(object) ?? { read: readJob(workload) }
  known.set(object, found)
  return found
}

function runsOfKnown(job: Known, now: number): string[] {
  const { runs } = job
  if (runs !== undefined && runs.from <= now && now < runs.until) return runs.times
  const times = runsOf(job.read, now)
  const [first] = times
  job.runs = { from: now, until: first === undefined ? Number.POSITIVE_INFINITY : Date.parse(first), times }
  return times
}

/** A job as the service shows it. */
export function shownJob(observed: Observed, { images, now, includeUnset }: View): Job {
  const job = knownOf(observed.workload)
  const { read } = job
  const { given, complete, image, kind, upToDate, scheduleActual } = read
  const found = findImage(images, given.imagename) ?? findImage(images, image)
  return {
    // Clients before 16.1.22 count on a number of retries in jobs of all types, and know images by this name.
    ...(includeUnset ? { retry: 0, ...complete, image: given.imagename } : given),
    ...(given.job_type === 'continuous' ? { continuous: true as const } : {}),
    ...(scheduleActual === undefined ? {} : { schedule_actual: scheduleActual }),
    // Whoever built an image decides whether it is still good.
    image_state: found?.state ?? (kind === 'built' ? 'stable' : 'unknown'),
    ...statusOf(observed, { now, upToDate, nextRuns: runsOfKnown(job, now) }),
  }
}
