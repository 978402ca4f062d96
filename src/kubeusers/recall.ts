import type { KindName, ObjectOf } from '../kube/kinds.ts'
import type { PlatformCluster } from '../kube/platform-cluster.ts'
import { type Outline, outlineOf } from '../kube/protobuf-list.ts'
import type { ListOptions } from '../kube/tool-cluster.ts'
import { mapBounded } from '../platform/map-bounded.ts'

/** How objects of a kind are judged. */
export interface Rules<K extends KindName, V> {
  /** What is made of an object; no more than that is kept of it. */
  judge(object: ObjectOf<K>): V
  /** Whether that still holds of an object that is as it was. */
  holds(verdict: V): boolean
}

/** The objects of a kind as a look found them: whole, or only which there are. */
export type Seen<K extends KindName> =
  | { readonly objects: readonly ObjectOf<K>[] }
  | { readonly outlines: readonly Outline[] }

/**
 * All objects of a kind, of which most are as they were a minute ago: where few change only the versions of all are asked for,
 * and what has changed one by one.
 */
export interface Recall<K extends KindName, V> {
  /** One call. @throws DomainError */
  look(cluster: PlatformCluster, signal: AbortSignal): Promise<Seen<K>>
  /** The verdicts on all, by `NAMESPACE/NAME`. @throws DomainError when what has changed cannot be read */
  judge(
    seen: Seen<K>,
    rules: Rules<K, V>,
    at: { cluster: PlatformCluster; signal: AbortSignal },
  ): Promise<ReadonlyMap<string, V>>
}

/** Changed objects that are read one by one; for more the whole list is. */
const mostSingle = 5

interface Known<V> {
  readonly version: string
  readonly verdict: V
}

/** An object among those of its kind. */
export const keyOf = ({ namespace = '', name }: { namespace?: string; name: string }): string => `${namespace}/${name}`

export function createRecall<K extends KindName, V>(
  kind: K,
  selection: Pick<ListOptions, 'labels' | 'fields'> = {},
): Recall<K, V> {
  let known: ReadonlyMap<string, Known<V>> = new Map()
  /** Whether little had changed when they were looked at last. */
  let isQuiet = false

  const list = async ({ everywhere }: PlatformCluster, signal: AbortSignal): Promise<readonly ObjectOf<K>[]> =>
    (await everywhere.list(kind, { ...selection, signal })).items

  /** What is known of an object of this version, if it holds. */
  function recalled({ version, ...which }: Outline, { holds }: Rules<K, V>): Known<V> | undefined {
    const before = known.get(keyOf(which))
    return before?.version === version && holds(before.verdict) ? before : undefined
  }

  function judged(object: ObjectOf<K>, rules: Rules<K, V>): Known<V> {
    return { version: outlineOf(object).version, verdict: rules.judge(object) }
  }

  function judgeAll(objects: readonly ObjectOf<K>[], rules: Rules<K, V>): Map<string, Known<V>> {
    let changes = 0
    const all = objects.map(object => {
      const outline = outlineOf(object)
      const before = recalled(outline, rules)
      if (before === undefined) changes++
      return [keyOf(outline), before ?? judged(object, rules)] as const
    })
    isQuiet = changes <= mostSingle
    return new Map(all)
  }

  async function judgeOutlines(
    outlines: readonly Outline[],
    rules: Rules<K, V>,
    { cluster, signal }: { cluster: PlatformCluster; signal: AbortSignal },
  ): Promise<Map<string, Known<V>>> {
    const before = new Map(outlines.map(outline => [keyOf(outline), recalled(outline, rules)]))
    const changed = outlines.filter(outline => before.get(keyOf(outline)) === undefined)
    if (changed.length > mostSingle) return judgeAll(await list(cluster, signal), rules)
    await mapBounded(changed, mostSingle, async ({ namespace, name }) => {
      const object = await cluster.in(namespace).get(kind, name, { signal })
      before.set(keyOf({ namespace, name }), object === undefined ? undefined : judged(object, rules))
    })
    return new Map([...before].flatMap(([key, one]) => (one === undefined ? [] : [[key, one] as const])))
  }

  return {
    look: async (cluster, signal) =>
      isQuiet
        ? { outlines: await cluster.everywhere.outline(kind, { ...selection, signal }) }
        : { objects: await list(cluster, signal) },
    async judge(seen, rules, at) {
      known = 'objects' in seen ? judgeAll(seen.objects, rules) : await judgeOutlines(seen.outlines, rules, at)
      return new Map([...known].map(([key, { verdict }]) => [key, verdict]))
    },
  }
}
