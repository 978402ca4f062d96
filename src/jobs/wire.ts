import type {
  CoreV1Event,
  V1CronJob,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1LimitRange,
  V1Pod,
  V1ReplicaSet,
  V1ResourceQuota,
  V1Service,
} from '@kubernetes/client-node'

/** A type of the Kubernetes client as JSON carries it: moments are texts in RFC 3339. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Field in keyof T]: Wire<T[Field]> }
      : T

export type KubeJob = Wire<V1Job>
export type KubeCronJob = Wire<V1CronJob>
export type KubeDeployment = Wire<V1Deployment>
export type KubeReplicaSet = Wire<V1ReplicaSet>
export type KubeService = Wire<V1Service>
export type KubeIngress = Wire<V1Ingress>
export type KubePod = Wire<V1Pod>
export type KubeEvent = Wire<CoreV1Event>
export type KubeQuota = Wire<V1ResourceQuota>
export type KubeLimitRange = Wire<V1LimitRange>

/** The one object that is a job. */
export type Workload =
  | { kind: 'jobs'; object: KubeJob }
  | { kind: 'cronjobs'; object: KubeCronJob }
  | { kind: 'deployments'; object: KubeDeployment }
