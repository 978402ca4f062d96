import type { KubeObject } from '../kind.ts'
import { pods } from '../kinds/pod.ts'
import { resourceQuotas } from '../kinds/resource-quota.ts'
import type { Container, Pod, ResourceQuota } from '../kinds/types.ts'
import { addQuantity, zero } from '../quantity.ts'
import { amountOf, listed, namesFor, usageOf, usedIn } from '../quota-usage.ts'
import { forbidden } from '../status.ts'
import type { Admission, AdmissionRequest } from '../store.ts'

/** Refuses what would take more than a quota of the namespace allows. */
export const resourceQuota: Admission = {
  validate(request) {
    if (request.operation !== 'CREATE' || !request.kind.namespaced) return
    const { namespace } = request.object.metadata
    for (const quota of request.store.list(resourceQuotas, { namespace }).items) checkQuota(request, quota)
  },
}

function checkQuota({ store, kind, object }: AdmissionRequest, { metadata, spec }: ResourceQuota): void {
  const hard = spec.hard ?? {}
  const names = namesFor(kind, hard)
  if (names.length === 0) return
  const missing = isPod(object) ? unstated(object, names) : []
  if (missing.length > 0) {
    throw forbidden(kind, {
      name: object.metadata.name,
      why: `failed quota: ${metadata.name}: must specify ${missing.join('; ')}`,
    })
  }
  const usage = usageOf(kind, object)
  const used = usedIn(store, metadata.namespace ?? '', hard)
  const exceeded = names.filter(name => {
    const requested = usage.get(name) ?? zero
    return requested.nano > 0n && addQuantity(amountOf(used, name), requested).nano > amountOf(hard, name).nano
  })
  if (exceeded.length === 0) return
  const amounts = {
    requested: listed(exceeded.map(name => [name, usage.get(name) ?? zero])),
    used: listed(exceeded.map(name => [name, amountOf(used, name)])),
    limited: listed(exceeded.map(name => [name, amountOf(hard, name)])),
  }
  const text = Object.entries(amounts).map(([word, list]) => `${word}: ${list}`)
  throw forbidden(kind, { name: object.metadata.name, why: `exceeded quota: ${metadata.name}, ${text.join(', ')}` })
}

const isPod = (object: KubeObject): object is Pod => object.kind === pods.kind

const mustBeStated = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

/** Where cpu or memory is limited, every container must say how much it wants. */
function unstated({ spec }: Pod, names: readonly string[]): string[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  return names
    .filter(name => mustBeStated.includes(name))
    .sort()
    .flatMap(name => {
      const silent = containers.filter(container => !states(container, name)).map(container => container.name)
      return silent.length === 0 ? [] : [`${name} for: ${silent.sort().join(',')}`]
    })
}

function states({ resources }: Container, name: string): boolean {
  if (name.startsWith('limits.')) return resources?.limits?.[name.slice(7)] !== undefined
  return resources?.requests?.[name.replace('requests.', '')] !== undefined
}
