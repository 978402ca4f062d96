import { keyOf } from './collection.ts'
import { readToken, tokenExpired, writeToken } from './continue-token.ts'
import { parseFieldSelector } from './field-selector.ts'
import type { Kind, KubeObject } from './kind.ts'
import { parseLabelSelector } from './label-selector.ts'
import { type ListOptions, readListOptions } from './options.ts'
import { json, type Reply } from './reply.ts'
import { type ListMeta, listBody, whole } from './serialise.ts'
import { expired, notFound, StatusError } from './status.ts'
import type { Store } from './store.ts'
import { tableOf, tableReply } from './table.ts'

/** A request for objects of one kind, after authorisation. */
export interface ReadRequest {
  kind: Kind
  /** Empty: of all namespaces. */
  namespace: string
  name: string
  query: URLSearchParams
  /** Whether the client would rather have a table to print. */
  table: boolean
  now: number
}

export function get(store: Store, { kind, namespace, name, query, table, now }: ReadRequest): Reply {
  const object = store.get(kind, { namespace, name })
  if (object === undefined) throw notFound(kind, name)
  if (table)
    return tableReply(
      tableOf(kind, [object], { meta: { resourceVersion: object.metadata.resourceVersion }, query, now }),
    )
  return json(200, whole(kind, object))
}

export type Match = (object: KubeObject) => boolean

/** What namespace and selectors of a request let through. @throws StatusError 400. */
export function readMatch(kind: Kind, namespace: string, query: URLSearchParams): Match {
  const labels = query.get('labelSelector') ?? ''
  const fields = query.get('fieldSelector') ?? ''
  const checks: Match[] = []
  if (kind.namespaced && namespace !== '') checks.push(object => object.metadata.namespace === namespace)
  if (labels !== '') {
    const matches = parseLabelSelector(labels)
    checks.push(object => matches(object.metadata.labels ?? {}))
  }
  if (fields !== '') {
    const selector = parseFieldSelector(kind, fields)
    checks.push(object => selector.matches(object))
  }
  return object => checks.every(check => check(object))
}

export function list(store: Store, { kind, namespace, query, table, now }: ReadRequest): Reply {
  const options = readListOptions(query)
  const matches = readMatch(kind, namespace, query)
  const { items, meta } = page(store, { kind, namespace, matches, selective: isSelective(query) }, options)
  return table ? tableReply(tableOf(kind, items, { meta, query, now })) : json(200, listBody(kind, meta, items))
}

const isSelective = (query: URLSearchParams): boolean =>
  (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== ''

interface Wanted {
  kind: Kind
  namespace: string
  matches: Match
  selective: boolean
}

function page(store: Store, wanted: Wanted, options: ListOptions): { items: KubeObject[]; meta: ListMeta } {
  const { limit } = options
  const from = options.continue === '' ? undefined : readToken(options.continue)
  const version = from?.version ?? (options.exact ? options.resourceVersion : undefined) ?? store.version()
  refuseFuture(store, options.resourceVersion ?? version)
  const all = objectsAt(store, wanted, version)
  if (all === undefined) {
    throw from === undefined ? expired('The resourceVersion for the provided list is too old.') : tokenExpired()
  }
  const matching = all.filter(
    object => wanted.matches(object) && (from === undefined || keyOf(object.metadata) > from.after),
  )
  const items = limit === 0 ? matching : matching.slice(0, limit)
  const last = items.at(-1)
  const rest = matching.length - items.length
  const resourceVersion = String(version)
  if (rest === 0 || last === undefined) return { items, meta: { resourceVersion } }
  const token = writeToken({ version, after: keyOf(last.metadata) })
  return {
    items,
    meta: { resourceVersion, continue: token, ...(wanted.selective ? {} : { remainingItemCount: rest }) },
  }
}

function objectsAt(store: Store, { kind, namespace }: Wanted, version: number): readonly KubeObject[] | undefined {
  if (version !== store.version()) return store.at(kind, version)
  return store.list(kind, kind.namespaced && namespace !== '' ? { namespace } : {}).items
}

/** Kubernetes waits a while for such a version; here it could only come by a write, so that there is nothing to wait for. */
function refuseFuture(store: Store, version: number): void {
  const current = store.version()
  if (version <= current) return
  throw new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })
}
