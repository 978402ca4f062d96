import { ApiError } from '../../contract/client.ts'
import type { Plan } from '../../contract/plan-schemas.ts'
import { agreed, canAsk, counted } from '../ask.ts'
import { CliError, exitCodes } from '../failure.ts'
import type { FileJob } from '../job-file.ts'
import { jobsOf } from '../job-source.ts'
import { hasWork, planLines, planSummary, removedBy } from '../render-plan.ts'
import type { Session } from '../session.ts'
import { showData } from '../show-data.ts'
import { isStructured } from '../structured.ts'
import { visible } from '../text.ts'
import { type PlanOptions, plan, planFor } from './plan.ts'

export interface LoadOptions extends PlanOptions {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

/** How often a plan is made anew because something changed before it was carried out. */
const tries = 3

/** `load`: plans, shows the plan, and carries out exactly that. */
export async function load(session: Session, file: string, options: LoadOptions): Promise<number> {
  if (options.dryRun === true) return plan(session, file, options)
  const jobs = await jobsOf(session.world, { file, only: options.job })
  if (jobs.some(({ wait }) => wait !== undefined)) {
    const { loadInSteps } = await import('../load-in-steps.ts')
    return loadInSteps(session, jobs, { ...options, decide })
  }
  for (let left = tries - 1; ; left--) {
    const done = await attempt(session, jobs, { ...options, last: left === 0 })
    if (done !== undefined) return done
    session.output.info('Something changed meanwhile, and nothing was done: planning again.')
  }
}

interface Attempt extends LoadOptions {
  readonly last: boolean
}

/** The exit code, or undefined when the plan was outdated and may be made anew without asking anybody. */
async function attempt(session: Session, jobs: readonly FileJob[], options: Attempt): Promise<number | undefined> {
  const { tool, client, world } = session
  const wanted = { jobs: jobs.map(({ job }) => job), prune: options.prune === true }
  const planned = await planFor(session, wanted)
  const decision = await decide(session, planned.plan, { ...options, messages: planned.messages })
  if (decision.end !== undefined) return decision.end
  try {
    const body = { ...wanted, plan: planned.plan.id }
    const { plan: done, messages } = await client.call('applyJobs', { params: { tool }, body }, world.signal)
    await told(session, done, { format: options.output, messages })
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'conflict') throw error
    if (!decision.asked && !options.last) return undefined
    throw new CliError(
      `${error.message}\nSomething changed since the plan was made: look at the new one, and load again.`,
    )
  }
}

export interface Decision {
  /** Exit code when there is nothing to carry out. */
  readonly end: number | undefined
  /** Whether somebody agreed to this very plan. */
  readonly asked: boolean
}

export interface Deciding extends LoadOptions {
  readonly messages: Parameters<Session['output']['messages']>[0]
}

/** Shows a plan, and finds out whether it is to be carried out. @throws CliError when the cluster would refuse it */
export async function decide(session: Session, plan: Plan, options: Deciding): Promise<Decision> {
  const { output, world, tool } = session
  const quiet = isStructured(options.output)
  const ends = !plan.feasible || !hasWork(plan)
  if (!quiet || ends) {
    const lines = () => planLines(plan, output)
    await showData(output, options.output, { messages: options.messages, value: plan, lines })
  }
  if (!plan.feasible) throw new CliError('Nothing was changed: the cluster would refuse this plan.')
  if (!hasWork(plan)) return { end: exitCodes.done, asked: false }
  const removed = removedBy(plan).map(visible)
  const asks = removed.length > 0 && options.yes !== true && canAsk(world)
  if (asks && !(await agreed(world, `Carry this out, and remove jobs of the tool ${tool} (${counted(removed)})?`))) {
    output.info('Nothing was changed.')
    return { end: exitCodes.refused, asked: true }
  }
  return { end: undefined, asked: asks }
}

async function told(
  { output }: Session,
  done: Plan,
  { format, messages }: { format: string; messages: Deciding['messages'] },
): Promise<void> {
  const said = await showData(output, format, { messages, value: done, lines: () => [] })
  if (!said && !isStructured(format)) output.info(`Done: ${planSummary(done)}`)
}
