import type { Test } from 'tap'
import type { Authority } from '../../../src/pki/authority.ts'
import type { ClientKeys, Endpoint, RawClient } from '../../support/raw-client.ts'

/** A tool on the control plane under test: `O=toolforge`, `CN=name`, with namespace, rights and quota of charts/kubeusers. */
export interface TargetTool {
  name: string
  namespace: string
  keys: ClientKeys
  client: RawClient
  /** The user id that its pods run as, and a folder on this disk that it owns. */
  uid: number
  home: string
}

/** A control plane that the suites are run against. */
export interface Target {
  name: string
  endpoint: Endpoint
  /** Signs client certificates that the control plane believes. */
  authority: Authority
  /** A client of `system:masters`. */
  admin: RawClient
  /** An image in which `sh` and the usual small programs are found. */
  image: string
  newTool(): Promise<TargetTool>
  /** Makes all versions up to now too old to list or watch from, for events at least. */
  forgetHistory(): Promise<void>
}

/** What holds of any control plane that we trust; written against Kubernetes 1.36, whose answers are right. */
export type Suite = (t: Test, target: Target) => Promise<void>
