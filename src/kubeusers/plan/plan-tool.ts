import { rfc3339 } from '../../platform/clock.ts'
import type { Notes } from '../notes.ts'
import type { Action, Removal, ToolPlan } from './actions.ts'
import { certificateActions, type HomePlan } from './certificates.ts'
import type { Account, Part, PartName, ToolFacts } from './facts.ts'

/** Times that rules are about, in milliseconds. */
export interface Terms {
  /** How long the directory must have lacked a tool before it is shut off. */
  readonly absence: number
  /** How long after that its namespace stays. */
  readonly grace: number
  /** At least so long between certificates that a tool asks for itself, by deleting its marker. */
  readonly reissue: number
}

/** What may be done now, and by which rules. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly terms: Terms
  /** Whether this may be taken away from the tool now. */
  mayTake(removal: Removal): boolean
  /** Whether absence counts at all: not while something looks wrong as a whole. */
  readonly absenceCounts: boolean
  /** Whether a home that is not there may be made although there was one before. */
  readonly mayMakeHomesAgain: boolean
}

const planOf = (
  { tool }: ToolFacts,
  actions: readonly Action[],
  more: Partial<Pick<ToolPlan, 'remarks' | 'wanted'>> = {},
): ToolPlan => ({ tool, actions, remarks: more.remarks ?? [], wanted: more.wanted })

/**
 * What is to be done for a tool, from all that is known of it. Pure: the same facts give the same actions, and once all are
 * done there are none.
 */
export function planTool(facts: ToolFacts, circumstances: Circumstances): ToolPlan {
  const { account, objects } = facts
  if (objects.namespace === 'leaving')
    return planOf(facts, [], { remarks: [`its namespace is being deleted; it is made again when that is done`] })
  switch (account.state) {
    case 'active':
      return planActive(facts, circumstances)
    case 'disabled':
      return planDisabled(facts, account, circumstances)
    case 'absent':
      return planAbsent(facts, circumstances)
    case 'unclear':
      return planOf(facts, foundActions(facts), {
        remarks: [`its entry in the directory cannot be used, nothing is done: ${account.reason}`],
      })
  }
}

function planActive(facts: ToolFacts, circumstances: Circumstances): ToolPlan {
  const { objects } = facts
  if (objects.namespace === 'missing' && objects.foreignBinding !== undefined)
    return planOf(facts, [], {
      remarks: [`its name stands in ${objects.foreignBinding} already: it would have rights that are not a tool's`],
    })
  const { shutOff } = objects.notes
  const home = certificateActions(facts, circumstances)
  const present: Action[] = [...namespaceActions(facts), ...partActions(facts, ['quota', 'limits', 'policy'])]
  const binding = partActions(facts, ['binding'])
  if (shutOff !== undefined) {
    // Without a certificate that serves nobody comes back; the binding last, so that none comes back by half.
    const back: Action[] =
      home.isServed === false
        ? []
        : [...allowActions(facts, home), ...binding, { do: 'resume-workloads' }, { do: 'returned' }]
    return planOf(facts, [...present, ...home.actions, ...back], { remarks: home.remarks })
  }
  const actions = [...foundActions(facts), ...present, ...binding, ...home.actions, ...allowActions(facts, home)]
  return planOf(facts, actions, { remarks: home.remarks })
}

/** Whatever the directory says of a tool, it has it: an absence of before does not count for the next one. */
const foundActions = ({ objects: { notes } }: ToolFacts): Action[] =>
  notes.missingSince === undefined ? [] : [{ do: 'missing', is: false }]

/**
 * A tool that may work is not on our list; certificates of before it was shut off stay on it until they expire. A new one is
 * dated back by its signer, perhaps to before the moment of the entry.
 */
function allowActions({ denial }: ToolFacts, { isServed, isAwaited }: HomePlan): Action[] {
  const isShutOut = denial === 'all' ? isServed : denial !== undefined && isAwaited
  return isShutOut ? [{ do: 'allow' }] : []
}

const namespaceActions = ({ objects: { namespace } }: ToolFacts): Action[] => {
  if (namespace === 'missing') return [{ do: 'namespace', how: 'make' }]
  return namespace === 'wrong' ? [{ do: 'namespace', how: 'repair' }] : []
}

const partActions = ({ objects: { parts } }: ToolFacts, names: readonly PartName[]): Action[] =>
  names.flatMap(name => (parts[name] === 'right' ? [] : [{ do: name, how: madeOr(parts[name]) }]))

const madeOr = (part: Part): 'make' | 'repair' => (part === 'missing' ? 'make' : 'repair')

function planDisabled(
  facts: ToolFacts,
  { reason }: Extract<Account, { state: 'disabled' }>,
  circumstances: Circumstances,
): ToolPlan {
  const { namespace, notes } = facts.objects
  if (namespace === 'missing') return planOf(facts, [])
  if (notes.shutOff !== undefined) return withDeletion(facts, stopActions(facts), circumstances)
  const plan = shutOff(facts, { tool: facts.tool, what: 'disable', reason }, circumstances)
  return plan.actions.length > 0 ? plan : { ...plan, actions: foundActions(facts) }
}

function planAbsent(facts: ToolFacts, circumstances: Circumstances): ToolPlan {
  const { namespace, notes } = facts.objects
  if (namespace === 'missing') return planOf(facts, [])
  const { absenceCounts, now, terms } = circumstances
  if (notes.shutOff !== undefined) return withDeletion(facts, absenceCounts ? stopActions(facts) : [], circumstances)
  if (notes.missingSince === undefined) return planOf(facts, absenceCounts ? [{ do: 'missing', is: true }] : [])
  if (now - notes.missingSince < terms.absence) return planOf(facts, [])
  const reason = `the directory has not had it since ${rfc3339(notes.missingSince)}`
  return shutOff(facts, { tool: facts.tool, what: 'shut-off', reason }, circumstances)
}

/** Shuts a tool off if that may be done now. */
function shutOff(facts: ToolFacts, wanted: Removal, { mayTake }: Circumstances): ToolPlan {
  if (!mayTake(wanted)) return planOf(facts, [], { wanted })
  const because = wanted.what === 'disable' ? 'disabled' : 'absent'
  return planOf(facts, [{ do: 'shut-off', because, reason: wanted.reason }, ...stopActions(facts)], { wanted })
}

/** Locks from the outside in: who is not let in and has no rights cannot undo what comes after. */
function stopActions(facts: ToolFacts): Action[] {
  const { parts, notes } = facts.objects
  return [
    ...lockActions(facts),
    ...(parts.quota === 'stopped' ? [] : [{ do: 'stop-quota' } as const]),
    ...(notes.shutOff?.stopped === true ? [] : [{ do: 'stop-workloads' } as const]),
    ...disableHome(facts),
  ]
}

const lockActions = ({ objects: { parts }, denial }: ToolFacts): Action[] => [
  ...(denial === 'all' ? [] : [{ do: 'deny' } as const]),
  ...(parts.binding === 'missing' ? [] : [{ do: 'unbind' } as const]),
]

/** The certificate that the home holds serves no more. */
const disableHome = ({ home }: ToolFacts): Action[] =>
  !('unreadable' in home) && home.home !== 'missing' && !('problem' in home.certificate) ? [{ do: 'disable-home' }] : []

function withDeletion(facts: ToolFacts, actions: readonly Action[], { now, terms, mayTake }: Circumstances): ToolPlan {
  const end = graceEnd(facts.objects.notes, terms)
  if (end === undefined || now < end) return planOf(facts, actions)
  const reason = `it was shut off on ${rfc3339(end - terms.grace)}: ${facts.objects.notes.shutOff?.reason ?? ''}`
  const wanted: Removal = { tool: facts.tool, what: 'delete', reason }
  return planOf(facts, mayTake(wanted) ? [...actions, { do: 'delete' }] : actions, { wanted })
}

/** When a tool that is shut off may go for good; undefined while it is not shut off, or nobody knows since when. */
const graceEnd = ({ shutOff }: Notes, { grace }: Terms): number | undefined =>
  shutOff?.since === undefined ? undefined : shutOff.since + grace
