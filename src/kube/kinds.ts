import type {
  V1CertificateSigningRequest,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Lease,
  V1Namespace,
  V1NetworkPolicy,
  V1ReplicationController,
  V1RoleBinding,
  V1StatefulSet,
} from '@kubernetes/client-node'
import type {
  KubeCronJob,
  KubeDeployment,
  KubeEvent,
  KubeIngress,
  KubeJob,
  KubeLimitRange,
  KubePod,
  KubeQuota,
  KubeReplicaSet,
  KubeService,
  Wire,
} from '../jobs/wire.ts'

export type KubeConfigMap = Wire<V1ConfigMap>
export type KubeNamespace = Wire<V1Namespace>
export type KubeRoleBinding = Wire<V1RoleBinding>
export type KubeClusterRoleBinding = Wire<V1ClusterRoleBinding>
export type KubeNetworkPolicy = Wire<V1NetworkPolicy>
export type KubeCertificateRequest = Wire<V1CertificateSigningRequest>
export type KubeLease = Wire<V1Lease>
export type KubeStatefulSet = Wire<V1StatefulSet>
export type KubeReplicationController = Wire<V1ReplicationController>

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
  rolebindings: KubeRoleBinding
  clusterrolebindings: KubeClusterRoleBinding
  networkpolicies: KubeNetworkPolicy
  certificatesigningrequests: KubeCertificateRequest
  leases: KubeLease
  statefulsets: KubeStatefulSet
  replicasets: KubeReplicaSet
  replicationcontrollers: KubeReplicationController
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

const grouped = (base: string, singular: string, namespaced = true): Kind => ({ base, namespaced, singular })
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
  rolebindings: grouped('/apis/rbac.authorization.k8s.io/v1', 'role binding'),
  clusterrolebindings: grouped('/apis/rbac.authorization.k8s.io/v1', 'cluster role binding', false),
  networkpolicies: grouped('/apis/networking.k8s.io/v1', 'network policy'),
  certificatesigningrequests: grouped('/apis/certificates.k8s.io/v1', 'certificate request', false),
  leases: grouped('/apis/coordination.k8s.io/v1', 'lease'),
  statefulsets: grouped('/apis/apps/v1', 'stateful set'),
  replicasets: grouped('/apis/apps/v1', 'replica set'),
  replicationcontrollers: core('replication controller'),
}

export const kindNames: readonly string[] = Object.keys(kinds)
