import { type Static, Type } from 'typebox'
import { jobTypes, limits } from './limits.ts'
import { choice, Exact, HealthCheck, JobAsSent, Moment, orNull } from './schemas.ts'

const FieldValue = Type.Union([Type.String(), Type.Integer(), Type.Boolean(), HealthCheck, Type.Null()])
/** One field that differs; null stands for one that is not set. */
export const FieldChange = Exact({ field: Type.String(), from: FieldValue, to: FieldValue })
export type FieldChange = Static<typeof FieldChange>

export const plannedActions = ['create', 'change', 'run', 'remove', 'keep'] as const
/** What is to be done with one job. */
export const PlannedJob = Exact({
  name: Type.String(),
  job_type: choice(jobTypes),
  action: Type.Unsafe<(typeof plannedActions)[number]>({
    type: 'string',
    enum: [...plannedActions],
    description: '`run`: a finished one-off runs again. `keep`: it is already up to date.',
  }),
  changes: Type.Array(FieldChange),
  restarts: Type.Boolean({ description: 'Whether what runs now is stopped and started again.' }),
  problems: Type.Array(Type.String(), { description: 'Why the cluster would refuse it, and what to do.' }),
  warnings: Type.Array(Type.String()),
  next_runs: Type.Optional(Type.Array(Moment, { description: 'Of a scheduled job.' })),
})
export type PlannedJob = Static<typeof PlannedJob>

export const QuotaUse = Exact({
  name: Type.String({ description: 'As the quota calls it, such as limits.memory.' }),
  limit: Type.String(),
  used: Type.String(),
  planned: Type.String({ description: 'Used when the plan has been carried out; runs of scheduled jobs come on top.' }),
  fits: Type.Boolean(),
})
export type QuotaUse = Static<typeof QuotaUse>

/** What would happen, in this order; removals last. */
export const Plan = Exact({
  id: Type.String({ description: 'Names this plan on these objects: another state gives another.' }),
  jobs: Type.Array(PlannedJob),
  quota: Type.Array(QuotaUse),
  feasible: Type.Boolean({ description: 'Whether nothing speaks against it.' }),
})
export type Plan = Static<typeof Plan>

export const PlanRequest = Exact(
  {
    jobs: Type.Array(JobAsSent, { maxItems: limits.planJobs }),
    prune: Type.Optional(orNull(Type.Boolean({ description: 'Whether jobs that are not listed are removed.' }))),
  },
  'All jobs that there shall be.',
)
export type PlanRequest = Static<typeof PlanRequest>

export const ApplyRequest = Exact(
  {
    ...PlanRequest.properties,
    plan: Type.Optional(
      orNull(
        Type.String({ maxLength: 128, description: 'The id of the plan that was seen: no other is carried out.' }),
      ),
    ),
  },
  'A plan to carry out.',
)
export type ApplyRequest = Static<typeof ApplyRequest>
