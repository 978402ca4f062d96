import { DomainError } from '../../contract/errors.ts'
import type { Plan, PlanRequest } from '../../contract/plan-schemas.ts'
import type { Handlers } from '../handlers.ts'
import { carryOut } from './carrying-out.ts'
import { messages } from './deps.ts'
import type { PlacedDeps, Visit } from './places.ts'
import { makePlan } from './planning.ts'
import type { Preparing } from './preparing.ts'

export function planHandlers({ places }: PlacedDeps, preparing: Preparing): Pick<Handlers, 'planJobs' | 'applyJobs'> {
  const plan = (request: PlanRequest, visit: Visit) => makePlan(request, { ...visit, preparing })

  return {
    async planJobs({ body }, context) {
      const made = await plan(body, await places.toLook(context))
      return { plan: made.plan, messages: messages() }
    },

    async applyJobs({ body: { plan: seen, ...request } }, context) {
      const visit = await places.toChange(context)
      const made = await plan(request, visit)
      if (typeof seen === 'string' && seen !== made.plan.id)
        throw new DomainError('conflict', 'The jobs are not as they were when this plan was made; make a new one')
      checkFeasible(made.plan)
      await carryOut(made, visit.place)
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
