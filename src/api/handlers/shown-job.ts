import type { Job } from '../../contract/schemas.ts'
import { findImage, type Image } from '../../jobs/images.ts'
import type { Observed } from '../../jobs/observed.ts'
import { readJob } from '../../jobs/read.ts'
import { statusOf } from '../../jobs/status.ts'

export interface View {
  readonly images: readonly Image[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether fields that nobody set are shown with what they stand for, or left out. */
  readonly includeUnset: boolean
}

/** A job as the service shows it. */
export function shownJob(observed: Observed, { images, now, includeUnset }: View): Job {
  const { given, complete, image, upToDate } = readJob(observed.job)
  const known = findImage(images, given.imagename) ?? findImage(images, image)
  return {
    ...(includeUnset ? complete : given),
    image,
    image_state: known?.state ?? 'unknown',
    ...statusOf(observed, { now, upToDate }),
  }
}
