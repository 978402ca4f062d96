import { personPrefix } from '../../pki/subject.ts'
import { flawOf } from './certificates.ts'
import type { Home } from './facts.ts'

/** An administrator, as the directory has him, and his own home. */
export interface PersonFacts {
  readonly name: string
  readonly uid: number
  /** Why the directory has shut him off. */
  readonly disabled?: string | undefined
  readonly home: Home
}

/** What is known of the administrators. */
export interface PeopleFacts {
  readonly people: readonly PersonFacts[]
  /** Users that each binding for administrators names now; undefined where there is no such binding. */
  readonly bindings: Readonly<Record<string, readonly string[] | undefined>>
}

/** One idempotent step for the administrators. */
export type PeopleAction =
  /** Gives a binding these users, and no others. */
  | { readonly do: 'bind'; readonly binding: string; readonly users: readonly string[] }
  | {
      readonly do: 'certificate' | 'kubeconfig' | 'disable-home'
      readonly person: string
      readonly uid: number
      readonly why: string
    }

export interface PeoplePlan {
  readonly actions: readonly PeopleAction[]
  readonly remarks: readonly string[]
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every(name => other.includes(name))

/** Nobody in the group while somebody has the rights looks like a mistake: they stay. */
function bindActions({ people, bindings }: PeopleFacts): PeoplePlan {
  const users = people.filter(({ disabled }) => disabled === undefined).map(({ name }) => `${personPrefix}${name}`)
  const actions: PeopleAction[] = []
  const remarks: string[] = []
  for (const [binding, present = []] of Object.entries(bindings)) {
    if (same(present, users)) continue
    if (people.length === 0)
      remarks.push(`the directory has no administrators any more, and ${binding} names ${present.length}: they stay`)
    else actions.push({ do: 'bind', binding, users })
  }
  return { actions, remarks }
}

function homeActions({ name, uid, disabled, home }: PersonFacts, now: number): PeoplePlan {
  const step = (what: 'certificate' | 'kubeconfig' | 'disable-home', why: string): PeoplePlan => ({
    actions: [{ do: what, person: name, uid, why }],
    remarks: [],
  })
  const none = { actions: [], remarks: [] }
  if ('unreadable' in home) return { ...none, remarks: [`the home of ${name} cannot be used: ${home.unreadable}`] }
  if (home.home === 'missing')
    return {
      ...none,
      remarks: disabled === undefined ? [`${name} has no home: there is nowhere to put the certificate`] : [],
    }
  if (disabled !== undefined) return 'problem' in home.certificate ? none : step('disable-home', disabled)
  const flaw = flawOf(home, now)
  if (flaw !== undefined) return step('certificate', flaw)
  return home.kubeconfig === 'right' && home.home === 'right' ? none : step('kubeconfig', 'its kubeconfig')
}

/** What is to be done for the administrators. Pure: once all is done there is nothing. */
export function planPeople(facts: PeopleFacts, now: number): PeoplePlan {
  const plans = [bindActions(facts), ...facts.people.map(person => homeActions(person, now))]
  return { actions: plans.flatMap(({ actions }) => actions), remarks: plans.flatMap(({ remarks }) => remarks) }
}
