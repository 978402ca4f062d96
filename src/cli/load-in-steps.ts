import { ApiError } from '../contract/client.ts'
import type { Deciding, Decision, LoadOptions } from './commands/load.ts'
import { planFor } from './commands/plan.ts'
import { exitCodes } from './failure.ts'
import type { FileJob } from './job-file.ts'
import { planSummary, removedBy } from './render-plan.ts'
import type { Session } from './session.ts'
import { showData } from './show-data.ts'
import { isStructured } from './structured.ts'
import { visible } from './text.ts'
import { waitAndTell } from './wait-and-tell.ts'

type Plan = Parameters<typeof planSummary>[0]

export interface Steps extends LoadOptions {
  readonly decide: (session: Session, plan: Plan, options: Deciding) => Promise<Decision>
}

/** The jobs in pieces, each of which ends with a job that is waited for (or with the file). */
export function steps(jobs: readonly FileJob[]): FileJob[][] {
  const all: FileJob[][] = []
  let open: FileJob[] = []
  for (const job of jobs) {
    open.push(job)
    if (job.wait === undefined) continue
    all.push(open)
    open = []
  }
  return open.length === 0 ? all : [...all, open]
}

/**
 * Loads a file some of whose jobs are waited for: what follows such a job is loaded only after it has succeeded. The plan is
 * made and shown for the whole file, each step is atomic by itself, and removals come last. @throws CliError, ApiError
 */
export async function loadInSteps(session: Session, jobs: readonly FileJob[], options: Steps): Promise<number> {
  const { tool, client, output, world } = session
  const wanted = { jobs: jobs.map(({ job }) => job), prune: options.prune === true }
  const { plan, messages } = await planFor(session, wanted)
  const { end } = await options.decide(session, plan, { ...options, messages })
  if (end !== undefined) return end
  for (const step of steps(jobs)) {
    const body = { jobs: step.map(({ job }) => job), prune: false }
    const done = await client.call('applyJobs', { params: { tool }, body }, world.signal)
    output.messages(done.messages, 'structured')
    const failed = await waitedFor(session, step)
    if (failed !== undefined) return failed
  }
  for (const name of removedBy(plan)) await remove(session, name)
  await showData(output, options.output, { messages: undefined, value: plan, lines: () => [] })
  if (!isStructured(options.output)) output.info(`Done: ${planSummary(plan)}`)
  return exitCodes.done
}

/** The exit code when the last job of a step did not succeed. */
async function waitedFor(session: Session, step: readonly FileJob[]): Promise<number | undefined> {
  const last = step.at(-1)
  if (last?.wait === undefined) return undefined
  const code = await waitAndTell(session, { name: last.job.name, seconds: last.wait, format: 'none' })
  if (code === exitCodes.done) return undefined
  session.output.error('What comes after it in the file was not loaded.')
  return code
}

async function remove({ tool, client, output, world }: Session, name: string): Promise<void> {
  try {
    await client.call('deleteJob', { params: { tool, name } }, world.signal)
    output.hint(`Removed the job ${visible(name)}.`)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
  }
}
