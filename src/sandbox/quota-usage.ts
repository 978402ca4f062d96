import type { Kind, KubeObject } from './kind.ts'
import { pods } from './kinds/pod.ts'
import { podResources } from './kinds/pod-spec.ts'
import type { Pod } from './kinds/types.ts'
import { addQuantity, formatQuantity, parseQuantity, type Quantity, wholeQuantity, zero } from './quantity.ts'
import { qualified } from './status.ts'
import type { Store } from './store.ts'

export type Usage = ReadonlyMap<string, Quantity>

/** Kinds whose number has a name of its own besides `count/…`. */
const ownNames = ['configmaps', 'resourcequotas', 'secrets', 'services']
const computed = ['cpu', 'memory', 'ephemeral-storage']
const cache = new WeakMap<KubeObject, Usage>()

/** What one object takes of a quota. */
export function usageOf(kind: Kind, object: KubeObject): Usage {
  const known = cache.get(object)
  if (known !== undefined) return known
  const usage = measure(kind, object)
  if (Object.isFrozen(object)) cache.set(object, usage)
  return usage
}

function measure(kind: Kind, object: KubeObject): Usage {
  const usage = new Map([[`count/${qualified(kind)}`, wholeQuantity(1)]])
  if (kind.group === '' && ownNames.includes(kind.plural)) usage.set(kind.plural, wholeQuantity(1))
  if (isPod(object) && !hasEnded(object)) addPod(usage, object)
  return usage
}

const isPod = (object: KubeObject): object is Pod => object.kind === pods.kind

/** An ended pod takes nothing but its place in `count/pods`. */
const hasEnded = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

function addPod(usage: Map<string, Quantity>, pod: Pod): void {
  const requests = podResources(pod.spec, 'requests')
  const limits = podResources(pod.spec, 'limits')
  usage.set('pods', wholeQuantity(1))
  for (const name of computed) {
    const [request, limit] = [requests.get(name), limits.get(name)]
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request)
    if (limit !== undefined) usage.set(`limits.${name}`, limit)
  }
}

/** The names of a quota that the kind can take from. */
export function namesFor(kind: Kind, hard: Readonly<Record<string, string>>): string[] {
  const names = [`count/${qualified(kind)}`]
  if (kind.group === '' && ownNames.includes(kind.plural)) names.push(kind.plural)
  if (kind.plural === pods.plural) {
    names.push('pods', ...computed.flatMap(name => [name, `requests.${name}`, `limits.${name}`]))
  }
  return names.filter(name => Object.hasOwn(hard, name))
}

/** What a namespace uses of each name that a quota limits, as written in its status. */
export function usedIn(
  store: Store,
  namespace: string,
  hard: Readonly<Record<string, string>>,
): Record<string, string> {
  const total = new Map<string, Quantity>(Object.keys(hard).map(name => [name, zero]))
  for (const kind of store.kinds) {
    const names = kind.namespaced ? namesFor(kind, hard) : []
    if (names.length === 0) continue
    for (const object of store.list(kind, { namespace }).items) {
      const usage = usageOf(kind, object)
      for (const name of names) total.set(name, addQuantity(total.get(name) ?? zero, usage.get(name) ?? zero))
    }
  }
  return Object.fromEntries([...total].map(([name, amount]) => [name, formatQuantity(amount)]))
}

/** Amounts as refusals list them: `cpu=1,memory=2Gi`, by name. */
export const listed = (amounts: readonly (readonly [string, Quantity])[]): string =>
  [...amounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${formatQuantity(amount)}`)
    .join(',')

export const amountOf = (list: Readonly<Record<string, string>> | undefined, name: string): Quantity =>
  parseQuantity(list?.[name] ?? '0') ?? zero
