import { Compile } from 'typebox/compile'
import { emailsChoices, JobAsSent, mountChoices } from '../contract/schemas.ts'
import { parseShellCommand } from './command.ts'
import { type CompleteJob, completeJob } from './complete.ts'
import { type GivenJob, parseGiven, setFields } from './given.ts'
import { containerName, jobAnnotation, labelNames } from './labels.ts'
import { sameQuantity } from './quantities.ts'
import type { KubeJob } from './wire.ts'

/** A job as its object tells it. */
export interface ReadJob {
  readonly given: GivenJob
  readonly complete: CompleteJob
  /** As its pods name it. */
  readonly image: string
  /** Whether the object does what was asked for. */
  readonly upToDate: boolean
}

const asSent = Compile(JobAsSent)

/** Reads a job back: as it was given where its object says so, else as far as the object itself tells. Never throws. */
export function readJob(object: KubeJob): ReadJob {
  const { job, image } = jobOfObject(object)
  const given = givenOf(object)
  if (given === undefined) return { given: job, complete: completeJob(job), image, upToDate: true }
  const complete = completeJob(given)
  return { given, complete, image, upToDate: isSame(complete, completeJob(job)) }
}

function givenOf({ metadata }: KubeJob): GivenJob | undefined {
  const text = metadata?.annotations?.[jobAnnotation]
  if (text === undefined) return undefined
  try {
    const sent: unknown = JSON.parse(text)
    return asSent.Check(sent) && sent.name === metadata?.name ? parseGiven(sent) : undefined
  } catch {
    // Broken JSON, or what a rule refuses: it is the tool's own object, and it may write there what it likes.
    return undefined
  }
}

const unknown = 'unknown'

/** The job that an object runs, whoever made it. */
function jobOfObject({ metadata, spec }: KubeJob): { job: GivenJob; image: string } {
  const containers = spec?.template.spec?.containers ?? []
  const container = containers.find(({ name }) => name === containerName) ?? containers[0]
  const labels = metadata?.labels ?? {}
  const { limits = {}, requests = {} } = container?.resources ?? {}
  const { cmd, files } = commandOf(container ?? {})
  const image = container?.image ?? unknown
  const job: GivenJob = {
    job_type: 'one-off',
    name: metadata?.name ?? unknown,
    cmd,
    imagename: image,
    filelog: labels[labelNames.filelog] === 'yes',
    ...setFields({
      memory: limits['memory'] ?? requests['memory'],
      cpu: requests['cpu'] ?? limits['cpu'],
      emails: emailsChoices.find(choice => choice === labels[labelNames.emails]),
      mount: mountChoices.find(choice => choice === labels[labelNames.mount]),
      retry: spec?.backoffLimit,
      filelog_stdout: files?.stdout,
      filelog_stderr: files?.stderr,
    }),
  }
  return { job, image }
}

function commandOf(container: { command?: string[]; args?: string[] }) {
  const words = [...(container.command ?? []), ...(container.args ?? [])]
  return parseShellCommand(container) ?? { cmd: words.length === 0 ? unknown : words.join(' ') }
}

/** Whether two jobs run alike; the image is left out, since its name may have come to mean another. */
function isSame(asked: CompleteJob, actual: CompleteJob): boolean {
  return (
    (['cmd', 'emails', 'mount', 'retry', 'filelog'] as const).every(field => asked[field] === actual[field]) &&
    (['memory', 'cpu'] as const).every(field => sameQuantity(asked[field], actual[field])) &&
    (['filelog_stdout', 'filelog_stderr'] as const).every(field => isSameFile(asked[field], actual[field]))
  )
}

/** The object holds absolute paths, of which the user gave the end. */
const isSameFile = (asked: string | undefined, actual: string | undefined): boolean =>
  asked === actual || (asked !== undefined && actual?.endsWith(`/${asked}`) === true)
