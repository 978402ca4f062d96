import { createHash } from 'node:crypto'
import { same } from '../json.ts'
import type { NewObject, OwnerReference } from '../kind.ts'
import type { Deployment, PodTemplate, ReplicaSet } from '../kinds/types.ts'

// A Deployment's replica sets: one for each template that it has had.

export const hashLabel = 'pod-template-hash'
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'
/** Characters of revisions that are remembered. */
const historyLimit = 2000

/** Those that mean something about one object only. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
])

const letters = 'bcdfghjklmnpqrstvwxz2456789'

/** Ten characters at most, of an alphabet without vowels, as Kubernetes writes its hash (which is another one). */
export function templateHash(template: PodTemplate, collisions: number | undefined): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([template, collisions ?? null]))
    .digest()
  const digits = String(digest.readUInt32BE())
  return Array.from(digits, digit => letters[digit.charCodeAt(0) % letters.length]).join('')
}

function withoutHash({ metadata, spec }: PodTemplate): PodTemplate {
  const { [hashLabel]: _, ...labels } = metadata?.labels ?? {}
  const { labels: __, ...others } = metadata ?? {}
  return { metadata: { ...others, ...(Object.keys(labels).length === 0 ? {} : { labels }) }, spec }
}

export const isSameTemplate = (a: PodTemplate, b: PodTemplate): boolean => same(withoutHash(a), withoutHash(b))

const age = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp)

/** The set of the present template, if there is one, and those of former ones, oldest first. */
export function sortSets(
  { spec }: Deployment,
  sets: readonly ReplicaSet[],
): { newest: ReplicaSet | undefined; old: ReplicaSet[] } {
  const order = sets.toSorted((a, b) => age(a) - age(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
  const newest = order.find(set => isSameTemplate(set.spec.template, spec.template))
  return { newest, old: order.filter(set => set !== newest) }
}

export const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0

/** What the newest set's annotations are to be: the Deployment's own, and which revision it is. */
export function setAnnotations(
  { metadata }: Deployment,
  old: readonly ReplicaSet[],
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const copied = Object.entries(metadata.annotations ?? {}).filter(([name]) => !ownAnnotations.has(name))
  const annotations: Record<string, string> = { ...before, ...Object.fromEntries(copied) }
  const known = before[revisionAnnotation]
  const revision = Math.max(0, ...old.map(revisionOf)) + 1
  if ((Number(known ?? 0) || 0) >= revision) return annotations
  annotations[revisionAnnotation] = String(revision)
  if (known === undefined) return annotations
  const history = [before[historyAnnotation], known].filter(Boolean).join(',')
  if (history.length <= historyLimit) annotations[historyAnnotation] = history
  return annotations
}

export const replicaAnnotations = (desired: number, surge: number): Record<string, string> => ({
  [desiredReplicasAnnotation]: String(desired),
  [maxReplicasAnnotation]: String(desired + surge),
})

/** The replica set of a Deployment's present template. */
export function newSet(
  { metadata, spec, status }: Deployment,
  { owner, annotations, replicas }: { owner: OwnerReference; annotations: Record<string, string>; replicas: number },
): NewObject & { metadata: { name: string } } {
  const hash = templateHash(spec.template, status.collisionCount)
  const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name.slice(0, 253 - 1 - hash.length)}-${hash}`,
      namespace: metadata.namespace ?? '',
      labels,
      annotations,
      ownerReferences: [owner],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }
}

/** Old sets that nobody needs to remember. */
export function forCleanup({ spec }: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const surplus = alive.length - (spec.revisionHistoryLimit ?? 10)
  return alive
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, surplus))
    .filter(
      ({ metadata, spec: { replicas }, status }) =>
        status.replicas === 0 && replicas === 0 && (metadata.generation ?? 1) <= (status.observedGeneration ?? 0),
    )
}
