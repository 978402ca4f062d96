import { pods } from '../kinds/pod.ts'
import { services } from '../kinds/service.ts'
import type { Pod, Service } from '../kinds/types.ts'
import type { Store } from '../store.ts'
import type { Route } from './route.ts'

/** Where a pod answers; or why none does, for the person in front of the browser. */
export type Endpoint = { port: number; service: string } | { status: 503; text: string }

type ServicePort = NonNullable<Service['spec']['ports']>[number]

const nobody = (text: string): Endpoint => ({ status: 503, text })

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

/** A port by its name is what the pod calls so. */
function portIn({ spec }: Pod, target: ServicePort['targetPort']): number | undefined {
  if (typeof target === 'number') return target
  return spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)?.containerPort
}

function readyPorts(store: Store, { metadata, spec }: Service, target: ServicePort['targetPort']): number[] {
  if (spec.selector === undefined) return []
  const { namespace } = metadata
  const found = store.list(pods, { namespace, labels: spec.selector, where: isReady }).items
  return [...new Set(found.map(pod => portIn(pod, target)))].filter(port => port !== undefined)
}

/** The ports of ready pods behind a backend; `turn` goes through them one after the other. */
export function endpointFor(store: Store, { namespace, backend }: Route, turn: number): Endpoint {
  const { service: wanted } = backend
  if (wanted === undefined) return nobody('This address leads to a resource that the sandbox does not serve.')
  const name = JSON.stringify(wanted.name)
  const service = store.get(services, { namespace, name: wanted.name })
  if (service === undefined) return nobody(`There is no service ${name}.`)
  const { name: portName, number } = wanted.port ?? {}
  const port = service.spec.ports?.find(one => (portName ? one.name === portName : one.port === number))
  if (port === undefined) return nobody(`The service ${name} has no port ${portName || number}.`)
  const ports = readyPorts(store, service, port.targetPort)
  const chosen = ports[turn % ports.length]
  if (chosen === undefined) return nobody(`The service ${name} has no pod that is ready.`)
  return { port: chosen, service: wanted.name }
}
