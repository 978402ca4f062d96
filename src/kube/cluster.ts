import { DomainError } from '../contract/errors.ts'
import { namespaceOf } from '../contract/limits.ts'
import type { ControlPlane } from './config.ts'
import { type Connection, createConnection } from './connection.ts'
import { type KindName, kinds, type ObjectOf } from './kinds.ts'
import { linesOf } from './lines.ts'
import { type ObjectList, parseEvent, parseList, parseObject, type WatchEvent } from './parse.ts'
import { fieldSelector, labelSelector, pathOf, withQuery } from './paths.ts'
import { Expired, unavailable } from './status.ts'

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Another namespace than the tool's. */
  namespace?: string
}

export interface ListOptions extends CallOptions {
  labels?: Record<string, string>
  fields?: Record<string, string>
}

export interface WatchOptions extends ListOptions {
  /** Events after this version. */
  resourceVersion: string
  signal: AbortSignal
}

export interface LogOptions {
  container: string
  follow?: boolean
  tailLines?: number
  /** RFC 3339. */
  sinceTime?: string
  /** Each line begins with its time and a space. */
  timestamps?: boolean
  limitBytes?: number
  signal?: AbortSignal
}

/**
 * A control plane as used in one name, every call made with that name's certificate. Calls end within the configured time.
 * All throw DomainError: `unavailable` when there is no answer, `not_allowed`, `bad_request` and so on for a refusal; RangeError
 * on a name or label that no object can have.
 */
export interface ToolCluster {
  readonly namespace: string
  /** All objects, however many pages they come in. */
  list<K extends KindName>(kind: K, options?: ListOptions): Promise<ObjectList<K>>
  /** Undefined when there is none. */
  get<K extends KindName>(kind: K, name: string, options?: CallOptions): Promise<ObjectOf<K> | undefined>
  /** The object as the cluster keeps it. Never sent twice: after `unavailable` look whether it is there. */
  create<K extends KindName>(
    kind: K,
    object: ObjectOf<K>,
    options?: { dryRun?: boolean; signal?: AbortSignal },
  ): Promise<ObjectOf<K>>
  /** Deletes it, and what it owns later on. False when there is none, or none with this uid. */
  remove<K extends KindName>(kind: K, name: string, options?: { uid?: string; signal?: AbortSignal }): Promise<boolean>
  /** Deletes all objects with these labels, at least one. */
  removeAll<K extends KindName>(
    kind: K,
    labels: Record<string, string>,
    options?: { signal?: AbortSignal },
  ): Promise<void>
  /** Changes from a version on, until the server ends it after some minutes. @throws Expired when a list must come first */
  watch<K extends KindName>(kind: K, options: WatchOptions): AsyncGenerator<WatchEvent<K>, void, undefined>
  /** Lines without newline; very long ones in pieces. @throws DomainError `not_found` when there is no log yet or no such pod */
  podLog(pod: string, options: LogOptions): AsyncGenerator<string, void, undefined>
  /** Whether the cluster would let this name do it in its namespace; false as well when it is not known there at all. */
  mayI(attributes: { verb: string; resource: string; group?: string; signal?: AbortSignal }): Promise<boolean>
  /** Calls and streams under way. */
  readonly active: number
  close(): Promise<void>
}

const pageItems = 250
/** All pages of one list together. */
const listItems = 20_000
/** The server ends a watch after so many seconds; it then goes on from the last version. */
const watchSeconds = 300
/** An object is at most 1.5 MB in the store, in JSON perhaps twice that. */
const eventBytes = 4 * 1024 * 1024
const logLineBytes = 256 * 1024

export interface ClusterOptions {
  namespace: string
  /** Spreads the ends of watches. */
  random?: () => number
}

/** A cluster over a connection that is the caller's own. */
export function createCluster(
  connection: Connection,
  { namespace, random = Math.random }: ClusterOptions,
): ToolCluster {
  const asked = (verb: string, kind: KindName, name?: string) => ({
    verb,
    kind: kinds[kind].singular,
    ...(name === undefined ? {} : { name }),
  })
  const selectors = ({ labels, fields }: ListOptions) => ({
    labelSelector: labels && labelSelector(labels),
    fieldSelector: fields && fieldSelector(fields),
  })

  async function listPages<K extends KindName>(kind: K, options: ListOptions): Promise<ObjectList<K>> {
    const items: ObjectOf<K>[] = []
    let next: string | undefined
    for (;;) {
      const query = { ...selectors(options), limit: pageItems, continue: next }
      const path = withQuery(pathOf(kind, options.namespace ?? namespace), query)
      const page = parseList(
        kind,
        await connection.json({ method: 'GET', path, asked: asked('list', kind), signal: options.signal }),
      )
      items.push(...page.items)
      if (items.length > listItems) throw unavailable(`There are more than ${listItems} ${kind} to list`)
      next = page.next
      if (next === undefined) return { items, resourceVersion: page.resourceVersion }
    }
  }

  return {
    namespace,
    get active() {
      return connection.active
    },
    close: () => connection.close(),
    async list(kind, options = {}) {
      try {
        return await listPages(kind, options)
      } catch (error) {
        if (!(error instanceof Expired)) throw error
      }
      // The rest of the pages was gone before we came to it.
      try {
        return await listPages(kind, options)
      } catch (error) {
        throw error instanceof Expired ? unavailable('The list changes too fast to be read', error) : error
      }
    },
    async get(kind, name, options = {}) {
      const path = pathOf(kind, options.namespace ?? namespace, name)
      return absent(
        async () =>
          parseObject(
            kind,
            await connection.json({ method: 'GET', path, asked: asked('get', kind, name), signal: options.signal }),
          ),
        undefined,
      )
    },
    async create(kind, object, { dryRun = false, signal } = {}) {
      const path = withQuery(pathOf(kind, namespace), { dryRun: dryRun ? 'All' : undefined })
      const reply = await connection.json({
        method: 'POST',
        path,
        body: object,
        asked: asked('create', kind, object.metadata?.name),
        signal,
      })
      return parseObject(kind, reply)
    },
    async remove(kind, name, { uid, signal } = {}) {
      const body = { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) }
      const path = pathOf(kind, namespace, name)
      try {
        await connection.json({ method: 'DELETE', path, body, asked: asked('delete', kind, name), signal })
        return true
      } catch (error) {
        // With a uid a conflict says that the name belongs to another object by now.
        const gone = ['not_found', ...(uid === undefined ? [] : ['conflict'])]
        if (error instanceof DomainError && gone.includes(error.code)) return false
        throw error
      }
    },
    async removeAll(kind, labels, { signal } = {}) {
      if (Object.keys(labels).length === 0) throw new RangeError('labels must say what to delete')
      const path = withQuery(pathOf(kind, namespace), { labelSelector: labelSelector(labels) })
      const body = { propagationPolicy: 'Background' }
      await connection.json({ method: 'DELETE', path, body, asked: asked('delete', kind), signal })
    },
    async *watch(kind, options) {
      const query = {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: watchSeconds + Math.floor(random() * 60),
        ...selectors(options),
      }
      const path = withQuery(pathOf(kind, options.namespace ?? namespace), query)
      const chunks = connection.stream({ method: 'GET', path, asked: asked('watch', kind), signal: options.signal })
      for await (const line of linesOf(chunks, { limit: eventBytes, tooLong: 'fail' })) yield parseEvent(kind, line)
    },
    async *podLog(pod, { signal, ...query }) {
      const path = withQuery(`${pathOf('pods', namespace, pod)}/log`, query)
      const chunks = connection.stream({ method: 'GET', path, asked: asked('read the log of', 'pods', pod), signal })
      try {
        yield* linesOf(chunks, { limit: logLineBytes, tooLong: 'split' })
      } catch (error) {
        // A container that has not started yet is answered with 400.
        if (error instanceof DomainError && error.code === 'bad_request')
          throw new DomainError('not_found', `The pod "${pod}" has no log yet`, { cause: error })
        throw error
      }
    },
    async mayI({ signal, verb, resource, group = '' }) {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace, verb, resource, group } },
      }
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
      const ask = { verb: 'create', kind: 'access review' }
      try {
        return isAllowed(await connection.json({ method: 'POST', path, body: review, asked: ask, signal }))
      } catch (error) {
        if (error instanceof DomainError && error.code === 'not_allowed') return false
        throw error
      }
    },
  }
}

async function absent<T, U>(work: () => Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return otherwise
    throw error
  }
}

const isAllowed = (review: unknown): boolean => {
  const status: unknown =
    typeof review === 'object' && review !== null && 'status' in review ? review.status : undefined
  return typeof status === 'object' && status !== null && 'allowed' in status && status.allowed === true
}

/** The control plane in a tool's name and namespace, over a connection of its own. */
export const createToolCluster = (
  plane: ControlPlane,
  credentials: { certificate: string; key: string; tool: string },
): ToolCluster => createCluster(createConnection(plane, credentials), { namespace: namespaceOf(credentials.tool) })
