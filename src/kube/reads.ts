import { DomainError } from '../contract/errors.ts'
import type { Connection } from './connection.ts'
import { type KindName, kinds, type ObjectOf } from './kinds.ts'
import { linesOf } from './lines.ts'
import { type ObjectList, parseEvent, parseList, parseObject } from './parse.ts'
import { fieldSelector, labelSelector, pathOf, withQuery } from './paths.ts'
import { type Asked, Expired, unavailable } from './status.ts'
import type { ListOptions, ToolCluster } from './tool-cluster.ts'

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

/** For the text of a refusal. */
export const asked = (verb: string, kind: KindName, name?: string): Asked => ({
  verb,
  kind: kinds[kind].singular,
  ...(name === undefined ? {} : { name }),
})

const orNone = (text: string): string | undefined => (text === '' ? undefined : text)

const selectors = ({ labels = {}, fields = {} }: ListOptions) => ({
  labelSelector: orNone(labelSelector(labels)),
  fieldSelector: orNone(fieldSelector(fields)),
})

/** All that only looks. */
export function createReads(
  connection: Connection,
  { namespace, random = Math.random }: ClusterOptions,
): Pick<ToolCluster, 'list' | 'get' | 'watch' | 'podLog' | 'mayI'> {
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
      try {
        const call = { method: 'GET', path, asked: asked('get', kind, name), signal: options.signal } as const
        return parseObject(kind, await connection.json(call))
      } catch (error) {
        if (error instanceof DomainError && error.code === 'not_found') return undefined
        throw error
      }
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
      const { signal, onBegun } = options
      const call = { method: 'GET', path, asked: asked('watch', kind), signal, onBegun, moves: true } as const
      const chunks = connection.stream(call)
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

const isAllowed = (review: unknown): boolean => {
  const status: unknown =
    typeof review === 'object' && review !== null && 'status' in review ? review.status : undefined
  return typeof status === 'object' && status !== null && 'allowed' in status && status.allowed === true
}
