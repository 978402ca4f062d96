import type { Pod } from './kinds/types.ts'

export interface LogRequest {
  /** Goes on with what the container writes, until it ends. */
  follow: boolean
  /** The container's run before the present one. */
  previous: boolean
  /** Each line begins with its time, RFC 3339 in nanoseconds. */
  timestamps: boolean
  tailLines?: number | undefined
  /** RFC 3339; only one of this and sinceSeconds is given. */
  sinceTime?: string | undefined
  sinceSeconds?: number | undefined
  limitBytes?: number | undefined
  signal: AbortSignal
}

/** Where the bytes of a container's log come from. */
export interface PodLogs {
  /**
   * The log's bytes, in pieces of any size.
   * @throws StatusError 400 before the first piece when there is no log (yet).
   */
  read(pod: Pod, container: string, request: LogRequest): AsyncIterable<Uint8Array>
}
