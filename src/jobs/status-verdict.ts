import type { Observed } from './observed.ts'
import type { Verdict } from './status-cause.ts'
import { continuousVerdict } from './status-continuous.ts'
import { runVerdict } from './status-run.ts'
import { type ScheduledVerdict, type Slots, scheduledVerdict } from './status-scheduled.ts'

export interface Circumstances extends Slots {
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What a job of any type does, and the first cause of it: the one home of what status and explanation say. */
export function verdictOf(observed: Observed, circumstances: Circumstances): Verdict | ScheduledVerdict {
  const { workload, jobs, pods, events } = observed
  const seen = { pods, events, ...circumstances }
  switch (workload.kind) {
    case 'jobs':
      return runVerdict({ job: workload.object, ...seen })
    case 'cronjobs':
      return scheduledVerdict(workload.object, { jobs, ...seen })
    case 'deployments':
      return continuousVerdict(workload.object, seen)
  }
}
