import type {
  CoreV1Event,
  V1CertificateSigningRequestSpec,
  V1CertificateSigningRequestStatus,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CronJobSpec,
  V1CronJobStatus,
  V1DeploymentSpec,
  V1DeploymentStatus,
  V1IngressSpec,
  V1IngressStatus,
  V1JobSpec,
  V1JobStatus,
  V1LabelSelector,
  V1LeaseSpec,
  V1NamespaceSpec,
  V1NamespaceStatus,
  V1NetworkPolicySpec,
  V1PodSpec,
  V1PodStatus,
  V1Probe,
  V1ReplicaSetSpec,
  V1ReplicaSetStatus,
  V1ResourceQuotaSpec,
  V1ResourceQuotaStatus,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1ServiceAccount,
  V1ServiceSpec,
  V1ServiceStatus,
} from '@kubernetes/client-node'
import type { KubeObject, ObjectMeta, Wire } from '../kind.ts'

// Objects as the store holds them: what defaulting always sets is there.

type Fields<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'>

export type PodSpec = Wire<V1PodSpec>
export type Container = PodSpec['containers'][number]
export type Volume = NonNullable<PodSpec['volumes']>[number]
export type ConfigMap = KubeObject & Fields<V1ConfigMap>
export type Namespace = KubeObject & { spec: Wire<V1NamespaceSpec>; status: Wire<V1NamespaceStatus> }
export type Pod = KubeObject & { spec: PodSpec; status: Wire<V1PodStatus> }
export type Job = KubeObject & { spec: JobSpec; status: Wire<V1JobStatus> }
export type JobSpec = Omit<Wire<V1JobSpec>, 'template'> & { template: PodTemplate }
export type CronJob = KubeObject & { spec: CronJobSpec; status: Wire<V1CronJobStatus> }
export type CronJobSpec = Omit<Wire<V1CronJobSpec>, 'jobTemplate'> & {
  jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec }
}
export interface PodTemplate {
  metadata?: Partial<ObjectMeta>
  spec: PodSpec
}
export type LabelSelector = Wire<V1LabelSelector>
export type Probe = Wire<V1Probe>
export type DeploymentSpec = Omit<Wire<V1DeploymentSpec>, 'template'> & { template: PodTemplate }
export type Deployment = KubeObject & { spec: DeploymentSpec; status: Wire<V1DeploymentStatus> }
export type ReplicaSetSpec = Omit<Wire<V1ReplicaSetSpec>, 'template'> & { template: PodTemplate }
export type ReplicaSet = KubeObject & { spec: ReplicaSetSpec; status: Wire<V1ReplicaSetStatus> }
export type Service = KubeObject & { spec: Wire<V1ServiceSpec>; status: Wire<V1ServiceStatus> }
export type Ingress = KubeObject & { spec: Wire<V1IngressSpec>; status: Wire<V1IngressStatus> }
export type Event = KubeObject & Fields<CoreV1Event>
export type ResourceQuota = KubeObject & { spec: Wire<V1ResourceQuotaSpec>; status: Wire<V1ResourceQuotaStatus> }
export interface Limit {
  type: string
  default?: Record<string, string>
  defaultRequest?: Record<string, string>
  min?: Record<string, string>
  max?: Record<string, string>
  maxLimitRequestRatio?: Record<string, string>
}
export type LimitRange = KubeObject & { spec: { limits: Limit[] } }
export type Role = KubeObject & Fields<V1Role>
export type ClusterRole = KubeObject & Fields<V1ClusterRole>
export type RoleBinding = KubeObject & Fields<V1RoleBinding>
export type ClusterRoleBinding = KubeObject & Fields<V1ClusterRoleBinding>
export type Secret = KubeObject & Fields<V1Secret>
export type ServiceAccount = KubeObject & Fields<V1ServiceAccount>
export type Lease = KubeObject & { spec: Wire<V1LeaseSpec> }
export type NetworkPolicy = KubeObject & { spec: Wire<V1NetworkPolicySpec> & { podSelector: LabelSelector } }
export type CertificateSigningRequest = KubeObject & {
  spec: Wire<V1CertificateSigningRequestSpec>
  status: Wire<V1CertificateSigningRequestStatus>
}
