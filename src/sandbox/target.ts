import { selectedName } from './field-selector.ts'
import { badRequest } from './status.ts'

/** What a request is about, as authorisation sees it. */
export interface Target {
  verb: string
  /** Decoded, without the query. */
  path: string
  query: URLSearchParams
  /** Absent for paths that are no resource, such as /version. */
  resource?: ResourceTarget
}

export interface ResourceTarget {
  group: string
  version: string
  /** Empty when the request is about the whole cluster. */
  namespace: string
  plural: string
  /** Empty when the request is about all of them. */
  name: string
  subresource: string
}

const itemVerbs = new Map(
  Object.entries({
    GET: 'get',
    HEAD: 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  }),
)

/** @throws StatusError 400 for a path that cannot be read. */
export function readTarget(method: string, url: string): Target {
  const question = url.indexOf('?')
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1))
  const path = decoded(question < 0 ? url : url.slice(0, question))
  const resource = resourceOf(path)
  if (resource === undefined) return { verb: method.toLowerCase(), path, query }
  const verb = itemVerbs.get(method) ?? method.toLowerCase()
  return { ...ofCollection(verb, resource, query), path, query }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw badRequest('the path is not well formed')
  }
}

function ofCollection(
  verb: string,
  resource: ResourceTarget,
  query: URLSearchParams,
): { verb: string; resource: ResourceTarget } {
  if (resource.name !== '' || (verb !== 'get' && verb !== 'delete')) return { verb, resource }
  const name = selectedName(query.get('fieldSelector') ?? '') ?? ''
  if (verb === 'delete') return { verb: 'deletecollection', resource: { ...resource, name } }
  return { verb: isTrue(query.get('watch')) ? 'watch' : 'list', resource: { ...resource, name } }
}

export const isTrue = (text: string | null): boolean => text !== null && text !== 'false' && text !== '0'

/** Parts of the namespace object itself, not resources within it. */
const namespaceParts = ['status', 'finalize']

function resourceOf(path: string): ResourceTarget | undefined {
  const [, root, ...parts] = path.replace(/\/$/, '').split('/')
  if (root === 'api' && parts.length > 1) return within({ group: '', version: parts[0] ?? '' }, parts.slice(1))
  if (root === 'apis' && parts.length > 2) {
    return within({ group: parts[0] ?? '', version: parts[1] ?? '' }, parts.slice(2))
  }
  return undefined
}

function within(api: { group: string; version: string }, parts: readonly string[]): ResourceTarget {
  const [first = '', second = '', third = ''] = parts
  const ofNamespace = first === 'namespaces' && parts.length > 2 && !namespaceParts.includes(third)
  if (ofNamespace) {
    const [plural = '', name = '', ...subresource] = parts.slice(2)
    return { ...api, namespace: second, plural, name, subresource: subresource.join('/') }
  }
  const namespace = first === 'namespaces' ? second : ''
  return { ...api, namespace, plural: first, name: second, subresource: parts.slice(2).join('/') }
}
