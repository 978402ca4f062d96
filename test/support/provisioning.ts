import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Assignment, assignmentOf, type ClusterAccess, type HomeAccount } from '../../src/homes/assignment.ts'
import type { HomeState } from '../../src/homes/home-state.ts'
import { inspectHome } from '../../src/homes/inspect-home.ts'
import { type ProvisionConfig, provisionConfig } from '../../src/homes/provision-config.ts'
import { disableHome, installCertificate, prepareHome, settleHome } from '../../src/homes/provision-home.ts'
import { createAuthority, type KeyPair } from '../../src/pki/authority.ts'
import { createSigner } from '../../src/pki/signer.ts'
import { verifySigningRequest } from '../../src/pki/signing-request.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { homesRoot, isRoot, toolUid } from './tool-home.ts'

export const now = Date.UTC(2026, 10, 22, 12)
export const hour = 3_600_000
const life = { notBefore: now - hour, notAfter: now + 24 * hour }

export const newAuthority = (commonName = 'test') => createAuthority({ commonName, ...life })

/** What a cluster's signer makes of a request. */
export function sign(authority: KeyPair, request: string, notAfter = now + hour): string {
  const { subject, publicKey } = verifySigningRequest(request)
  return createSigner(authority).sign({
    subject,
    publicKey,
    notBefore: now - hour,
    notAfter,
    digitalSignature: true,
    keyEncipherment: false,
  })
}

export const accessTo = (authority: KeyPair): ClusterAccess => ({
  server: 'https://k8s.example:6443',
  ca: authority.certificate,
  authorities: [authority.certificate],
})

/** The settings of a test's homes. */
export const provisionSettings = (root: string, settings: Partial<ProvisionConfig> = {}): ProvisionConfig => ({
  ...parseConfig(provisionConfig, ''),
  root,
  people_root: join(root, 'people'),
  min_uid: isRoot ? 1000 : 0,
  deadline_ms: 20_000,
  ...settings,
})

export const toolAccount = (name = 'a', number = 0): HomeAccount => ({ kind: 'tool', name, uid: toolUid(number) })

/** The tasks of a helper process, in this one. */
export async function provisioning(t: Test, settings: Partial<ProvisionConfig> = {}) {
  const root = settings.root ?? homesRoot(t)
  const authority = await newAuthority()
  const cluster = accessTo(authority)
  const config = provisionSettings(root, settings)
  const onBusy = (): void => {}
  const assignment = (account = toolAccount()): Assignment => assignmentOf(config, cluster, account)
  const prepare = (account = toolAccount(), isNewKey = false) => prepareHome(assignment(account), { isNewKey, onBusy })
  const install = (certificate: string, account = toolAccount()) =>
    installCertificate(assignment(account), { certificate, now, onBusy })
  return {
    root,
    home: join(root, 'a'),
    authority,
    config,
    assignment,
    prepare,
    install,
    inspect: (account = toolAccount()): HomeState => {
      const state = inspectHome(
        { assignment: assignment(account), authorities: cluster.authorities, known: undefined },
        onBusy,
      )
      if (state === 'unchanged') throw new Error('nothing was known')
      return state
    },
    again: (known: string, account = toolAccount()) =>
      inspectHome({ assignment: assignment(account), authorities: cluster.authorities, known }, onBusy),
    settle: (account = toolAccount()) => settleHome(assignment(account), { now, onBusy }),
    disable: (account = toolAccount()) => disableHome(assignment(account), { now, onBusy }),
    /** All that a tool needs, from nothing. */
    async provide(account = toolAccount()) {
      const { request } = await prepare(account)
      install(sign(authority, request), account)
    },
  }
}

/** A home's files and folders with mode, owner and content (or where a link points to); `logs` and all. */
export function treeOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(['.', ...names].toSorted().map(name => [name, describe(join(folder, name))]))
}

function describe(path: string): string {
  const stats = lstatSync(path)
  const what = stats.isFile() ? readFileSync(path, 'latin1') : stats.isSymbolicLink() ? readlinkSync(path) : ''
  return `${(stats.mode & 0o177777).toString(8)} ${stats.uid}:${isRoot ? stats.gid : ''} ${what}`
}
