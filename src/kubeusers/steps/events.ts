import { namespaceOf } from '../../contract/limits.ts'
import type { PlatformCluster } from '../../kube/platform-cluster.ts'
import { type Clock, rfc3339 } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import { version } from '../../platform/version.ts'

/** What people see with `kubectl get events` in the namespace. */
export interface Told {
  readonly tool: string
  readonly type: 'Normal' | 'Warning'
  /** One word, as `kubectl get events` has it. */
  readonly reason: string
  readonly message: string
}

/** Tells people of a tool what was done; that it could not be told is no failure. */
export type Tell = (told: Told) => Promise<void>

export const createTell =
  ({ cluster, clock, log }: { cluster: PlatformCluster; clock: Clock; log: Logger }): Tell =>
  async ({ tool, type, reason, message }) => {
    const namespace = namespaceOf(tool)
    const now = rfc3339(clock.now())
    try {
      await cluster.in(namespace).create('events', {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { generateName: `${namespace}.`, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace },
        ...{ type, reason, message: message.slice(0, 1024), count: 1, firstTimestamp: now, lastTimestamp: now },
        source: { component: `kubeusers/${version}` },
        reportingComponent: 'kubeusers',
        reportingInstance: 'kubeusers',
      })
    } catch (error) {
      log.debug({ tool, reason, err: error }, 'an event could not be written')
    }
  }
