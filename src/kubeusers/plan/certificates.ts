import { rfc3339 } from '../../platform/clock.ts'
import type { Action } from './actions.ts'
import type { Denial, HomeFacts, ToolFacts } from './facts.ts'
import type { Circumstances } from './plan-tool.ts'
import { renewalOf } from './renewal.ts'

/** What a tool's home needs. */
export interface HomePlan {
  readonly actions: readonly Action[]
  readonly remarks: readonly string[]
  /** Whether the tool has a certificate once the actions are done. */
  readonly isServed: boolean
  /** Whether that is a new one which our own entry on the deny list might keep out. */
  readonly isAwaited: boolean
}

const unserved = (remark: string): HomePlan => ({ actions: [], remarks: [remark], isServed: false, isAwaited: false })

/** What the home of a tool that may work needs: itself, key and certificate, kubeconfig, and the marker in the cluster. */
export function certificateActions(facts: ToolFacts, circumstances: Circumstances): HomePlan {
  const { home, objects } = facts
  if ('unreadable' in home) return unserved(`its home cannot be used: ${home.unreadable}`)
  const hadOne = objects.notes.issued !== undefined
  if (home.home === 'missing' && hadOne && !circumstances.mayMakeHomesAgain)
    return unserved('its home is gone, with many others: it is not made again before that is cleared up')
  const need = needOf(facts, home, circumstances.now)
  const why = need?.isByTool === true && isTooSoon(facts, circumstances) ? undefined : need?.why
  const serves = damageOf(home) === undefined
  return {
    actions: homeActions(facts, home, why),
    remarks: [],
    isServed: why !== undefined || serves,
    isAwaited:
      why !== undefined && (!serves || isDenied(home.certificate, facts.denial) || isFresh(facts, circumstances)),
  }
}

const homeActions = ({ objects }: ToolFacts, { home, kubeconfig }: HomeFacts, why: string | undefined): Action[] => [
  ...(home === 'right' ? [] : [{ do: 'home', how: home === 'missing' ? 'make' : 'mend' } as const]),
  ...(why === undefined ? [] : [{ do: 'certificate', why, newKey: objects.notes.newKey === true } as const]),
  // Installing a certificate writes the kubeconfig as well.
  ...(why === undefined && kubeconfig !== 'right' ? [{ do: 'kubeconfig' } as const] : []),
  ...(why !== undefined || !objects.marker ? [{ do: 'marker' } as const] : []),
]

/** Why a certificate must be issued. */
interface Need {
  /** For people. */
  readonly why: string
  /** Whether the tool can bring it about as often as it likes. */
  readonly isByTool: boolean
}

/** Why a certificate must be issued; undefined while the one in the home is good. */
function needOf({ objects, denial }: ToolFacts, home: HomeFacts, now: number): Need | undefined {
  const { notes, marker } = objects
  if (notes.newKey === true) return { why: 'a new key was asked for', isByTool: false }
  const damage = damageOf(home)
  const flaw = flawOf(home, now, denial)
  if (flaw !== undefined && notes.issued === undefined) return { why: 'it is new', isByTool: false }
  if (flaw !== undefined) return { why: flaw, isByTool: damage !== undefined && notes.shutOff === undefined }
  return marker ? undefined : { why: 'its marker was deleted', isByTool: true }
}

/** Whether the last certificate was issued just now; a note of a moment to come says nothing. */
function isTooSoon({ objects: { notes } }: ToolFacts, { now, terms }: Circumstances): boolean {
  const since = notes.issued === undefined ? -1 : now - notes.issued
  return since >= 0 && since < terms.reissue
}

/** Why key and certificate cannot be used together, whatever the time. */
function damageOf({ key, certificate }: HomeFacts): string | undefined {
  if ('problem' in key) return `its key: ${key.problem}`
  if ('problem' in certificate) return `its certificate: ${certificate.problem}`
  return certificate.publicKey === key.publicKey ? undefined : 'its key is not the one of its certificate'
}

/** What is wrong with the key and certificate of a home, or will soon be. */
export const flawOf = (home: HomeFacts, now: number, denial?: Denial): string | undefined =>
  damageOf(home) ?? endOf(home, now, denial)

/** Why a certificate that belongs to its key cannot stay. */
function endOf({ certificate }: HomeFacts, now: number, denial: Denial): string | undefined {
  if ('problem' in certificate) return undefined
  if (!certificate.isOurs) return 'its certificate is of an authority that is not to be used any more'
  if (isDenied(certificate, denial)) return 'its certificate is of before the tool was shut off'
  if (now >= certificate.notAfter) return `its certificate expired on ${rfc3339(certificate.notAfter)}`
  return now >= renewalOf(certificate) ? `its certificate ends on ${rfc3339(certificate.notAfter)}` : undefined
}

/** Whether our own entry on the deny list is about certificates of such an age. */
const isDenied = (certificate: HomeFacts['certificate'], denial: Denial): boolean =>
  typeof denial === 'object' && 'notBefore' in certificate && certificate.notBefore < denial.issuedBefore

/** A signer dates certificates back, so that clocks that are slow believe them: Kubernetes' own by five minutes. */
const mostBackdated = 3_600_000

/** Whether a certificate of now may be dated to before the moment of our entry. */
const isFresh = ({ denial }: ToolFacts, { now }: Circumstances): boolean =>
  typeof denial === 'object' && denial.issuedBefore > now - mostBackdated

/** Our entry that lets a certificate in, and none out that was let in before. */
export const admitting = (denial: Denial, notBefore: number): Denial => ({
  issuedBefore: typeof denial === 'object' ? Math.min(denial.issuedBefore, notBefore) : notBefore,
})
