import { isRefusal } from '../contract/errors.ts'
import type { Connection } from './connection.ts'
import type { KindName } from './kinds.ts'
import { isGoneBy, parseList, parseObject, uidOf } from './parse.ts'
import { labelSelector, pathOf, withQuery } from './paths.ts'
import { asked } from './reads.ts'
import { isQuotaRace, unavailable } from './status.ts'
import type { Removal, ToolCluster, WriteOptions } from './tool-cluster.ts'

/** All that changes, with what the cluster says of it. */
export interface Writes extends Pick<ToolCluster, 'create' | 'replace' | 'patch'> {
  /** Like `remove`, giving the uid of what was removed as well. */
  removeOne(kind: KindName, name: string, options?: WriteOptions & { uid?: string }): Promise<Removed>
  /** Like `removeAll`, giving what was removed. */
  removeMany(
    kind: KindName,
    labels: Record<string, string>,
    options?: WriteOptions,
  ): Promise<{ name: string; uid: string }[]>
}

export interface Removed {
  removal: Removal
  /** Undefined when nothing was removed; empty where the answer does not say. */
  uid: string | undefined
}

/** How often a create is sent when the cluster says that it only failed to count. */
const mostCounts = 4

const dryRunQuery = ({ dryRun }: WriteOptions) => ({ dryRun: dryRun === true ? 'All' : undefined })

function nameOf({ metadata }: { metadata?: { name?: string } }): string {
  const name = metadata?.name
  if (name === undefined) throw new RangeError('an object without a name cannot be replaced')
  return name
}

/** Where an answer to a deletion has a body, the query is not looked at. */
const deletion = ({ dryRun, uid }: WriteOptions & { uid?: string }): object => ({
  propagationPolicy: 'Background',
  ...(uid === undefined ? {} : { preconditions: { uid } }),
  ...(dryRun === true ? { dryRun: ['All'] } : {}),
})

interface Refused {
  error: unknown
  uid: string | undefined
  signal: AbortSignal | undefined
}

export function createWrites(
  connection: Connection,
  { namespace, get }: { namespace: string } & Pick<ToolCluster, 'get'>,
): Writes {
  /** A conflict at a deletion with a uid says that the name belongs to another object, or is a matter of the moment. */
  async function ifReplaced(kind: KindName, name: string, { error, uid, signal }: Refused): Promise<void> {
    if (uid === undefined || !isRefusal(error, 'conflict')) throw error
    const present = await get(kind, name, signal === undefined ? {} : { signal })
    if (present?.metadata?.uid === uid) throw unavailable('The cluster could not delete it at this moment', error)
  }

  return {
    async create(kind, object, options = {}) {
      const path = withQuery(pathOf(kind, namespace), dryRunQuery(options))
      const call = {
        method: 'POST',
        path,
        body: object,
        asked: asked('create', kind, object.metadata?.name),
        signal: options.signal,
      } as const
      for (let count = 1; ; count++) {
        try {
          return parseObject(kind, await connection.json(call))
        } catch (error) {
          // Nothing was made: two requests met at the quota's object.
          if (count === mostCounts || !isQuotaRace(error)) throw error
        }
      }
    },
    async replace(kind, object, options = {}) {
      const name = nameOf(object)
      const path = withQuery(pathOf(kind, namespace, name), dryRunQuery(options))
      const { signal } = options
      const call = { method: 'PUT', path, body: object, asked: asked('change', kind, name), signal } as const
      return parseObject(kind, await connection.json(call))
    },
    async patch(kind, name, { patch, ...options }) {
      const path = withQuery(pathOf(kind, namespace, name), dryRunQuery(options))
      const reply = await connection.json({
        method: 'PATCH',
        path,
        body: patch,
        contentType: 'application/merge-patch+json',
        asked: asked('change', kind, name),
        signal: options.signal,
      })
      return parseObject(kind, reply)
    },
    async removeOne(kind, name, { signal, ...options } = {}) {
      const path = pathOf(kind, namespace, name)
      const call = {
        method: 'DELETE',
        path,
        body: deletion(options),
        asked: asked('delete', kind, name),
        signal,
      } as const
      try {
        const answer = await connection.json(call)
        return { removal: isGoneBy(answer) ? 'gone' : 'leaving', uid: uidOf(answer) }
      } catch (error) {
        if (!isRefusal(error, 'not_found')) await ifReplaced(kind, name, { error, signal, uid: options.uid })
        return { removal: 'absent', uid: undefined }
      }
    },
    async removeMany(kind, labels, { signal, ...options } = {}) {
      if (Object.keys(labels).length === 0) throw new RangeError('labels must say what to delete')
      const path = withQuery(pathOf(kind, namespace), { labelSelector: labelSelector(labels) })
      const call = { method: 'DELETE', path, body: deletion(options), asked: asked('delete', kind), signal } as const
      return parseList(kind, await connection.json(call)).items.map(({ metadata: { name = '', uid = '' } = {} }) => ({
        name,
        uid,
      }))
    },
  }
}
