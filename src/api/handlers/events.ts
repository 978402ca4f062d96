import type { Job, JobEvent } from '../../contract/schemas.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import { observedKinds } from './observing.ts'

export interface Watching {
  readonly cluster: ToolCluster
  /** The jobs as they are now. */
  look(): Promise<readonly Job[]>
  readonly signal: AbortSignal
}

/** What makes a job another one than before: how long it has been so does not. */
function textOf({ status: { duration: _, next_runs: __, ...status }, status_long: ___, ...job }: Job): string {
  return JSON.stringify({ ...job, status })
}

/** The state of all jobs, and then each job whose state changes or that is gone, at once when the cluster tells of it. */
export async function* jobEvents({ cluster, look, signal }: Watching): AsyncGenerator<JobEvent> {
  const told = new Map<string, string>()
  for await (const _ of cluster.changes(observedKinds, { signal })) {
    const jobs = await look()
    for (const job of jobs) {
      const text = textOf(job)
      if (told.get(job.name) === text) continue
      told.set(job.name, text)
      yield { type: 'job', job }
    }
    const names = new Set(jobs.map(({ name }) => name))
    for (const name of [...told.keys()].filter(one => !names.has(one))) {
      told.delete(name)
      yield { type: 'gone', name }
    }
  }
}
