import type { Job } from '../contract/schemas.ts'
import { exitCodes } from './failure.ts'
import { timeText } from './live-line.ts'
import { programName } from './names.ts'
import { jobDetails } from './render.ts'
import type { Session } from './session.ts'
import { showData } from './show-data.ts'
import { type Outcome, waitFor } from './wait.ts'

export interface Waited {
  readonly name: string
  readonly seconds: number
  /** How the job is shown in the end; `none` for not at all. */
  readonly format: string
}

const lookText = (name: string, job: Job | undefined): string => {
  if (job === undefined) return `job '${name}': the service does not answer, asking again`
  const [hint] = job.status.short === 'pending' ? job.status.messages : []
  return `job '${name}' is ${job.status.short}${hint === undefined ? '' : `: ${hint}`}`
}

/** `run --wait`: shows how the job goes, then how it ended. Resolves with the exit code. */
export async function waitAndTell(session: Session, { name, seconds, format }: Waited): Promise<number> {
  const { tool, client, output, world } = session
  const { clock, signal } = world
  const started = clock.now()
  const line = output.live()
  line.update(`job '${name}' is created`)
  try {
    const onLook = (job: Job | undefined) => {
      if (job === undefined || !ended(job)) line.update(lookText(name, job))
    }
    const outcome = await waitFor({ tool, name, seconds, client, clock, signal, onLook })
    line.end()
    return await tell(session, { name, format, outcome, took: timeText((clock.now() - started) / 1000), seconds })
  } catch (error) {
    line.end()
    output.info(
      `The job '${name}' goes on without being waited for. See how: ${programName(world.environment)} show ${name}`,
    )
    throw error
  }
}

const ended = ({ status }: Job): boolean => status.short === 'succeeded' || status.short === 'failed'

interface Told {
  readonly name: string
  readonly format: string
  readonly outcome: Outcome
  readonly took: string
  readonly seconds: number
}

async function tell({ output, world }: Session, { name, format, outcome, took, seconds }: Told): Promise<number> {
  const showJob = async (job: Job | undefined) => {
    if (job !== undefined && format !== 'none')
      await showData(output, format, { messages: undefined, value: job, lines: () => jobDetails(job, output) })
  }
  const hintAtLogs = () => output.hint(`Its output: ${programName(world.environment)} logs ${name}`)
  if (outcome.end === 'gone') {
    output.error(`job '${name}' is gone: it was deleted while it was waited for, so how it ended is not known`)
    return exitCodes.failed
  }
  if (outcome.end === 'succeeded') {
    output.info(`INFO: job '${name}' completed (succeeded after ${took})`)
    if (format !== 'normal') await showJob(outcome.job)
    hintAtLogs()
    return exitCodes.done
  }
  if (outcome.end === 'failed') {
    output.error(`job '${name}' failed (after ${took}):`)
    await showJob(outcome.job)
    hintAtLogs()
    return exitCodes.refused
  }
  output.error(`timed out ${seconds} seconds waiting for job '${name}' to complete; it goes on:`)
  await showJob(outcome.job)
  return exitCodes.failed
}
