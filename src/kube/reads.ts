import { DomainError, isRefusal } from '../contract/errors.ts'
import type { Connection } from './connection.ts'
import { type KindName, kinds, type ObjectOf } from './kinds.ts'
import { linesOf } from './lines.ts'
import { type ObjectList, parseEvent, parseList, parseObject } from './parse.ts'
import { fieldSelector, labelSelector, pathOf, withQuery } from './paths.ts'
import { type Outline, outlineOf, parseOutlines, protobufType } from './protobuf-list.ts'
import { type Asked, Expired, unavailable } from './status.ts'
import type { ListOptions, ToolCluster } from './tool-cluster.ts'
import { parseJson } from './transport.ts'

const defaultPage = 250
/** All pages of one list together. */
const listItems = 20_000
/** The server ends a watch after so many seconds; it then goes on from the last version. */
const watchSeconds = 300
/** An object is at most 1.5 MB in the store, in JSON perhaps twice that. */
const eventBytes = 4 * 1024 * 1024
const logLineBytes = 256 * 1024

export interface ClusterOptions {
  /** Undefined for all of them: then there are only lists and watches. */
  namespace: string | undefined
  /** Objects of one page of a list; 250 where nothing is said. */
  pageItems?: number
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

/** Lists of which only versions matter: most objects are as they were when they were read last. */
export interface Outlines {
  /** The objects of a kind as `list` would give them, as far as their names and versions. @throws like `list` */
  outline(kind: KindName, options?: ListOptions): Promise<readonly Outline[]>
}

interface Page<T> {
  items: readonly T[]
  next: string | undefined
}

/** All that only looks. */
export function createReads(
  connection: Connection,
  { namespace, pageItems = defaultPage, random = Math.random }: ClusterOptions,
): Pick<ToolCluster, 'list' | 'get' | 'watch' | 'podLog' | 'mayI'> & Outlines {
  const pageCall = (kind: KindName, options: ListOptions, next: string | undefined) => ({
    method: 'GET' as const,
    path: withQuery(pathOf(kind, options.namespace ?? namespace), {
      ...selectors(options),
      limit: pageItems,
      continue: next,
    }),
    asked: asked('list', kind),
    signal: options.signal,
  })

  /** The items of all pages, and the last one. */
  async function readPages<T, P extends Page<T>>(
    kind: KindName,
    read: (next: string | undefined) => Promise<P>,
  ): Promise<{ items: T[]; last: P }> {
    const items: T[] = []
    for (let next: string | undefined; ; ) {
      const last = await read(next)
      items.push(...last.items)
      if (items.length > Math.max(listItems, 10 * pageItems)) throw unavailable(`There are too many ${kind} to list`)
      next = last.next
      if (next === undefined) return { items, last }
    }
  }

  async function listPages<K extends KindName>(kind: K, options: ListOptions): Promise<ObjectList<K>> {
    const { items, last } = await readPages<ObjectOf<K>, ObjectList<K> & Page<ObjectOf<K>>>(kind, async next =>
      parseList(kind, await connection.json(pageCall(kind, options, next))),
    )
    return { items, resourceVersion: last.resourceVersion }
  }

  async function outlinePages(kind: KindName, options: ListOptions): Promise<readonly Outline[]> {
    const { items } = await readPages<Outline, Page<Outline>>(kind, async next => {
      const { type, bytes } = await connection.bytes({ ...pageCall(kind, options, next), accept: protobufType })
      if (type === protobufType) return parseOutlines(bytes)
      const page = parseList(kind, parseJson(bytes))
      return { items: page.items.map(outlineOf), next: page.next }
    })
    return items
  }

  return {
    list: (kind, options = {}) => twiceWhereExpired(() => listPages(kind, options)),
    async outline(kind, options = {}) {
      try {
        return await twiceWhereExpired(() => outlinePages(kind, options))
      } catch (error) {
        if (!isRefusal(error, 'not_allowed')) throw error
        // It is refused in the same format: the words for people come with a list in JSON.
        return (await twiceWhereExpired(() => listPages(kind, options))).items.map(outlineOf)
      }
    },
    async get(kind, name, options = {}) {
      const path = pathOf(kind, options.namespace ?? namespace, name)
      try {
        const call = { method: 'GET', path, asked: asked('get', kind, name), signal: options.signal } as const
        return parseObject(kind, await connection.json(call))
      } catch (error) {
        if (isRefusal(error, 'not_found')) return undefined
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
        if (isRefusal(error, 'bad_request'))
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
        if (isRefusal(error, 'not_allowed')) return false
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

/** Once more where the rest of the pages was gone before we came to it. */
async function twiceWhereExpired<T>(list: () => Promise<T>): Promise<T> {
  try {
    return await list()
  } catch (error) {
    if (!(error instanceof Expired)) throw error
  }
  try {
    return await list()
  } catch (error) {
    throw error instanceof Expired ? unavailable('The list changes too fast to be read', error) : error
  }
}
