import type { V1ConfigMap, V1Namespace } from '@kubernetes/client-node'
import type { KubeEvent, KubeJob, KubeLimitRange, KubePod, KubeQuota, Wire } from '../jobs/wire.ts'

export type KubeConfigMap = Wire<V1ConfigMap>
export type KubeNamespace = Wire<V1Namespace>

/** The kinds that are used, by the plural that stands in their path. */
export interface Kinds {
  jobs: KubeJob
  pods: KubePod
  events: KubeEvent
  resourcequotas: KubeQuota
  limitranges: KubeLimitRange
  configmaps: KubeConfigMap
  namespaces: KubeNamespace
}

export type KindName = keyof Kinds
export type ObjectOf<K extends KindName> = Kinds[K]

interface Kind {
  /** Before the namespace in a path. */
  base: string
  namespaced: boolean
  /** As people are told. */
  singular: string
}

const core = (singular: string, namespaced = true): Kind => ({ base: '/api/v1', namespaced, singular })

export const kinds: Record<KindName, Kind> = {
  jobs: { base: '/apis/batch/v1', namespaced: true, singular: 'job' },
  pods: core('pod'),
  events: core('event'),
  resourcequotas: core('quota'),
  limitranges: core('limit range'),
  configmaps: core('ConfigMap'),
  namespaces: core('namespace', false),
}

export const kindNames: readonly string[] = Object.keys(kinds)
