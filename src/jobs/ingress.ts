import { labelsOf } from './labels.ts'
import { type JobToReach, portName } from './service.ts'
import type { JobsSettings } from './settings.ts'
import type { KubeIngress } from './wire.ts'

/** The public name of a tool. */
export const publicHost = (tool: string, { publish }: Pick<JobsSettings, 'publish'>): string =>
  `${tool}.${publish.domain}`

/** By which a job is reached from the world; undefined when it is not published. */
export function ingressOf({ complete, tool, settings }: JobToReach): KubeIngress | undefined {
  const { name, port, publish } = complete
  if (publish === undefined || port === undefined) return undefined
  const { ingress_class } = settings.publish
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, labels: labelsOf(tool.name, complete) },
    spec: {
      ...(ingress_class === '' ? {} : { ingressClassName: ingress_class }),
      rules: [
        {
          host: publicHost(tool.name, settings),
          http: {
            paths: [{ path: publish, pathType: 'Prefix', backend: { service: { name, port: { name: portName } } } }],
          },
        },
      ],
    },
  }
}
