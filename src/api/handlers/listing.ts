import type { OperationId, Reply } from '../../contract/operations.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'

type ListReply = Reply<'listJobs' & OperationId>

interface Kept {
  readonly generation: number
  /** Full seconds since 1970: how long something has been so is told in seconds. */
  readonly second: number
  readonly replies: Map<string, ListReply>
}

/**
 * Lists of jobs that have not changed since they were made, so that a tool that asks often is answered from memory to the last
 * byte. One entry for each cluster connection in use; it goes with it.
 */
export function createListings(clock: Clock) {
  const kept = new WeakMap<ToolCluster, Kept>()
  return {
    /** The list of before under the same key and state, or the one that `make` gives. */
    async get(cluster: ToolCluster, key: string, make: () => Promise<ListReply>): Promise<ListReply> {
      const { generation } = cluster
      const second = Math.floor(clock.now() / 1000)
      const known = kept.get(cluster)
      const isFresh = known !== undefined && known.generation === generation && known.second === second
      const found = isFresh ? known.replies.get(key) : undefined
      if (found !== undefined) return found
      const reply = await make()
      // What changed while it was made belongs to no one state.
      if (generation === undefined || cluster.generation !== generation) return reply
      const entry = isFresh ? known : { generation, second, replies: new Map<string, ListReply>() }
      entry.replies.set(key, reply)
      kept.set(cluster, entry)
      return reply
    },
  }
}
export type Listings = ReturnType<typeof createListings>
