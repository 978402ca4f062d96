import type { KubeObject } from '../kind.ts'
import { limitRanges } from '../kinds/limit-range.ts'
import { pods } from '../kinds/pod.ts'
import { podResources } from '../kinds/pod-spec.ts'
import type { Container, Limit, LimitRange, Pod } from '../kinds/types.ts'
import { formatQuantity, parseQuantity, type Quantity } from '../quantity.ts'
import { forbidden } from '../status.ts'
import type { Admission, AdmissionRequest } from '../store.ts'

const note = 'kubernetes.io/limit-ranger'

/** Gives new pods the namespace's defaults, then holds them to its bounds. */
export const limitRanger: Admission = {
  admit(request) {
    const pod = newPod(request)
    if (pod === undefined) return
    const limits = rangesOf(request).flatMap(range => range.spec.limits)
    const said = limits.flatMap(limit => (limit.type === 'Container' ? setDefaults(pod, limit) : []))
    if (said.length === 0) return
    pod.metadata.annotations = { ...pod.metadata.annotations, [note]: `LimitRanger plugin set: ${said.join('; ')}` }
  },

  validate(request) {
    const pod = newPod(request)
    if (pod === undefined) return
    for (const { spec } of rangesOf(request)) {
      const errors = [...new Set(spec.limits.flatMap(limit => violations(pod, limit)))]
      const why = errors.length === 1 ? errors.join() : `[${errors.join(', ')}]`
      if (errors.length > 0) throw forbidden(pods, { name: pod.metadata.name, why })
    }
  },
}

function newPod({ operation, kind, object }: AdmissionRequest): Pod | undefined {
  return operation === 'CREATE' && kind.plural === pods.plural && isPod(object) ? object : undefined
}

const isPod = (object: KubeObject): object is Pod => object.kind === pods.kind

const rangesOf = ({ store, object }: AdmissionRequest): LimitRange[] =>
  store.list(limitRanges, { namespace: object.metadata.namespace }).items

/** Sets what is absent, and says what it has set. */
function setDefaults(pod: Pod, limit: Limit): string[] {
  const lists = [
    { containers: pod.spec.containers, word: 'container' },
    { containers: pod.spec.initContainers ?? [], word: 'init container' },
  ]
  return lists.flatMap(({ containers, word }) =>
    containers.flatMap(container => {
      const requests = setAbsent(container, 'requests', limit.defaultRequest)
      const limits = setAbsent(container, 'limits', limit.default)
      return [
        ...(requests === '' ? [] : [`${requests} request for ${word} ${container.name}`]),
        ...(limits === '' ? [] : [`${limits} limit for ${word} ${container.name}`]),
      ]
    }),
  )
}

function setAbsent(container: Container, which: 'requests' | 'limits', defaults: Limit['default'] = {}): string {
  const present = container.resources?.[which] ?? {}
  const absent = Object.entries(defaults).filter(([name]) => present[name] === undefined)
  if (absent.length === 0) return ''
  container.resources = { ...container.resources, [which]: { ...present, ...Object.fromEntries(absent) } }
  return absent
    .map(([name]) => name)
    .sort()
    .join(', ')
}

interface Amounts {
  requests: Map<string, Quantity>
  limits: Map<string, Quantity>
}

function violations(pod: Pod, limit: Limit): string[] {
  if (limit.type === 'Pod') {
    const amounts = { requests: podResources(pod.spec, 'requests'), limits: podResources(pod.spec, 'limits') }
    return bounds(limit, amounts)
  }
  if (limit.type !== 'Container') return []
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  return containers.flatMap(container =>
    bounds(limit, {
      requests: podResources({ containers: [container] }, 'requests'),
      limits: podResources({ containers: [container] }, 'limits'),
    }),
  )
}

function bounds(limit: Limit, amounts: Amounts): string[] {
  const each = (of: Record<string, string> | undefined, check: (name: string, bound: Quantity) => string | undefined) =>
    Object.entries(of ?? {}).flatMap(([name, text]) => {
      const bound = parseQuantity(text)
      return (bound === undefined ? undefined : check(name, bound)) ?? []
    })
  return [
    ...each(limit.min, (name, bound) => tooLittle({ name, bound, type: limit.type }, amounts)),
    ...each(limit.max, (name, bound) => tooMuch({ name, bound, type: limit.type }, amounts)),
    ...each(limit.maxLimitRequestRatio, (name, bound) => tooUneven({ name, bound, type: limit.type }, amounts)),
  ]
}

interface Bound {
  name: string
  bound: Quantity
  type: string
}

function tooLittle({ name, bound, type }: Bound, { requests, limits }: Amounts): string | undefined {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (request === undefined) return `${rule}.  No request is specified`
  if (request.nano < bound.nano) return `${rule}, but request is ${formatQuantity(request)}`
  if (limit !== undefined && limit.nano < bound.nano) return `${rule}, but limit is ${formatQuantity(limit)}`
  return undefined
}

function tooMuch({ name, bound, type }: Bound, { requests, limits }: Amounts): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (limit === undefined) return `${rule}.  No limit is specified`
  if (limit.nano > bound.nano) return `${rule}, but limit is ${formatQuantity(limit)}`
  if (request !== undefined && request.nano > bound.nano) return `${rule}, but request is ${formatQuantity(request)}`
  return undefined
}

function tooUneven({ name, bound, type }: Bound, { requests, limits }: Amounts): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`
  const [request, limit] = [requests.get(name), limits.get(name)]
  if (!request?.nano) return `${rule}, but no request is specified or request is 0`
  if (!limit?.nano) return `${rule}, but no limit is specified or limit is 0`
  const ratio = Number(limit.nano) / Number(request.nano)
  return ratio * 1e9 > Number(bound.nano) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}
