import { namespaceOf } from '../contract/limits.ts'
import { type Clock, systemClock } from '../platform/clock.ts'
import { changesOf } from './changes.ts'
import type { ControlPlane } from './config.ts'
import { type Connection, createConnection } from './connection.ts'
import { type ClusterOptions, createReads } from './reads.ts'
import type { ToolCluster } from './tool-cluster.ts'
import { createWrites, type Writes } from './writes.ts'

export type * from './tool-cluster.ts'

/** A cluster that is always asked itself, with what a view on it needs to know besides. */
export interface PlainCluster extends ToolCluster, Writes, Pick<Connection, 'heardAt' | 'cut'> {}

/** A cluster over a connection that is the caller's own. */
export function createCluster(
  connection: Connection,
  { clock = systemClock, ...options }: ClusterOptions & { namespace: string; clock?: Clock },
): PlainCluster {
  const reads = createReads(connection, options)
  const writes = createWrites(connection, { ...options, get: reads.get })
  return {
    namespace: options.namespace,
    ...reads,
    ...writes,
    remove: async (kind, name, options) => (await writes.removeOne(kind, name, options)).removal,
    async removeAll(kind, labels, options) {
      await writes.removeMany(kind, labels, options)
    },
    changes: (kinds, { signal }) => changesOf(reads, { kinds, clock, signal }),
    get active() {
      return connection.active
    },
    get heardAt() {
      return connection.heardAt
    },
    cut: () => connection.cut(),
    close: () => connection.close(),
  }
}

/** The control plane in a tool's name and namespace, over a connection of its own. */
export const createToolCluster = (
  plane: ControlPlane,
  credentials: { certificate: string; key: string; tool: string },
  clock: Clock = systemClock,
): PlainCluster =>
  createCluster(createConnection(plane, credentials, clock), { namespace: namespaceOf(credentials.tool), clock })
