import { createHash } from 'node:crypto'
import { DomainError, type ErrorCode } from '../../contract/errors.ts'
import type { FieldChange, Plan, PlannedJob, PlanRequest } from '../../contract/plan-schemas.ts'
import type { GivenJob } from '../../jobs/given.ts'
import { parseGiven } from '../../jobs/given.ts'
import { readJob } from '../../jobs/read.ts'
import type { Workload } from '../../jobs/wire.ts'
import { mapBounded } from '../../platform/map-bounded.ts'
import { canStay, differenceOf, replaceInPlace } from './changing.ts'
import type { ToolAccess } from './deps.ts'
import { observeJobs } from './observing.ts'
import { hasEnded, tryOut } from './place-job.ts'
import { fitsAll, planQuota } from './plan-quota.ts'
import {
  type Bounds,
  boundProblems,
  boundsOf,
  countedQuotas,
  type Prepared,
  type Preparing,
  preparer,
} from './preparing.ts'
import { withPublishers } from './publishing.ts'
import { runsOf } from './shown-job.ts'
import { nameOf, type Place, tryCreate } from './workloads.ts'

/** What is to be done with one job, and with what. */
export interface Step {
  readonly planned: PlannedJob
  /** The job as it is to be; undefined for one that is to go, or that cannot be. */
  readonly prepared?: Prepared | undefined
  /** The job as it is; undefined where there is none. */
  readonly present?: Workload | undefined
}

export interface Planned {
  readonly plan: Plan
  readonly steps: readonly Step[]
  /** Whether there is room for the new only when the old is gone. */
  readonly removesFirst: boolean
}

/** Jobs that the cluster is asked about at once. */
const atOnce = 8

/**
 * What would happen if there were to be these jobs; changes nothing.
 * @throws DomainError bad_request, naming the entry, for what can be no job at all.
 */
export async function makePlan(
  request: PlanRequest,
  { access, place, preparing }: { access: ToolAccess; place: Place; preparing: Preparing },
): Promise<Planned> {
  const wanted = parseAll(request)
  const { signal } = place
  const [prepare, bounds, observed] = await Promise.all([
    preparer(preparing, access, { names: wanted.map(({ imagename }) => imagename), signal }),
    boundsOf(access, signal),
    observeJobs(place),
  ])
  const present = new Map(observed.map(({ workload }) => [nameOf(workload), workload]))
  const { settings } = preparing
  const make = { prepare, bounds, settings, place }
  const steps = await mapBounded(wanted, atOnce, given => stepFor(given, present.get(given.name), make))
  const names = new Set(wanted.map(({ name }) => name))
  const removed = request.prune === true ? observed.filter(({ workload }) => !names.has(nameOf(workload))) : []
  const all = withPublishers([...steps, ...removed.map(({ workload }) => removal(workload))], observed)
  // Finished one-offs give way to new ones.
  const beside = observed.filter(({ workload }) => hasEnded(workload) && !names.has(nameOf(workload)))
  const spare = request.prune === true ? 0 : beside.length
  const quotas = await countedQuotas(
    bounds.quotas,
    one => fitsAll(planQuota(all, { quotas: one, settings, spare })),
    place,
  )
  const quota = planQuota(all, { quotas, settings, spare })
  const jobs = all.map(({ planned }) => planned)
  const feasible = jobs.every(({ problems }) => problems.length === 0) && fitsAll(quota)
  const coming = all.filter(({ planned }) => planned.action !== 'remove')
  const removesFirst = !fitsAll(planQuota(coming, { quotas, settings, spare }))
  return { plan: { id: idOf(request, all), jobs, quota, feasible }, steps: all, removesFirst }
}

function parseAll({ jobs }: PlanRequest): GivenJob[] {
  const problems: string[] = []
  const given = jobs.flatMap((sent, at) => {
    try {
      return [parseGiven(sent)]
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      problems.push(...error.message.split('\n').map(line => `job ${at + 1} (${sent.name}): ${line}`))
      return []
    }
  })
  const names = given.map(({ name }) => name)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  problems.push(...[...new Set(twice)].map(name => `the job '${name}' stands in the list more than once`))
  if (problems.length > 0) throw new DomainError('bad_request', problems.join('\n'))
  return given
}

interface Make {
  readonly prepare: (given: GivenJob) => Prepared
  readonly bounds: Bounds
  readonly settings: Preparing['settings']
  readonly place: Place
}

/** Refusals that say something else than what is wrong with the job: who asks, or when, is not right. */
const elsewhere: readonly ErrorCode[] = ['unavailable', 'internal', 'not_verified', 'not_allowed', 'conflict']
const isAboutJob = (error: unknown): error is DomainError =>
  error instanceof DomainError && !elsewhere.includes(error.code)

async function stepFor(given: GivenJob, present: Workload | undefined, make: Make): Promise<Step> {
  const { name, job_type } = given
  const base = { name, job_type, changes: [], restarts: false, problems: [], warnings: [] }
  let prepared: Prepared
  try {
    prepared = make.prepare(given)
  } catch (error) {
    if (!isAboutJob(error)) throw error
    const action = present === undefined ? 'create' : 'change'
    return { planned: { ...base, action, problems: error.message.split('\n') }, present }
  }
  const done = await doing(prepared, present, make.place)
  const problems =
    done.action === 'keep' ? [] : [...done.problems, ...boundProblems(prepared, make.bounds, make.settings)]
  const nextRuns = runsOf(readJob(prepared.workload), make.place.clock.now())
  const planned = {
    ...base,
    ...done,
    problems:
      problems.length > 0 || done.action === 'keep'
        ? problems
        : await refusals(done.action, prepared, { present, place: make.place }),
    warnings: [...prepared.warnings],
    ...(nextRuns.length > 0 ? { next_runs: nextRuns } : {}),
  }
  return { planned, prepared, present }
}

interface Doing {
  readonly action: PlannedJob['action']
  readonly changes: FieldChange[]
  readonly restarts: boolean
  readonly problems: string[]
}

async function doing(prepared: Prepared, present: Workload | undefined, place: Place): Promise<Doing> {
  if (present === undefined) return { action: 'create', changes: [], restarts: false, problems: [] }
  const { isSame, changes, restarts } = await differenceOf(present, prepared, place)
  const difference = { changes: [...changes], restarts }
  if (hasEnded(present)) return { ...difference, action: 'run', problems: [] }
  if (isSame) return { ...difference, action: 'keep', problems: [] }
  const runs = 'It is running with other settings; wait until it has ended, or delete it first'
  return { ...difference, action: 'change', problems: present.kind === 'jobs' ? [runs] : [] }
}

/** What the cluster itself would say; that a quota is full is the plan's own arithmetic. */
async function refusals(
  action: PlannedJob['action'],
  { workload }: Prepared,
  { present, place }: { present: Workload | undefined; place: Place },
): Promise<string[]> {
  try {
    if (present === undefined) await tryCreate(place, workload)
    else if (action === 'change' && canStay(present, workload))
      await replaceInPlace(present, workload, { ...place, dryRun: true })
    else await tryOut(workload, place)
    return []
  } catch (error) {
    if (!isAboutJob(error)) throw error
    return error.code === 'quota' ? [] : error.message.split('\n')
  }
}

function removal(present: Workload): Step {
  const { given } = readJob(present)
  const { job_type } = given
  const planned = { name: nameOf(present), job_type, changes: [], problems: [], warnings: [] }
  return { planned: { ...planned, action: 'remove', restarts: false }, present }
}

/** Names the plan: what is asked for, and the state that it was compared with. */
export function idOf({ jobs, prune }: PlanRequest, steps: readonly Step[]): string {
  const state = steps.map(({ planned: { name, action }, present }) => {
    const { uid, generation, annotations } = present?.object.metadata ?? {}
    return [name, action, uid, generation, annotations]
  })
  return createHash('sha256')
    .update(JSON.stringify([jobs, prune === true, state]))
    .digest('base64url')
}
