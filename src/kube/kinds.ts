import type { V1ConfigMap, V1Namespace } from '@kubernetes/client-node'
import type {
  KubeCronJob,
  KubeDeployment,
  KubeEvent,
  KubeIngress,
  KubeJob,
  KubeLimitRange,
  KubePod,
  KubeQuota,
  KubeService,
  Wire,
} from '../jobs/wire.ts'

export type KubeConfigMap = Wire<V1ConfigMap>
export type KubeNamespace = Wire<V1Namespace>

/** The kinds that are used, by the plural that stands in their path. */
export interface Kinds {
  jobs: KubeJob
  cronjobs: KubeCronJob
  deployments: KubeDeployment
  services: KubeService
  ingresses: KubeIngress
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

const grouped = (base: string, singular: string): Kind => ({ base, namespaced: true, singular })
const core = (singular: string, namespaced = true): Kind => ({ base: '/api/v1', namespaced, singular })

export const kinds: Record<KindName, Kind> = {
  jobs: grouped('/apis/batch/v1', 'job'),
  cronjobs: grouped('/apis/batch/v1', 'scheduled job'),
  deployments: grouped('/apis/apps/v1', 'deployment'),
  services: core('service'),
  ingresses: grouped('/apis/networking.k8s.io/v1', 'ingress'),
  pods: core('pod'),
  events: core('event'),
  resourcequotas: core('quota'),
  limitranges: core('limit range'),
  configmaps: core('ConfigMap'),
  namespaces: core('namespace', false),
}

export const kindNames: readonly string[] = Object.keys(kinds)
