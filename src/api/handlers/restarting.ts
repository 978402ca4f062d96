import { DomainError, isRefusal } from '../../contract/errors.ts'
import { restartedAnnotation, selectorOf } from '../../jobs/labels.ts'
import { manualRun } from '../../jobs/manifests.ts'
import { endOf, isRun } from '../../jobs/observed.ts'
import type { KubeCronJob, KubeDeployment, KubeJob, Workload } from '../../jobs/wire.ts'
import { rfc3339 } from '../../platform/clock.ts'
import { clearBefore } from './leftovers.ts'
import { asNew } from './next-object.ts'
import { placeJob, tryOut } from './place-job.ts'
import {
  createWorkload,
  getWorkload,
  insist,
  isLive,
  lasting,
  nameOf,
  type Place,
  removeWorkload,
  uidOf,
  waitGone,
} from './workloads.ts'

/** Milliseconds for what runs to end: its grace is 15 s, and the client waits 60. */
const endWait = 25_000

/**
 * Runs a job anew: a continuous one by a rollout, a scheduled one now and out of turn, a one-off from its beginning.
 * @throws DomainError conflict when what runs does not end in time, or somebody else does something with it.
 */
export async function restartJob(workload: Workload, place: Place): Promise<void> {
  try {
    await restart(workload, place)
  } catch (error) {
    if (!isRefusal(error, 'exists')) throw error
    throw new DomainError('conflict', `Somebody else started the job '${nameOf(workload)}' at the same time`, {
      cause: error,
    })
  }
}

function restart(workload: Workload, place: Place): Promise<void> {
  switch (workload.kind) {
    case 'deployments':
      return rollOut(workload.object, place)
    case 'cronjobs':
      return runNow(workload.object, place)
    case 'jobs':
      return runAgain(workload, place)
  }
}

async function rollOut({ metadata }: KubeDeployment, { cluster, clock, signal }: Place): Promise<void> {
  const annotations = { [restartedAnnotation]: rfc3339(clock.now()) }
  const patch = {
    ...(metadata?.uid === undefined ? {} : { metadata: { uid: metadata.uid } }),
    spec: { template: { metadata: { annotations } } },
  }
  await cluster.patch('deployments', metadata?.name ?? '', { patch, signal })
}

const isOf =
  (cronjob: KubeCronJob) =>
  (job: KubeJob): boolean =>
    isRun(job) && job.metadata?.ownerReferences?.some(({ uid }) => uid === cronjob.metadata?.uid) === true

async function runNow(cronjob: KubeCronJob, place: Place): Promise<void> {
  const { cluster, tool, signal, clock } = place
  const name = cronjob.metadata?.name ?? ''
  const { items } = await cluster.list('jobs', { labels: selectorOf(tool, 'scheduled', name), signal })
  const running = items.filter(job => isOf(cronjob)(job) && endOf(job) === undefined)
  const runs = running.map(object => ({ kind: 'jobs' as const, object }))
  await Promise.all(runs.filter(isLive).map(run => removeWorkload(place, run)))
  const gone = await Promise.all(runs.map(run => waitGone(run, place, endWait)))
  if (!gone.every(Boolean))
    throw new DomainError('conflict', `The run of '${name}' that is under way does not end; try again in a minute`)
  await createWorkload(place, { kind: 'jobs', object: manualRun(cronjob, clock.now()) })
}

/** The job from its beginning, as another object of its name: the one of before must be gone first. */
async function runAgain(workload: Workload, place: Place): Promise<void> {
  const next = asNew(workload)
  await tryOut(next, place)
  await clearBefore(await putInPlace(workload, next, place), place)
}

/** The object that now stands in the place of the one of before. */
async function putInPlace(workload: Workload, next: Workload, place: Place): Promise<Workload> {
  try {
    await removeWorkload(place, workload)
    await waitEnd(workload, place)
    return await placeJob(next, place)
  } catch (error) {
    return comeBack(workload, next, { place, error })
  }
}

async function waitEnd(workload: Workload, place: Place): Promise<void> {
  if (await waitGone(workload, place, endWait)) return
  throw new DomainError('conflict', `The job '${nameOf(workload)}' does not end; try again in a minute`)
}

/**
 * Places the job after a failure, which may have come when there was none of its name any more: whoever asked may have gone, the
 * job stays wanted. @throws the failure where the job of before was never touched; DomainError where nothing could be placed
 */
async function comeBack(
  workload: Workload,
  next: Workload,
  { place, error }: { place: Place; error: unknown },
): Promise<Workload> {
  const back = lasting(place)
  const placed = await insist(async () => {
    const now = await getWorkload(back, workload.kind, nameOf(workload))
    const isUntouched = now !== undefined && isLive(now) && uidOf(now).uid === uidOf(workload).uid
    return isUntouched ? undefined : await placeJob(next, back)
  }, back).catch(failure => {
    if (!(failure instanceof DomainError)) throw failure
    throw new DomainError(
      failure.code,
      `The job '${nameOf(workload)}' was stopped and could not be started again; create it anew. ${failure.message}`,
      { cause: failure },
    )
  })
  if (placed === undefined) throw error
  return placed
}
