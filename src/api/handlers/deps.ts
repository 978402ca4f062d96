import type { Messages } from '../../contract/schemas.ts'
import type { Homes, ToolCredentials } from '../../homes/homes.ts'
import type { JobsSettings } from '../../jobs/settings.ts'
import type { ToolCluster } from '../../kube/cluster.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/log.ts'
import type { BuiltImages } from './image-catalog.ts'

/** A tool's own way into the cluster. */
export interface ToolAccess {
  readonly cluster: ToolCluster
  readonly credentials: ToolCredentials
}

/** The clusters of all tools, each reached with that tool's certificate. */
export interface ToolClusters {
  /** @throws DomainError as `Homes.credentials` does. */
  for(tool: string, signal?: AbortSignal): Promise<ToolAccess>
}

export interface HandlerDeps {
  readonly settings: JobsSettings
  readonly homes: Pick<Homes, 'readLog'>
  readonly clusters: ToolClusters
  readonly built: BuiltImages
  readonly clock: Clock
  readonly log: Logger
}

interface Said {
  readonly info: readonly string[]
  readonly warning: readonly string[]
}

/** The messages of a success. */
export const messages = ({ info = [], warning = [] }: Partial<Said> = {}): Messages => ({
  info: [...info],
  warning: [...warning],
  error: [],
})
