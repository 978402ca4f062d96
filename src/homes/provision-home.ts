import type { BigIntStats } from 'node:fs'
import type { Subject } from '../pki/authority.ts'
import { attributesOf, createRequest, newKey, publicKeyHash, uselessCertificate } from '../pki/request.ts'
import type { Assignment } from './assignment.ts'
import { certificateMode, keyMode, lookAround } from './home-look.ts'
import { certificateState, contentOf, usableKey } from './inspect-home.ts'
import { homeLimits } from './limits.ts'
import { atOwnHome, lookAtOwn, makeHome, mendFolders, modeOf, type OwnHome } from './own-home.ts'
import { HomeProblem, namingWrites } from './problem.ts'
import type { OnBusy } from './tasks.ts'
import { lookAt, replaceFile } from './write-file.ts'
import { writeKubeconfig } from './write-kubeconfig.ts'

/** A request for a certificate (PKCS #10, PEM), and SHA-256 of the public key in it, hexadecimal. */
export interface Prepared {
  request: string
  publicKey: string
}

/**
 * Makes the home where it is missing, mends it, and sees to it that there is a key, a new one where that is wanted; a key
 * never leaves this process but into its file. @throws HomeProblem
 */
export async function prepareHome(
  assignment: Assignment,
  { isNewKey, onBusy }: { isNewKey: boolean; onBusy: OnBusy },
): Promise<Prepared> {
  const { key: steps, keyType, subject } = assignment
  const seen = lookAtOwn(assignment) ?? makeHome(assignment)
  const found = atOwnHome(assignment, seen, home => {
    mendFolders(assignment, home)
    mendFile(home, steps, keyMode)
    mendFile(home, assignment.certificate, certificateMode)
    return contentOf(home, steps, homeLimits.credentialBytes)
  })
  const isKept = !isNewKey && Buffer.isBuffer(found) && usableKey(found) !== undefined
  onBusy('text')
  const pem = isKept ? found : Buffer.from(newKey(keyType))
  if (!isKept) {
    onBusy('disk')
    writeOwn(assignment, seen, { steps, content: pem, mode: keyMode })
    onBusy('text')
  }
  const key = usableKey(pem)
  if (key === undefined) throw new Error('A new key cannot be used')
  return { request: await createRequest({ key: pem.toString('latin1'), subject }), publicKey: publicKeyHash(key) }
}

interface OwnFile {
  steps: readonly string[]
  content: Buffer
  mode: number
}

const writeOwn = (assignment: Assignment, seen: BigIntStats, file: OwnFile): void =>
  atOwnHome(assignment, seen, home => writeIn(home, file))

const writeIn = (home: OwnHome, { steps, content, mode }: OwnFile): void =>
  home.inFolder(steps.slice(0, -1), () =>
    namingWrites(steps.join('/'), () => replaceFile(steps.at(-1) ?? '', { content, mode })),
  )

/**
 * Gives a file of ours its mode, by writing it anew: another name of the same file may not want it. One that cannot be read
 * is for others to replace.
 */
function mendFile(home: OwnHome, steps: readonly string[], mode: number): void {
  const found = home.inFolder(steps.slice(0, -1), () => lookAt(steps.at(-1) ?? ''))
  if (!found?.isFile() || modeOf(found) === mode) return
  const content = contentOf(home, steps, homeLimits.credentialBytes)
  if (Buffer.isBuffer(content)) writeIn(home, { steps, content, mode })
}

/** Puts modes, folders and the kubeconfig of a home right; neither makes one nor touches key and certificate. @throws HomeProblem */
export function settleHome(assignment: Assignment, { now, onBusy }: { now: number; onBusy: OnBusy }): void {
  const seen = existing(assignment)
  atOwnHome(assignment, seen, home => {
    mendFolders(assignment, home)
    mendFile(home, assignment.key, keyMode)
    mendFile(home, assignment.certificate, certificateMode)
    writeKubeconfig(assignment, home, { now, onBusy })
  })
}

function existing(assignment: Assignment): BigIntStats {
  const seen = lookAtOwn(assignment)
  if (seen === undefined) throw new HomeProblem('unsettled', 'the home is not there')
  return seen
}

/** Writes a certificate (PEM), then the kubeconfig, once the certificate is seen to fit account and key. @throws HomeProblem */
export function installCertificate(
  assignment: Assignment,
  { certificate, now, onBusy }: { certificate: string; now: number; onBusy: OnBusy },
): void {
  const { key, certificate: steps, subject } = assignment
  const seen = existing(assignment)
  atOwnHome(assignment, seen, home => {
    mendFolders(assignment, home)
    const pem = contentOf(home, key, homeLimits.credentialBytes)
    onBusy('text')
    checkNew(certificate, pem, { subject, now })
    onBusy('disk')
    const content = Buffer.from(certificate)
    const old = contentOf(home, steps, homeLimits.credentialBytes)
    if (Buffer.isBuffer(old) && old.equals(content)) mendFile(home, steps, certificateMode)
    else writeIn(home, { steps, content, mode: certificateMode })
    writeKubeconfig(assignment, home, { now, onBusy })
  })
}

const refused = (what: string) => new HomeProblem('wrong', `the new certificate ${what}; it was not written`)

/** @throws HomeProblem on a certificate that is not the account's, or not for the key in its home */
function checkNew(certificate: string, key: Buffer | HomeProblem, { subject, now }: { subject: Subject; now: number }) {
  if (certificate.length > homeLimits.credentialBytes) throw refused('is too large')
  const state = certificateState(Buffer.from(certificate), attributesOf(subject), [])
  if ('problem' in state) throw refused(`cannot be used: ${state.reason}`)
  if (state.notAfter <= now) throw refused('has ended')
  const own = Buffer.isBuffer(key) ? usableKey(key) : undefined
  // The tool may have changed its key since the request was made.
  if (own === undefined || publicKeyHash(own) !== state.publicKey)
    throw new HomeProblem('unsettled', 'the new certificate does not belong to the key in the home; it was not written')
}

/** Replaces the certificate of a home by one that serves for nothing. Where there is none, nothing is made. @throws HomeProblem */
export async function disableHome(
  assignment: Assignment,
  { now, onBusy }: { now: number; onBusy: OnBusy },
): Promise<void> {
  const { certificate: steps, subject } = assignment
  const seen = lookAtOwn(assignment)
  const pem = seen === undefined ? undefined : atOwnHome(assignment, seen, home => keyOfLive(assignment, home, seen))
  if (seen === undefined || pem === undefined) return
  onBusy('text')
  const own = Buffer.isBuffer(pem) && usableKey(pem) !== undefined ? pem.toString('latin1') : newKey('ec')
  const useless = await uselessCertificate({ key: own, subject, now })
  onBusy('disk')
  writeOwn(assignment, seen, { steps, content: Buffer.from(useless), mode: certificateMode })
}

/** The key of a home whose certificate may still serve, or why it cannot be read; undefined where none does. */
function keyOfLive(assignment: Assignment, home: OwnHome, seen: BigIntStats): Buffer | HomeProblem | undefined {
  if (lookAround(assignment, home, seen).certificate === undefined) return undefined
  const content = contentOf(home, assignment.certificate, homeLimits.credentialBytes)
  const state = certificateState(content, attributesOf(assignment.subject), [])
  if ('problem' in state && state.problem === 'useless') return undefined
  return contentOf(home, assignment.key, homeLimits.credentialBytes)
}
