import type { CompleteJob } from './complete.ts'
import { labelsOf, selectorOf } from './labels.ts'
import type { JobToRun } from './manifests.ts'
import type { KubeService } from './wire.ts'

/** The one port of a job's container, and of its Service. */
export const portName = 'job'

export const portProtocolOf = ({ port_protocol }: Pick<CompleteJob, 'port_protocol'>): 'TCP' | 'UDP' =>
  port_protocol === 'udp' ? 'UDP' : 'TCP'

/** What of a job tells how it is reached. */
export interface JobToReach extends Pick<JobToRun, 'complete' | 'settings'> {
  readonly tool: Pick<JobToRun['tool'], 'name'>
}

/** By which a job is reached within the cluster, under its own name; undefined when it has no port. */
export function serviceOf({ complete, tool }: Omit<JobToReach, 'settings'>): KubeService | undefined {
  const { name, job_type, port } = complete
  if (port === undefined) return undefined
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: labelsOf(tool.name, complete) },
    spec: {
      type: 'ClusterIP',
      // What a user may change is not in it: pods of before a change are reached until they go.
      selector: selectorOf(tool.name, job_type, name),
      // By name, so that a new port is asked of new pods only.
      ports: [{ name: portName, port, targetPort: portName, protocol: portProtocolOf(complete) }],
    },
  }
}
