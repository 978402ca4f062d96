import { DomainError } from '../../contract/errors.ts'
import type { Plan, PlanRequest } from '../../contract/plan-schemas.ts'
import type { Context, Handlers } from '../handlers.ts'
import { carryOut } from './carrying-out.ts'
import { type HandlerDeps, messages } from './deps.ts'
import { makePlan } from './planning.ts'
import type { Preparing } from './preparing.ts'

export function planHandlers(
  { clusters, clock }: HandlerDeps,
  preparing: Preparing,
): Pick<Handlers, 'planJobs' | 'applyJobs'> {
  async function plan(request: PlanRequest, { caller: { tool }, signal, requestId }: Context) {
    const access = await clusters.for(tool, signal)
    const place = { cluster: access.cluster, tool, clock, signal, requestId }
    return { ...(await makePlan(request, { access, place, preparing })), place, access }
  }

  return {
    async planJobs({ body }, context) {
      const made = await plan(body, context)
      return { plan: made.plan, messages: messages() }
    },

    async applyJobs({ body: { plan: seen, ...request } }, context) {
      const made = await plan(request, context)
      if (typeof seen === 'string' && seen !== made.plan.id)
        throw new DomainError('conflict', 'The jobs are not as they were when this plan was made; make a new one')
      checkFeasible(made.plan)
      await carryOut(made, made.place)
      return { plan: made.plan, messages: messages({ warning: warningsOf(made.plan) }) }
    },
  }
}

const warningsOf = ({ jobs }: Plan): string[] =>
  jobs.flatMap(({ name, warnings }) => warnings.map(warning => `${name}: ${warning}`))

/** @throws DomainError bad_request or quota with all that speaks against the plan. */
function checkFeasible({ jobs, quota, feasible }: Plan): void {
  if (feasible) return
  const problems = jobs.flatMap(({ name, problems }) => problems.map(problem => `${name}: ${problem}`))
  if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
  const full = quota.filter(({ fits }) => !fits)
  const lines = full.map(
    ({ name, limit, used, planned }) =>
      `Out of quota for ${name}: ${planned} would be used (now ${used}), and the limit is ${limit}; ask for less, or remove other jobs`,
  )
  throw new DomainError('quota', lines.join('\n'))
}
