import type { Plan } from '../../contract/plan-schemas.ts'
import type { JobAsSent } from '../../contract/schemas.ts'
import { exitCodes } from '../failure.ts'
import { jobsOf } from '../job-source.ts'
import { hasWork, planLines } from '../render-plan.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'

export interface PlanOptions {
  readonly job?: readonly string[]
  readonly prune?: boolean
  readonly exitCode?: boolean
  readonly output: string
}

/** What is asked of the service: these jobs, and whether others go. */
export interface Wanted {
  readonly jobs: readonly JobAsSent[]
  readonly prune: boolean
}

/** Asks for a plan; changes nothing. @throws ApiError */
export async function planFor({ tool, client, world }: Session, { jobs, prune }: Wanted) {
  return client.call('planJobs', { params: { tool }, body: { jobs: [...jobs], prune } }, world.signal)
}

function exitCodeOf(plan: Plan, asked: boolean): number {
  if (!plan.feasible) return exitCodes.refused
  return asked && hasWork(plan) ? exitCodes.changes : exitCodes.done
}

/** `plan` and `load --dry-run`: what would be done. */
export async function plan(session: Session, file: string, options: PlanOptions): Promise<number> {
  const { output, world } = session
  const jobs = (await jobsOf(world, { file, only: options.job })).map(({ job }) => job)
  const { plan, messages } = await planFor(session, { jobs, prune: options.prune === true })
  await showData(output, options.output, { messages, value: plan, lines: () => planLines(plan, output) })
  return exitCodeOf(plan, options.exitCode === true)
}
