import { DomainError } from '../../src/contract/errors.ts'
import type { KindName, ObjectOf } from '../../src/kube/kinds.ts'
import type { NamespacedCluster, PlatformCluster } from '../../src/kube/platform-cluster.ts'

type Stored = Record<string, unknown> & { metadata?: { name?: string; resourceVersion?: string } }

/** A tiny control plane for single objects of any kind: it knows versions, and nothing else. */
export function platformCluster() {
  const maps = new Map<string, { object: Stored; version: number }>()
  let before: (() => unknown) | undefined
  let reads = 0

  /** Something that happens between the next reading and the writing after it. */
  async function happen(): Promise<void> {
    const happening = before
    before = undefined
    await happening?.()
  }

  const shown = (name: string): Stored | undefined => {
    const found = maps.get(name)
    if (found === undefined) return undefined
    return structuredClone({
      ...found.object,
      metadata: { ...found.object.metadata, resourceVersion: String(found.version) },
    })
  }

  function create(object: Stored): Stored | undefined {
    const name = object.metadata?.name ?? ''
    if (maps.has(name)) throw new DomainError('exists', name)
    maps.set(name, { object: structuredClone(object), version: 1 })
    return shown(name)
  }

  function replace(object: Stored): Stored | undefined {
    const name = object.metadata?.name ?? ''
    const found = maps.get(name)
    if (found === undefined) throw new DomainError('not_found', name)
    if (object.metadata?.resourceVersion !== String(found.version)) throw new DomainError('conflict', name)
    maps.set(name, { object: structuredClone(object), version: found.version + 1 })
    return shown(name)
  }

  /** What is stored is what was sent: of the kind that was asked for. */
  const as = <K extends KindName>(_kind: K, object: unknown): ObjectOf<K> => object as ObjectOf<K>
  const stored = (object: object): Stored => object as Stored

  const within = (namespace: string): Pick<NamespacedCluster, 'namespace' | 'get' | 'create' | 'replace'> => ({
    namespace,
    async get(kind, name) {
      reads++
      const object = shown(name)
      return object === undefined ? undefined : as(kind, object)
    },
    async create(kind, object, options) {
      if (options?.dryRun === true)
        return as(kind, { ...object, metadata: { creationTimestamp: '2026-11-22T10:00:00Z' } })
      await happen()
      return as(kind, create(stored(object)))
    },
    async replace(kind, object) {
      await happen()
      return as(kind, replace(stored(object)))
    },
  })
  return {
    /** Only what is asked of it is there. */
    cluster: { in: within } as unknown as PlatformCluster,
    within: (namespace: string) => within(namespace) as unknown as NamespacedCluster,
    maps,
    reads: () => reads,
    meanwhile(happening: () => unknown) {
      before = happening
    },
  }
}
