import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { certificateFields, type NameAttribute } from '../pki/certificate-fields.ts'
import { lifeOf } from '../pki/life.ts'
import { attributesOf, publicKeyHash } from '../pki/request.ts'
import { isSameName } from '../pki/subject.ts'
import { clientAuth } from '../pki/usage.ts'
import type { Assignment } from './assignment.ts'
import { conditionOf, leftoversIn, lookAround, lookFromWithout, stampOf } from './home-look.ts'
import type { CertificateState, HomeState, KeyState } from './home-state.ts'
import { quickKindOf } from './key-kind.ts'
import { mergeKubeconfig } from './kubeconfig-merge.ts'
import { homeLimits } from './limits.ts'
import { type OpenHome, readSmall } from './open.ts'
import { atOwnHome, isOpen, lookAtOwn, modeOf } from './own-home.ts'
import { HomeProblem } from './problem.ts'
import type { OnBusy } from './tasks.ts'

/** What to look for in a home. */
export interface Inspection {
  assignment: Assignment
  /** PEM of each authority whose certificates are good. */
  authorities: readonly string[]
  /** The stamp of an earlier look. */
  known: string | undefined
  /** Another text for other assignments and authorities, where the caller has a short one. */
  asked?: string
}

/** A file's bytes, or why there are none. */
type Content = Buffer | HomeProblem

const nothing = {
  key: { problem: 'missing', reason: 'it is not there' },
  certificate: { problem: 'missing', reason: 'it is not there' },
  kubeconfig: 'missing',
} as const satisfies Partial<HomeState>

/**
 * Looks into a home; `unchanged` when nothing is otherwise than at the look that `known` tells of, which takes a look at a few
 * files but no reading. Nothing is changed. Synchronous, for a helper process. @throws HomeProblem when the disk fails
 */
export function inspectHome(
  { assignment, authorities, known, asked = JSON.stringify([assignment, authorities]) }: Inspection,
  onBusy: OnBusy,
): HomeState | 'unchanged' {
  const seen = lookOrReason(assignment)
  if (seen === undefined || typeof seen === 'string') {
    const stamp = stampOf(undefined, `${asked}\n${seen ?? ''}`)
    if (stamp === known) return 'unchanged'
    return seen === undefined
      ? { stamp, home: 'missing', reasons: [], ...nothing }
      : { stamp, home: 'foreign', reasons: [seen], ...nothing }
  }
  if (!isOpen(seen)) return closedHome(assignment, stampOf(undefined, `${asked}\n${modeOf(seen)}`), known)
  if (known !== undefined && stampFromWithout(assignment, seen, asked) === known) return 'unchanged'
  const found = atOwnHome(assignment, seen, home => {
    const look = lookAround(assignment, home, seen)
    const stamp = stampOf(look, asked)
    if (stamp === known) return 'unchanged'
    const read = (steps: readonly string[], limit: number) => contentOf(home, steps, limit)
    return {
      stamp,
      condition: conditionOf(assignment, home, { look, leftovers: leftoversIn(assignment, home) }),
      key: read(assignment.key, homeLimits.credentialBytes),
      certificate: read(assignment.certificate, homeLimits.credentialBytes),
      kubeconfig: read(assignment.kubeconfig, homeLimits.kubeconfigBytes),
    }
  })
  if (found === 'unchanged') return found
  onBusy('text')
  return {
    stamp: found.stamp,
    ...found.condition,
    key: keyState(found.key),
    certificate: certificateState(found.certificate, attributesOf(assignment.subject), authorities),
    kubeconfig: kubeconfigState(found.kubeconfig, assignment),
  }
}

function stampFromWithout(assignment: Assignment, seen: BigIntStats, asked: string): string | undefined {
  const look = lookFromWithout(assignment, seen)
  return look === undefined ? undefined : stampOf(look, asked)
}

/** Its owner has closed it to himself. */
function closedHome({ place }: Assignment, stamp: string, known: string | undefined): HomeState | 'unchanged' {
  if (stamp === known) return 'unchanged'
  const reason = 'the home is closed to its own account'
  const unreadable = { problem: 'unreadable', reason } as const
  return {
    stamp,
    home: place.person === undefined ? 'mend' : 'foreign',
    reasons: [reason],
    key: unreadable,
    certificate: unreadable,
    kubeconfig: 'missing',
  }
}

function lookOrReason(assignment: Assignment): ReturnType<typeof lookAtOwn> | string {
  try {
    return lookAtOwn(assignment)
  } catch (error) {
    if (error instanceof HomeProblem && error.kind === 'wrong') return error.message
    throw error
  }
}

/** What a file holds; what stands in the way of reading it, unless it is the disk. @throws HomeProblem */
export function contentOf(home: OpenHome, steps: readonly string[], limit: number): Content {
  try {
    return readSmall(home, steps, limit)
  } catch (error) {
    if (error instanceof HomeProblem && (error.kind === 'missing' || error.kind === 'wrong')) return error
    throw error
  }
}

const absence = ({ kind, message }: HomeProblem) =>
  ({ problem: kind === 'missing' ? 'missing' : 'unreadable', reason: message }) as const

/** A private key (PEM) that a request can be made with, and that is quick to sign with; undefined for any other. */
export function usableKey(pem: Buffer): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    const kind = quickKindOf(key)
    return kind === 'ec' || kind === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}

export function keyState(content: Content): KeyState {
  if (content instanceof HomeProblem) return absence(content)
  const key = usableKey(content)
  if (key !== undefined) return { publicKey: publicKeyHash(key) }
  return { problem: 'unusable', reason: 'the key is not one of P-256, P-384, P-521 or RSA with 2048 to 4096 bits' }
}

/** What a certificate file is, for an account with that subject. */
export function certificateState(
  content: Content,
  subject: readonly NameAttribute[],
  authorities: readonly string[],
): CertificateState {
  if (content instanceof HomeProblem) return absence(content)
  try {
    const certificate = new X509Certificate(content)
    const flaw = flawOf(certificate, subject)
    if (flaw !== undefined) return flaw
    const { begin, end } = lifeOf(certificate)
    const signedBy = authorities.findIndex(pem => isSignedBy(certificate, new X509Certificate(pem)))
    return {
      notBefore: begin,
      notAfter: end,
      fingerprint: certificate.fingerprint256,
      publicKey: publicKeyHash(certificate.publicKey),
      signedBy: signedBy === -1 ? null : signedBy,
    }
  } catch {
    return { problem: 'unreadable', reason: 'the certificate cannot be read' }
  }
}

const isSignedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

function flawOf(
  certificate: X509Certificate,
  subject: readonly NameAttribute[],
): Extract<CertificateState, { problem: unknown }> | undefined {
  const found = certificateFields(certificate.raw).subject
  if (!isSameName(found, subject)) return { problem: 'foreign', reason: "the certificate is not the account's" }
  if (certificate.verify(certificate.publicKey))
    return { problem: 'useless', reason: 'the certificate serves for nothing' }
  if (certificate.keyUsage?.includes(clientAuth) !== true)
    return { problem: 'usage', reason: 'the certificate is not one for clients' }
  return undefined
}

/** A kubeconfig's text, undefined when its bytes are no UTF-8: they would not outlive a change. */
export function textOf(content: Buffer): string | undefined {
  const text = content.toString('utf8')
  return Buffer.from(text).equals(content) ? text : undefined
}

function kubeconfigState(content: Content, { entries }: Assignment): HomeState['kubeconfig'] {
  if (content instanceof HomeProblem) return content.kind === 'missing' ? 'missing' : 'broken'
  const text = textOf(content)
  if (text === undefined) return 'broken'
  const { state } = mergeKubeconfig(text, entries)
  return state === 'same' ? 'right' : state === 'changed' ? 'stale' : 'broken'
}
