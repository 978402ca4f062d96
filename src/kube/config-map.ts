import { DomainError, isRefusal } from '../contract/errors.ts'
import type { KubeConfigMap } from './kinds.ts'
import type { NamespacedCluster } from './platform-cluster.ts'

export type ConfigMapData = Readonly<Record<string, string>>

type Change = (data: ConfigMapData) => ConfigMapData

/** A ConfigMap that several write, each its own part of it. */
export interface SharedConfigMap {
  /** What it holds: nothing where there is none. @throws DomainError */
  read(): Promise<ConfigMapData>
  /**
   * Changes it by a function of what it holds, again where somebody else was quicker.
   * @throws DomainError when it cannot be written; whatever `change` throws
   */
  change(change: Change): Promise<void>
}

const mostTries = 5

export function shareConfigMap(cluster: NamespacedCluster, name: string): SharedConfigMap {
  /** As it was read or written last: most often nobody has changed it since, and the cluster refuses what is older. */
  let last: KubeConfigMap | undefined

  async function write(change: Change): Promise<void> {
    const present = last ?? (await cluster.get('configmaps', name))
    last = undefined
    const data = { ...change(present?.data ?? {}) }
    last =
      present === undefined
        ? await cluster.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
        : await cluster.replace('configmaps', { ...present, data })
  }

  return {
    async read() {
      last = await cluster.get('configmaps', name)
      return last?.data ?? {}
    },
    async change(change) {
      for (let attempt = 1; ; attempt++) {
        // What was read a while ago may be wrong only for that.
        const wasKnown = last !== undefined
        try {
          return await write(change)
        } catch (error) {
          const isOld =
            isRefusal(error, 'conflict', 'exists', 'not_found') || (wasKnown && !(error instanceof DomainError))
          if (!isOld || attempt === mostTries) throw error
        }
      }
    },
  }
}
