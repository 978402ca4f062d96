import type { KindName, ObjectOf } from './kinds.ts'
import type { ObjectList, WatchEvent } from './parse.ts'

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Another namespace than the tool's. */
  namespace?: string
}

export interface GetOptions extends CallOptions {
  /** Asks the cluster, whatever is in memory. */
  fresh?: boolean
}

export interface ListOptions extends CallOptions {
  labels?: Record<string, string>
  fields?: Record<string, string>
}

export interface WatchOptions extends ListOptions {
  /** Events after this version. */
  resourceVersion: string
  signal: AbortSignal
  /** Called when the cluster has begun to answer. */
  onBegun?: () => void
}

export interface LogOptions {
  container: string
  follow?: boolean
  /** The log of the container's run before the present one, of which a cluster keeps no more. */
  previous?: boolean
  tailLines?: number
  /** RFC 3339. */
  sinceTime?: string
  /** Each line begins with its time and a space. */
  timestamps?: boolean
  limitBytes?: number
  signal?: AbortSignal
}

export interface WriteOptions {
  /** The cluster checks it all, and keeps nothing. */
  dryRun?: boolean
  signal?: AbortSignal
}

/** What became of an object: gone at once, still to end by itself, or not there before (or none with the uid). */
export type Removal = 'gone' | 'leaving' | 'absent'

/** The fields to change, `null` for those to take away (RFC 7386). */
export type MergePatch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Field in keyof T]?: MergePatch<T[Field]> | null }
    : T

/**
 * A control plane as used in one name, every call made with that name's certificate. Calls end within the configured time.
 * What it gives is not to be changed. All throw DomainError: `unavailable` when there is no answer, `not_allowed`,
 * `bad_request` and so on for a refusal; RangeError on a name or label that no object can have.
 */
export interface ToolCluster {
  readonly namespace: string
  /**
   * Names the state of the objects as reads would give it from memory at this moment: as long as it stays the same, so do they.
   * Undefined where the next read may ask the cluster. What was made of several reads belongs to a generation only if it was
   * the same before and after them.
   */
  readonly generation?: number | undefined
  /** All objects, however many pages they come in. */
  list<K extends KindName>(kind: K, options?: ListOptions): Promise<ObjectList<K>>
  /** Undefined when there is none. */
  get<K extends KindName>(kind: K, name: string, options?: GetOptions): Promise<ObjectOf<K> | undefined>
  /** The object as the cluster keeps it. Never sent twice: after `unavailable` look whether it is there. */
  create<K extends KindName>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>
  /**
   * Puts the object in the place of the one with its name. With a `resourceVersion` only if that is still the newest.
   * @throws DomainError `conflict` when it is not, `not_found` when there is none
   */
  replace<K extends KindName>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>
  /**
   * Changes fields; with `metadata.uid` or `metadata.resourceVersion` in the patch only if they hold.
   * @throws DomainError `conflict` when they do not, `not_found` when there is no such object
   */
  patch<K extends KindName>(
    kind: K,
    name: string,
    options: WriteOptions & { patch: MergePatch<ObjectOf<K>> },
  ): Promise<ObjectOf<K>>
  /** Deletes it, and what it owns later on. */
  remove<K extends KindName>(kind: K, name: string, options?: WriteOptions & { uid?: string }): Promise<Removal>
  /** Deletes all objects with these labels, at least one. */
  removeAll<K extends KindName>(kind: K, labels: Record<string, string>, options?: WriteOptions): Promise<void>
  /** Changes from a version on, until the server ends it after some minutes. @throws Expired when a list must come first */
  watch<K extends KindName>(kind: K, options: WatchOptions): AsyncGenerator<WatchEvent<K>, void, undefined>
  /**
   * Yields once when it has begun to look, then whenever something of these kinds may have changed, once for all that changed
   * since it was last asked; ends without an error at the signal. @throws DomainError when it cannot look any more
   */
  changes(kinds: readonly KindName[], options: { signal: AbortSignal }): AsyncIterable<void>
  /** Lines without newline; very long ones in pieces. @throws DomainError `not_found` when there is no log yet or no such pod */
  podLog(pod: string, options: LogOptions): AsyncGenerator<string, void, undefined>
  /** Whether the cluster would let this name do it in its namespace; false as well when it is not known there at all. */
  mayI(attributes: { verb: string; resource: string; group?: string; signal?: AbortSignal }): Promise<boolean>
  /** Calls and streams under way. */
  readonly active: number
  close(): Promise<void>
}
