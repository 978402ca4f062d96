import type { Clock } from '../platform/clock.ts'
import { createToolCluster, type PlainCluster, type ToolCluster } from './cluster.ts'
import type { ControlPlane } from './config.ts'
import { unavailable } from './status.ts'

export interface ClusterCredentials {
  tool: string
  certificate: string
  key: string
  /** Names the certificate: another one gets a connection of its own. */
  fingerprint: string
}

/** The connections to the control plane, one for each tool in use. */
export interface Clusters {
  /**
   * The control plane in a tool's name: the same one until the tool's certificate changes or nobody has used it for a while.
   * To be asked for at each request, not kept. @throws DomainError unavailable when there are too many, all in use
   */
  of(credentials: ClusterCredentials): PlainCluster
  /** The number of connections, those that end with their last call included. */
  size(): number
  /** Ends them all, with what runs over them. */
  stop(): Promise<void>
}

/** More than there may be views: one that has just ended leaves its connection behind for a moment. */
export const clustersLimits = { most: 1100, idleMs: 5 * 60_000, sweepMs: 30_000 } as const

interface Entry {
  cluster: PlainCluster
  fingerprint: string
  /** Milliseconds since 1970. */
  usedAt: number
}

export function createClusters(
  plane: ControlPlane,
  { clock, limits = clustersLimits }: { clock: Clock; limits?: { most: number; idleMs: number; sweepMs: number } },
): Clusters {
  /** By tool; the one used last stands last. */
  const entries = new Map<string, Entry>()
  /** Of older certificates: no new call, but those under way may end. */
  const retired = new Set<ToolCluster>()
  const stopping = new AbortController()
  let sweeping = false

  function sweep(): void {
    const now = clock.now()
    for (const cluster of retired) if (cluster.active === 0) drop(cluster)
    for (const [tool, { cluster, usedAt }] of entries) {
      if (cluster.active > 0 || now - usedAt < limits.idleMs) continue
      entries.delete(tool)
      drop(cluster)
    }
  }

  function drop(cluster: ToolCluster): void {
    retired.delete(cluster)
    void cluster.close().catch(() => {})
  }

  async function sweepUntilIdle(): Promise<void> {
    if (sweeping) return
    sweeping = true
    try {
      while (entries.size + retired.size > 0) {
        await clock.sleep(limits.sweepMs, stopping.signal)
        sweep()
      }
    } catch {
      // Stopped.
    } finally {
      sweeping = false
    }
  }

  function makeRoom(): void {
    if (entries.size + retired.size < limits.most) return
    sweep()
    if (entries.size + retired.size < limits.most) return
    const idle = entries.entries().find(([, { cluster }]) => cluster.active === 0)
    if (idle === undefined) throw unavailable('Too many tools use the cluster at once')
    entries.delete(idle[0])
    drop(idle[1].cluster)
  }

  function open(credentials: ClusterCredentials): Entry {
    makeRoom()
    return { cluster: createToolCluster(plane, credentials, clock), fingerprint: credentials.fingerprint, usedAt: 0 }
  }

  return {
    size: () => entries.size + retired.size,
    of(credentials) {
      if (stopping.signal.aborted) throw unavailable('The service is stopping')
      const { tool, fingerprint } = credentials
      let entry = entries.get(tool)
      if (entry !== undefined && entry.fingerprint !== fingerprint) {
        retired.add(entry.cluster)
        entries.delete(tool)
        entry = undefined
      }
      entry ??= open(credentials)
      entry.usedAt = clock.now()
      entries.delete(tool)
      entries.set(tool, entry)
      void sweepUntilIdle()
      return entry.cluster
    },
    async stop() {
      stopping.abort()
      const clusters = [...retired, ...[...entries.values()].map(({ cluster }) => cluster)]
      entries.clear()
      retired.clear()
      await Promise.all(clusters.map(cluster => cluster.close().catch(() => {})))
    },
  }
}
