import type { Circumstances } from './assignment.ts'
import type { Wanted } from './inspect-homes.ts'
import type { Place } from './open.ts'
import type { HelperTask } from './protocol.ts'
import type { ProvisionTask } from './provision-tasks.ts'
import type { Task } from './tasks.ts'

/** A look into one home, which may be sent to a helper with others. */
export interface LookOrder extends Wanted {
  kind: 'inspect'
  place: Place
  /** The same object for all that may go together. */
  circumstances: Circumstances
}

/** What is wanted of one home. */
export type Order = Task | ProvisionTask | LookOrder

/** An order that waits for a helper. */
export interface Waiting {
  order: Order
  /** As `ownerName` has it. */
  owner: string
  /** Not to be sent with others. */
  isAlone: boolean
}

/**
 * Takes out of `waiting` what is next for one helper: the first whose home is not `busy`, and after a look all looks that may go
 * with it, `most` in all. A home is looked at once in a message: what was asked for later may mean a later state.
 */
export function takeNext<W extends Waiting>(waiting: W[], busy: ReadonlySet<string>, most: number): W[] {
  const at = waiting.findIndex(({ owner }) => !busy.has(owner))
  const [first] = at === -1 ? [] : waiting.splice(at, 1)
  if (first === undefined) return []
  const taken = [first]
  if (!isShared(first)) return taken
  const owners = new Set([first.owner])
  for (let next = at; next < waiting.length && taken.length < most; ) {
    const other = waiting[next]
    if (other === undefined || busy.has(other.owner) || owners.has(other.owner) || !goTogether(first, other)) next++
    else {
      waiting.splice(next, 1)
      owners.add(other.owner)
      taken.push(other)
    }
  }
  return taken
}

const isShared = ({ order, isAlone }: Waiting): boolean => order.kind === 'inspect' && !isAlone

const goTogether = ({ order: one }: Waiting, other: Waiting): boolean =>
  isShared(other) &&
  one.kind === 'inspect' &&
  other.order.kind === 'inspect' &&
  one.circumstances === other.order.circumstances

/** What a helper is told for orders that go together; it has `deadline` milliseconds for all of them. */
export function taskOf(orders: readonly Order[], deadline: number): HelperTask {
  const [first] = orders
  if (first === undefined) throw new Error('nothing is asked for')
  if (first.kind !== 'inspect') return first
  const homes = orders.flatMap(order =>
    order.kind === 'inspect' ? [{ account: order.account, known: order.known }] : [],
  )
  // Whichever home is the last to be begun has half the deadline at least.
  return { kind: 'inspect', circumstances: first.circumstances, homes, budget: deadline / 2 }
}
