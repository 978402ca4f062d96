import type { Job, JobEvent } from '../contract/schemas.ts'
import type { Seen } from './follow.ts'

/** The jobs as last seen, in the service's order. */
export interface JobBoard {
  readonly jobs: () => readonly Job[]
  /** Takes in what was seen; what is different by it. */
  readonly see: (seen: Seen) => readonly JobEvent[]
}

/** What makes a job another than before: all but how long it has been so. */
function essence(job: Job): string {
  const { status, status_long: _, ...rest } = job
  const { duration: __, ...state } = status
  return JSON.stringify({ ...rest, status: state })
}

export function createJobBoard(): JobBoard {
  const known = new Map<string, Job>()

  const put = (job: Job): JobEvent[] => {
    const before = known.get(job.name)
    known.set(job.name, job)
    return before !== undefined && essence(before) === essence(job) ? [] : [{ type: 'job', job }]
  }
  const drop = (name: string): JobEvent[] => (known.delete(name) ? [{ type: 'gone', name }] : [])

  const see = (seen: Seen): readonly JobEvent[] => {
    if (seen.type === 'silent') return []
    if (seen.type === 'job') return put(seen.job)
    if (seen.type === 'gone') return drop(seen.name)
    const names = new Set(seen.jobs.map(({ name }) => name))
    return [...[...known.keys()].filter(name => !names.has(name)).flatMap(drop), ...seen.jobs.flatMap(put)]
  }
  return { jobs: () => [...known.values()], see }
}
