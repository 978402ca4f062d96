import { isRefusal } from '../../contract/errors.ts'
import { selectorOf } from '../../jobs/labels.ts'
import type { Workload } from '../../jobs/wire.ts'
import { clearAll, clearBefore } from './leftovers.ts'
import { isLive, listWorkloads, type Place, removeWorkload, waitGone, waitUntil, workloadKinds } from './workloads.ts'

/** Milliseconds to wait for what was deleted to be gone from the list. */
const deletionWait = 3000

/** Deletes a job with all that belongs to it, and waits a while until it is gone. */
export async function removeJob(workload: Workload, place: Place): Promise<void> {
  // First, because a job that is still there can be deleted once more.
  await clearBefore(workload, place)
  if ((await removeWorkload(place, workload)) === 'leaving') await unlessUnseen(waitGone(workload, place, deletionWait))
}

/** Deletes all jobs of the tool. */
export async function removeAllJobs(place: Place): Promise<void> {
  const { cluster, tool, signal } = place
  const labels = selectorOf(tool)
  await clearAll(place)
  await Promise.all(workloadKinds.map(kind => cluster.removeAll(kind, labels, { signal })))
  const isEmpty = async () => !(await listWorkloads(place, labels)).some(isLive)
  await unlessUnseen(waitUntil(isEmpty, { ...place, limit: deletionWait }))
}

/** It is deleted, the cluster said so; that it cannot be seen to go is no failure. */
async function unlessUnseen(waiting: Promise<unknown>): Promise<void> {
  await waiting.catch(error => {
    if (!isRefusal(error, 'unavailable')) throw error
  })
}
