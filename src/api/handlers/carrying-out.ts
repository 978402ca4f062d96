import { DomainError } from '../../contract/errors.ts'
import type { PlannedJob } from '../../contract/plan-schemas.ts'
import { changeJob, makeAgain, makeJob, putBack, unmake, wholeOf } from './changing.ts'
import type { Step } from './planning.ts'
import { removeJob } from './removing.ts'
import { type Place, takeBack } from './workloads.ts'

/** What takes a step back. */
interface Done {
  readonly name: string
  undo(): Promise<unknown>
}

/** What gives room goes last, so that nothing is missing while it lasts; unless there is not room for both. */
const order: readonly PlannedJob['action'][] = ['keep', 'change', 'create', 'run', 'remove']
const removalsFirst: readonly PlannedJob['action'][] = ['remove', 'keep', 'change', 'create', 'run']

/**
 * Carries out the steps of a plan one after another; when one fails, those before it are taken back, the last first.
 * @throws DomainError of the step that failed, naming it and what became of the others
 */
export async function carryOut(
  { steps, removesFirst }: { readonly steps: readonly Step[]; readonly removesFirst: boolean },
  place: Place,
): Promise<void> {
  const actions = removesFirst ? removalsFirst : order
  const done: Done[] = []
  for (const step of steps.toSorted((a, b) => actions.indexOf(a.planned.action) - actions.indexOf(b.planned.action))) {
    try {
      const undo = await carryOutOne(step, place)
      if (undo !== undefined) done.push({ name: step.planned.name, undo })
    } catch (error) {
      throw await takenBack(error, { step, done })
    }
  }
}

/** Does one step; gives what takes it back. */
async function carryOutOne(
  { planned: { action }, prepared, present }: Step,
  place: Place,
): Promise<Done['undo'] | undefined> {
  if (action === 'remove' && present !== undefined) {
    const before = await wholeOf(present, place)
    await removeJob(present, place)
    return () => takeBack(place, back => makeAgain(before, back))
  }
  if (prepared === undefined || action === 'keep') return undefined
  if (action === 'change' && present !== undefined) {
    const before = await wholeOf(present, place)
    const changed = await changeJob(present, prepared, place)
    return () => takeBack(place, back => putBack(before, changed, back))
  }
  const made = await makeJob(prepared, place)
  return () => takeBack(place, back => unmake(made, back))
}

/** The error of a step with what became of those before it. */
async function takenBack(error: unknown, { step, done }: { step: Step; done: Done[] }): Promise<unknown> {
  const back: string[] = []
  const left: string[] = []
  for (const { name, undo } of done.toReversed()) {
    const isBack = await undo().then(
      () => true,
      () => false,
    )
    const names = isBack ? back : left
    names.push(name)
  }
  if (!(error instanceof DomainError)) return error
  const lines = [
    `${step.planned.name}: ${error.message}`,
    ...(back.length > 0 ? [`Taken back: ${back.join(', ')}`] : []),
    ...(left.length > 0 ? [`Could not be taken back, plan again to see what is left: ${left.join(', ')}`] : []),
  ]
  const { code, retryAfter } = error
  return new DomainError(code, lines.join('\n'), { cause: error, ...(retryAfter === undefined ? {} : { retryAfter }) })
}
