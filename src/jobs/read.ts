import { Compile } from 'typebox/compile'
import { JobAsSent } from '../contract/schemas.ts'
import { changesOf } from './changes.ts'
import { type CompleteJob, fillIn, type ImageFacts } from './complete.ts'
import { type GivenJob, parseGiven } from './given.ts'
import { components, jobAnnotation } from './labels.ts'
import { readObject } from './read-object.ts'
import type { Workload } from './wire.ts'

/** A job as its object tells it. */
export interface ReadJob {
  /** As the user gave it. */
  readonly given: GivenJob
  /** As it was asked for: with what was not given filled in. */
  readonly complete: CompleteJob
  /** As the object runs it; where it was published is believed. */
  readonly actual: CompleteJob
  /** As its pods name it. */
  readonly image: string
  readonly kind: ImageFacts['kind']
  /** The five fields that the cluster goes by; scheduled jobs only. */
  readonly scheduleActual?: string | undefined
  /** When a continuous job was last restarted, RFC 3339. */
  readonly restartedAt?: string | undefined
  /** Whether the object does what was asked for. */
  readonly upToDate: boolean
}

const asSent = Compile(JobAsSent)

/** Reads a job back: as it was given where its object says so, else as far as the object itself tells. Never throws. */
export function readJob(workload: Workload): ReadJob {
  const noted = notedIn(workload)
  const { job, home, image, kind, ...shown } = readObject(workload, noted)
  if (noted === undefined) {
    const complete = fillIn(job, { kind })
    return { given: job, complete, actual: complete, image, kind, ...shown, upToDate: true }
  }
  const { cmd, port, memory } = job
  // What was left to the image is known from the object only.
  const facts: ImageFacts = { kind, webservice: { command: cmd, port, memory } }
  const complete = fillIn(noted, facts)
  const actual = fillIn({ ...job, job_type: noted.job_type }, facts)
  const upToDate = changesOf(complete, actual, home).length === 0
  return { given: noted, complete, actual, image, kind, ...shown, upToDate }
}

/** The job as the object's annotation tells it. */
function notedIn({ kind, object: { metadata } }: Workload): GivenJob | undefined {
  const text = metadata?.annotations?.[jobAnnotation]
  if (typeof text !== 'string') return undefined
  try {
    const sent: unknown = JSON.parse(text)
    if (!asSent.Check(sent) || sent.name !== metadata?.name) return undefined
    const given = parseGiven(sent)
    return components[given.job_type] === kind ? given : undefined
  } catch {
    // Broken JSON, or what a rule refuses: it is the tool's own object, and it may write there what it likes.
    return undefined
  }
}
