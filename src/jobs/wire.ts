import type { CoreV1Event, V1Job, V1LimitRange, V1Pod, V1ResourceQuota } from '@kubernetes/client-node'

/** A type of the Kubernetes client as JSON carries it: moments are texts in RFC 3339. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Field in keyof T]: Wire<T[Field]> }
      : T

export type KubeJob = Wire<V1Job>
export type KubePod = Wire<V1Pod>
export type KubeEvent = Wire<CoreV1Event>
export type KubeQuota = Wire<V1ResourceQuota>
export type KubeLimitRange = Wire<V1LimitRange>
