import { DomainError, isRefusal } from '../../contract/errors.ts'
import type { FieldChange } from '../../contract/plan-schemas.ts'
import { changesOf, restartsOn } from '../../jobs/changes.ts'
import { jobAnnotation } from '../../jobs/labels.ts'
import { readJob } from '../../jobs/read.ts'
import type { KubeDeployment, Workload } from '../../jobs/wire.ts'
import { type Companions, companionsOf, hasCompanions, settleCompanions } from './companions.ts'
import { clearBefore } from './leftovers.ts'
import { asNew, inPlaceOf } from './next-object.ts'
import { hasEnded, placeJob, tryOut } from './place-job.ts'
import type { Prepared } from './preparing.ts'
import {
  getWorkload,
  getWorkloadNow,
  madeBefore,
  nameOf,
  type Place,
  removeWorkload,
  replaceWorkload,
  takeBack,
  uidOf,
  waitGone,
} from './workloads.ts'

/** Milliseconds for an object to go that another is to stand in for. */
const goneWait = 5000

/** How a job that is there differs from the one that is wanted. */
export interface Difference {
  readonly changes: readonly FieldChange[]
  readonly restarts: boolean
  /** Whether nothing has to be written, not even what users do not see, such as a Service that was lost. */
  readonly isSame: boolean
}

/** What would have to change so that `present` is as it is wanted. */
export async function differenceOf(present: Workload, wanted: Prepared, place: Place): Promise<Difference> {
  const { given, actual } = readJob(present)
  const changes = changesOf(wanted.complete, actual, wanted.home)
  const restarts = restartsOn(changes, wanted.given.job_type)
  if (changes.length > 0) return { changes, restarts, isSame: false }
  // To say what is so anyway changes nothing but what a dump gives back.
  const noted = changesOf(wanted.given, given)
  return { changes: noted, restarts, isSame: noted.length === 0 && (await hasCompanions(present, wanted, place)) }
}

/** A job with all that belongs to it, to make it again. */
export interface Whole extends Companions {
  readonly workload: Workload
}

/** The job as it is, before something is done to it. */
export const wholeOf = async (workload: Workload, place: Place): Promise<Whole> => ({
  workload,
  ...(await companionsOf(workload, place)),
})

/**
 * Makes a job, with all that belongs to it; what fails leaves nothing behind.
 * @throws DomainError as `placeJob` and `settleCompanions` do.
 */
export async function makeJob(wanted: Whole, place: Place): Promise<Workload> {
  const made = await placeJob(wanted.workload, place).catch(
    unheard(place, back => unmakeUnseen(wanted.workload, { place, back })),
  )
  return completeJob(made, wanted, place)
}

/** Gives a job that was just made all that belongs to it. */
async function completeJob(made: Workload, wanted: Whole, place: Place): Promise<Workload> {
  try {
    await clearBefore(made, place)
    await settleCompanions(made, wanted, place)
    return made
  } catch (error) {
    await undo(place, back => unmake(made, back))
    throw error
  }
}

/** Removes what was just made. */
export async function unmake(made: Workload, place: Place): Promise<void> {
  // What is left of jobs of before is less of an evil than a job that nobody asked for.
  await clearBefore(made, place).catch(() => undefined)
  await removeWorkload(place, made)
}

/** Removes what the request may have made without ever hearing of it. */
async function unmakeUnseen(workload: Workload, { place, back }: { place: Place; back: Place }): Promise<void> {
  const made = await madeBefore(workload, { ...back, requestId: place.requestId })
  if (made !== undefined) await unmake(made, back)
}

/** Takes back what was done before a failure; where that fails as well the next call sees the rest and mends it. */
async function undo(place: Place, work: (back: Place) => Promise<unknown>): Promise<void> {
  await takeBack(place, work).catch(() => undefined)
}

/** For a failure that says nothing of what was done: that is looked after once it can be seen, and nobody waits for it. */
function unheard(place: Place, work: (back: Place) => Promise<unknown>): (error: unknown) => never {
  return error => {
    if (isRefusal(error, 'unavailable')) void undo(place, work)
    throw error
  }
}

/**
 * Makes the job that is there the one that is wanted: in its place where that can be, else by another one in its stead. What
 * fails leaves the one of before.
 * @throws DomainError exists for a one-off that still runs; conflict when somebody else changed it at the same time.
 */
export async function changeJob(present: Workload, wanted: Prepared, place: Place): Promise<Workload> {
  if (present.kind === 'jobs' && !hasEnded(present))
    throw new DomainError(
      'exists',
      `The job '${nameOf(present)}' is running with other settings; wait until it has ended, or delete it first`,
    )
  const before = await wholeOf(present, place)
  if (!canStay(present, wanted.workload)) return replaceByAnother(before, wanted, place)
  const changed = await replaceInPlace(present, wanted.workload, place).catch(
    unheard(place, back => settleEither([wanted, before], present, back)),
  )
  try {
    await settleCompanions(changed, wanted, place)
    return changed
  } catch (error) {
    await undo(place, back => putBack(before, changed, back))
    throw error
  }
}

/** Gives the job that is there what belongs to it, when nobody knows which of the two it is now. */
async function settleEither(either: readonly Whole[], present: Workload, place: Place): Promise<void> {
  const now = await getWorkloadNow(place, present.kind, nameOf(present))
  if (now === undefined) return
  const it = either.find(({ workload }) => isAlready(now, workload))
  if (it !== undefined) await settleCompanions(now, it, place)
}

/** Whether the object can be changed into the other: what a Job runs cannot, nor kind and selector. */
export function canStay(present: Workload, next: Workload): boolean {
  if (present.kind !== 'deployments' || next.kind !== 'deployments')
    return present.kind === next.kind && present.kind === 'cronjobs'
  return selectorText(present.object) === selectorText(next.object)
}

const selectorText = ({ spec }: KubeDeployment): string =>
  JSON.stringify(Object.entries(spec?.selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))

/** How often an object is written whose state the cluster changes at the same time. */
const mostWrites = 5

/** Writes the next object in the place of the present one, whose status may change at any moment, but nothing else. */
export async function replaceInPlace(
  present: Workload,
  next: Workload,
  { dryRun = false, ...place }: Place & { readonly dryRun?: boolean },
): Promise<Workload> {
  let current = present
  for (let write = 1; ; write++) {
    try {
      return await replaceWorkload(place, inPlaceOf(current, next), { dryRun })
    } catch (error) {
      if (!isRefusal(error, 'conflict', 'not_found') || write === mostWrites) throw error
      current = await inStateOf([present, next], { place, cause: error })
      if (isAlready(current, next)) return current
    }
  }
}

/** The object of now, as far as nobody else has changed it. @throws DomainError conflict when somebody has */
async function inStateOf(
  [present, next]: readonly [Workload, Workload],
  { place, cause }: { place: Place; cause: unknown },
): Promise<Workload> {
  const name = nameOf(present)
  const now = await getWorkload(place, present.kind, name)
  if (now !== undefined && (isSameState(now, present) || (isSameObject(now, present) && isAlready(now, next))))
    return now
  throw new DomainError('conflict', `The job '${name}' was changed or deleted by somebody else meanwhile; try again`, {
    cause,
  })
}

/** What the user gave, as the object tells it. */
const noteOf = ({ object }: Workload): string | undefined => object.metadata?.annotations?.[jobAnnotation]

/** Whether it is as it is to be, as after a write of which nobody heard. */
const isAlready = (now: Workload, next: Workload): boolean =>
  noteOf(now) === noteOf(next) && changesOf(readJob(next).actual, readJob(now).actual).length === 0

const isSameObject = (a: Workload, b: Workload): boolean => uidOf(a).uid === uidOf(b).uid

/** Whether nobody but the cluster has changed it. */
const isSameState = (a: Workload, b: Workload): boolean => stateText(a) === stateText(b)
const stateText = (workload: Workload): string =>
  JSON.stringify([uidOf(workload).uid, workload.object.metadata?.generation, noteOf(workload)])

/** Makes a job as it was before it was changed into `now`. */
export async function putBack(before: Whole, now: Workload, place: Place): Promise<void> {
  if (isSameObject(before.workload, now)) {
    const back = await replaceInPlace(now, asNew(before.workload), place)
    await settleCompanions(back, before, place)
    return
  }
  await removeWorkload(place, now)
  await waitGone(now, place, goneWait)
  await makeAgain(before, place)
}

/** Makes a job again that was removed. @throws DomainError conflict for one that had run to its end: that would run twice. */
export async function makeAgain(before: Whole, place: Place): Promise<void> {
  const { workload } = before
  if (hasEnded(workload)) throw new DomainError('conflict', `The job '${nameOf(workload)}' had ended`)
  // Not to be taken back for an answer that was lost: the next try finds it.
  await completeJob(await placeJob(asNew(workload), place), before, place)
}

/** Another object in the place of this one, which is given up only when the cluster would take the other. */
async function replaceByAnother(before: Whole, wanted: Prepared, place: Place): Promise<Workload> {
  const { workload: present } = before
  await tryOut(wanted.workload, place)
  await removeWorkload(place, present)
  try {
    if (!(await waitGone(present, place, goneWait)))
      throw new DomainError(
        'conflict',
        `The job '${nameOf(present)}' of before is still being deleted; try again in a minute`,
      )
    return await completeJob(await placeJob(wanted.workload, place), wanted, place)
  } catch (error) {
    await undo(place, async back => {
      await unmakeUnseen(wanted.workload, { place, back })
      await makeAgain(before, back)
    })
    throw error
  }
}
