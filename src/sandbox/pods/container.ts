import { probeFields } from '../kinds/probe.ts'
import type { Container, Pod } from '../kinds/types.ts'
import { parseQuantity } from '../quantity.ts'
import { expand } from './expand.ts'
import type { Program } from './process.ts'

/** What the node gives to all containers. */
export interface Node {
  name: string
  /** Where pods and node are reached: both on this machine. */
  address: string
  /** Folders in which programs are found, as in `PATH`. */
  path: string
  /** Our own user; undefined where the system has none. */
  uid: number | undefined
}

/** Why a container cannot even be created, in the words of a kubelet. */
export interface Waiting {
  reason: string
  message: string
}

type Variable = NonNullable<Container['env']>[number]
type FieldPath = (pod: Pod, node: Node) => string | undefined

const fields: Record<string, FieldPath> = {
  'metadata.name': pod => pod.metadata.name,
  'metadata.namespace': pod => pod.metadata.namespace,
  'metadata.uid': pod => pod.metadata.uid,
  'spec.nodeName': (_, node) => node.name,
  'spec.serviceAccountName': pod => pod.spec.serviceAccountName ?? '',
  'status.hostIP': (_, node) => node.address,
  'status.hostIPs': (_, node) => node.address,
  'status.podIP': (_, node) => node.address,
  'status.podIPs': (_, node) => node.address,
}

function fieldValue(path: string, pod: Pod, node: Node): string | undefined {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
  if (key === undefined) return fields[path]?.(pod, node)
  return (map === 'labels' ? pod.metadata.labels?.[key] : pod.metadata.annotations?.[key]) ?? ''
}

const cannot = (what: string): { waiting: Waiting } => ({
  waiting: {
    reason: 'CreateContainerConfigError',
    message: `the sandbox cannot give a container ${what}; a Kubernetes cluster can`,
  },
})

const isOptional = ({ valueFrom }: Variable): boolean =>
  valueFrom?.configMapKeyRef?.optional ?? valueFrom?.secretKeyRef?.optional ?? false

/** The variables of the container in their order, each seeing those before it; or why there are none. */
function variables(
  container: Container,
  pod: Pod,
  node: Node,
): { values: Record<string, string> } | { waiting: Waiting } {
  const values: Record<string, string> = {}
  if (container.envFrom?.length) return cannot('variables by envFrom')
  for (const variable of container.env ?? []) {
    const { name, value, valueFrom } = variable
    if (valueFrom === undefined) {
      values[name] = expand(value ?? '', values)
      continue
    }
    const found = valueFrom.fieldRef === undefined ? undefined : fieldValue(valueFrom.fieldRef.fieldPath, pod, node)
    if (found !== undefined) values[name] = found
    else if (!isOptional(variable)) return cannot(`the variable ${name} by ${sourceOf(variable)}`)
  }
  return { values }
}

const sourceOf = ({ valueFrom }: Variable): string =>
  valueFrom?.fieldRef?.fieldPath ?? Object.keys(valueFrom ?? {}).join() ?? 'valueFrom'

/** Bytes; undefined when there is no limit. */
const memoryLimit = ({ resources }: Container): number | undefined => {
  const limit = parseQuantity(resources?.limits?.['memory'] ?? '')
  return limit === undefined || limit.nano <= 0n ? undefined : Number(limit.nano / 1_000_000_000n)
}

/** Only root can start programs as another user. */
function userOf(container: Container, pod: Pod, node: Node): { uid: number; gid: number } | undefined {
  const wanted = { ...pod.spec.securityContext, ...container.securityContext }
  if (node.uid !== 0 || !wanted.runAsUser) return undefined
  return { uid: wanted.runAsUser, gid: wanted.runAsGroup ?? wanted.runAsUser }
}

/** The program that a container is on this machine, or why there is none. */
export function programOf(container: Container, pod: Pod, node: Node): { program: Program } | { waiting: Waiting } {
  const found = variables(container, pod, node)
  if ('waiting' in found) return found
  const { values } = found
  if (!container.command?.length) {
    const message = 'the sandbox knows no entry point of an image, so the container needs a command'
    return { waiting: { reason: 'CreateContainerError', message } }
  }
  const program = {
    argv: [...container.command, ...(container.args ?? [])].map(text => expand(text, values)),
    environment: { PATH: node.path, HOSTNAME: pod.spec.hostname ?? pod.metadata.name, HOME: '/', ...values },
    directory: container.workingDir || '/',
    mark: `${pod.metadata.uid}/${container.name}`,
    memory: memoryLimit(container),
    user: userOf(container, pod, node),
  }
  return { program }
}

/** What of the pod is not as on a cluster, for people to read; mostly nothing. */
export function differences(container: Container, pod: Pod, node: Node): string[] {
  const { runAsUser } = { ...pod.spec.securityContext, ...container.securityContext }
  const user =
    runAsUser !== undefined && node.uid !== undefined && node.uid !== 0 && runAsUser !== node.uid
      ? [`it runs as your own user ${node.uid}, not as ${runAsUser}`]
      : []
  const mounts = (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }) => {
    const host = pod.spec.volumes?.find(volume => volume.name === name)?.hostPath?.path
    if (host !== undefined && trimmed(`${host}/${subPath ?? ''}`) === trimmed(mountPath)) return []
    return [`the volume ${name} is not at ${mountPath}: only a hostPath at its own path is seen`]
  })
  const probes = probeFields.flatMap(field =>
    container[field]?.grpc === undefined ? [] : [`the ${field} speaks gRPC, and is not carried out`],
  )
  return [...user, ...mounts, ...probes]
}

const trimmed = (path: string): string => path.replace(/\/+$/, '')
