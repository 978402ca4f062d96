import { namespaceOf } from '../../contract/limits.ts'
import type { PlatformCluster } from '../../kube/platform-cluster.ts'
import { subjectOf } from '../../pki/subject.ts'
import { type Clock, rfc3339 } from '../../platform/clock.ts'
import { partKinds, stoppedQuota, type Template } from '../desired.ts'
import { foundNote, issuedNote, missingNote, returnedNotes, shutOffNotes, stoppedNote } from '../notes.ts'
import type { Action, ActionName } from '../plan/actions.ts'
import { admitting } from '../plan/certificates.ts'
import type { PartName, ToolFacts } from '../plan/facts.ts'
import type { DenyList } from './deny-list.ts'
import type { Tell } from './events.ts'
import type { HomesPort } from './homes-port.ts'
import type { Issued, Issuer } from './issue.ts'
import { ensureNamespace } from './namespaces.ts'
import { annotate, type Ensured, ensure } from './objects.ts'
import { resumeWorkloads, stopWorkloads } from './workloads.ts'

/** The tool that something is done for, and what was known of it. */
export interface Target {
  readonly facts: ToolFacts
  /** The owner of its home. */
  readonly uid: number
}

export interface StepDeps {
  readonly cluster: PlatformCluster
  readonly homes: HomesPort
  readonly issuer: Issuer
  readonly denyList: DenyList
  readonly template: Template
  readonly tell: Tell
  readonly clock: Clock
  /** Called when a namespace is being deleted: it leaves no trace that could be counted. */
  readonly deleted: (tool: string) => Promise<void>
}

/** The ConfigMap that tells people, and scripts of old, that a tool has its certificate. */
export const markerName = 'maintain-kubeusers'

/** Carries out the actions for one tool, one after the other; each may be done again. */
export interface Performer {
  perform(action: Action): Promise<void>
}

type Handlers = { readonly [Name in ActionName]: (action: Extract<Action, { do: Name }>) => Promise<void> }

export function createPerformer({ facts, uid }: Target, deps: StepDeps): Performer {
  const { cluster, homes, issuer, denyList, tell, clock } = deps
  const { tool } = facts
  const namespace = namespaceOf(tool)
  const within = cluster.in(namespace)
  const desired = deps.template.of(tool, uid)
  const owner = { name: tool, uid }
  let issued: Issued | undefined

  /** The life of the certificate that the home holds now. */
  function held(): { notBefore: number; notAfter: number } | undefined {
    if (issued !== undefined) return issued
    const certificate = 'unreadable' in facts.home ? undefined : facts.home.certificate
    return certificate === undefined || 'problem' in certificate ? undefined : certificate
  }

  const note = (annotations: Record<string, string | null>) => annotate(within, namespace, annotations)
  const ensurePart = (name: PartName, how: Ensured['how']) =>
    ensure(within, partKinds[name].kind, { wanted: desired.parts[name], how })

  async function certify({ why, newKey }: Extract<Action, { do: 'certificate' }>): Promise<void> {
    const { request, publicKey } = await homes.prepare(owner, { newKey })
    const subject = subjectOf({ kind: 'tool', name: tool })
    const message = `for tool ${tool}: ${why}`
    issued = await issuer.issue({ name: namespace, request, publicKey, subject, message })
    await homes.install(owner, issued.certificate)
    await note(issuedNote(clock.now()))
    const isFirst = facts.objects.notes.issued === undefined
    if (!isFirst) await tell({ tool, type: 'Normal', reason: 'CertificateIssued', message: sentence(why) })
  }

  async function mark(): Promise<void> {
    const end = held()?.notAfter
    const data = {
      status: `user created: ${rfc3339(clock.now())}`,
      ...(end === undefined ? {} : { expires: rfc3339(end) }),
    }
    const metadata = { name: markerName, namespace, labels: { 'app.kubernetes.io/managed-by': 'kubeusers' } }
    const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
    await ensure(within, 'configmaps', { wanted, how: facts.objects.marker ? 'repair' : 'make' })
  }

  /** From the present certificate on it may come in; older ones may not. */
  async function allow(): Promise<void> {
    const since = held()?.notBefore ?? clock.now()
    const reason = 'the certificate is of before the tool was shut off; take the new one of its home'
    await denyList.edit({ tool, denial: admitting(facts.denial, since), reason })
  }

  const handlers: Handlers = {
    namespace: ({ how }) => ensureNamespace(within, desired.namespace, how),
    quota: ({ how }) => ensurePart('quota', how),
    limits: ({ how }) => ensurePart('limits', how),
    policy: ({ how }) => ensurePart('policy', how),
    binding: ({ how }) => ensurePart('binding', how),
    home: async () => void (await homes.prepare(owner, { newKey: false })),
    certificate: certify,
    kubeconfig: () => homes.settle(owner),
    marker: mark,
    missing: ({ is }) => note(is ? missingNote(clock.now()) : foundNote),
    'shut-off': async ({ because, reason }) => {
      await note(shutOffNotes(clock.now(), because, reason))
      await tell({ tool, type: 'Warning', reason: 'ShutOff', message: sentence(reason) })
    },
    deny: () => denyList.edit({ tool, denial: 'all', reason: denialReason(facts) }),
    unbind: async () => void (await within.remove('rolebindings', desired.parts.binding.metadata.name)),
    'stop-quota': () => ensure(within, 'resourcequotas', { wanted: stoppedQuota(desired.parts.quota), how: 'repair' }),
    'stop-workloads': async () => {
      await stopWorkloads(within)
      await note(stoppedNote(clock.now()))
    },
    'disable-home': () => homes.disable(owner),
    allow,
    'resume-workloads': () => resumeWorkloads(within),
    returned: async () => {
      await note(returnedNotes)
      await tell({ tool, type: 'Normal', reason: 'Returned', message: 'The tool is served again, as before.' })
    },
    delete: async () => {
      await deps.deleted(tool)
      // Whoever has the name next is let in; the certificates of the one who goes are not.
      await denyList.edit({ tool, denial: { issuedBefore: clock.now() }, reason: 'the tool was deleted' })
      await within.remove('namespaces', namespace)
    },
  }

  return {
    perform(action) {
      // The table has each action's own handler; the compiler cannot see that both go by the same name.
      const handler = handlers[action.do] as (action: Action) => Promise<void>
      return handler(action)
    },
  }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const denialReason = ({ account }: ToolFacts): string =>
  account.state === 'disabled' ? `it is disabled: ${account.reason}` : 'it is not in the directory any more'
