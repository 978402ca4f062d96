import { assignmentsIn, type Circumstances, type HomeAccount } from './assignment.ts'
import { digestOf } from './home-look.ts'
import type { HomeState } from './home-state.ts'
import { inspectHome } from './inspect-home.ts'
import { HomeProblem, type ProblemKind } from './problem.ts'
import type { OnBusy } from './tasks.ts'

/** A home to look into, and the stamp of an earlier look. */
export interface Wanted {
  account: HomeAccount
  known?: string | undefined
}

/** Looks into homes, one after the other: what is asked of a helper for one home is soon more work than the look itself. */
export interface InspectTask {
  kind: 'inspect'
  circumstances: Circumstances
  homes: readonly Wanted[]
  /** Milliseconds after which no further home is begun. */
  budget: number
}

/** What a look found, or why there was none. */
export type Looked = { home: HomeState | 'unchanged' } | { problem: { kind: ProblemKind; message: string } }

/**
 * The answers for the first of the homes, one at least, as many as there was time for. A home that cannot be looked into has an
 * answer of its own. Synchronous, for a helper process. @throws whatever is no problem of a home
 */
export function inspectHomes(
  { circumstances, homes, budget }: InspectTask,
  { onBusy, elapsed }: { onBusy: OnBusy; elapsed: () => number },
): Looked[] {
  // What keeps a helper from its end matters only where it is known with which home.
  const tell = homes.length === 1 ? onBusy : () => {}
  const assignmentOf = assignmentsIn(circumstances)
  const { authorities } = circumstances.cluster
  const all = digestOf(JSON.stringify(circumstances))
  const looked: Looked[] = []
  for (const { account, known } of homes) {
    if (looked.length > 0 && elapsed() >= budget) break
    const asked = `${all} ${account.kind} ${account.name} ${account.uid}`
    looked.push(answering(() => inspectHome({ assignment: assignmentOf(account), authorities, known, asked }, tell)))
  }
  return looked
}

function answering(look: () => HomeState | 'unchanged'): Looked {
  try {
    return { home: look() }
  } catch (error) {
    if (error instanceof HomeProblem) return { problem: { kind: error.kind, message: error.message } }
    throw error
  }
}
