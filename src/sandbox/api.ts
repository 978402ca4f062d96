import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { reviewAccess } from './access-review.ts'
import type { User } from './authenticate.ts'
import { attributesOf, createAuthorizer, refuse } from './authorize.ts'
import { allVerbs, createDiscovery } from './discovery.ts'
import { hasGroup, hasGroupVersion, hasResource, hasSubresource } from './elsewhere.ts'
import { effectiveUser } from './impersonate.ts'
import type { Kind } from './kind.ts'
import { selfSubjectAccessReviews } from './kinds/self-subject-access-review.ts'
import { podLog } from './pod-log.ts'
import type { PodLogs } from './pod-logs.ts'
import { get, list, type ReadRequest } from './read.ts'
import { removeAll, removeOne } from './remove.ts'
import { type Reply, refusal } from './reply.ts'
import { changeScale, getScale } from './scale.ts'
import { internal, methodNotAllowed, noSuchPath, notAcceptable, notImplemented, StatusError } from './status.ts'
import type { Store } from './store.ts'
import { type ResourceTarget, readTarget, type Target } from './target.ts'
import { watch } from './watch.ts'
import { create, patch, replace, type WriteRequest } from './write.ts'

/** A request without its transport. */
export interface ApiRequest {
  method: string
  url: string
  user: User
  header(name: string): string | undefined
  /** Read only for writes that are allowed. */
  body(): Promise<string>
  /** Aborted when the client has gone. */
  signal: AbortSignal
}

export interface ApiDeps {
  store: Store
  logs: PodLogs
  clock: Clock
  /** By which clients are waited for; absent: the same. */
  machine?: Clock
  log: Logger
}

/** Answers every request; what it cannot is a `Status`, as with Kubernetes. */
export function createApi(deps: ApiDeps): (request: ApiRequest) => Promise<Reply> {
  const { store, log } = deps
  const authorizer = createAuthorizer(store)
  const discover = createDiscovery(store.kinds)
  const kinds = new Map(store.kinds.map(kind => [`${kind.group}/${kind.version}/${kind.plural}`, kind]))

  const answer = async (request: ApiRequest, warn: (text: string) => void): Promise<Reply> => {
    const user = effectiveUser(request.user, name => request.header(name), authorizer)
    const target = readTarget(request.method, request.url)
    const attributes = attributesOf(target)
    const { allowed, reason } = authorizer.decide(user, attributes)
    if (!allowed) throw refuse(user, attributes, reason)
    if (target.resource === undefined) return discoveryReply(discover, request.method, target)
    const kind = kinds.get(`${target.resource.group}/${target.resource.version}/${target.resource.plural}`)
    if (kind === undefined) return unknownResource(target.resource)
    checkSupported(kind, target, target.resource)
    if (kind.plural === selfSubjectAccessReviews.plural) {
      return reviewAccess(
        authorizer,
        request.user,
        await writeRequest({ kind, target, resource: target.resource, request, warn }),
      )
    }
    return serve(deps, { kind, target, resource: target.resource, request, warn })
  }

  return async request => {
    const warnings: string[] = []
    try {
      return { ...(await answer(request, text => warnings.push(text))), warnings }
    } catch (error) {
      if (error instanceof StatusError) return { ...refusal(error), warnings }
      log.error({ err: error, method: request.method, url: request.url }, 'a request failed')
      return refusal(internal())
    }
  }
}

const noPage: Reply = { code: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' }

function discoveryReply(discover: (path: string) => Reply | undefined, method: string, { path }: Target): Reply {
  const reply = discover(path)
  if (reply === undefined) return noPage
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed()
  return reply
}

/** @throws StatusError 501 for what Kubernetes has, 404 for what it has not either. */
function unknownResource({ group, version, plural }: ResourceTarget): Reply {
  const name = group === '' ? plural : `${plural}.${group}`
  if (plural === 'watch' || plural === 'proxy') throw notImplemented(`paths that begin with ${plural}/`)
  if (hasResource(group, version, plural)) throw notImplemented(name)
  if (hasGroupVersion(group, version) || hasGroup(group)) throw noSuchPath()
  return noPage
}

/** @throws StatusError 404, 405, 501. */
function checkSupported(kind: Kind, { verb }: Target, resource: ResourceTarget): void {
  const { namespace, name, subresource } = resource
  if (!kind.namespaced && namespace !== '' && kind.plural !== 'namespaces') throw noSuchPath()
  if (subresource !== '') checkSubresource(kind, subresource)
  if (kind.namespaced && namespace === '' && !acrossNamespaces.includes(verb)) throw methodNotAllowed()
  if ((verb === 'create') !== (name === '') && itemOrCreate.includes(verb)) throw methodNotAllowed()
  const verbs: readonly string[] = kind.verbs ?? allVerbs
  if (!verbs.includes(verb) || !subresourceVerbs(subresource).includes(verb)) throw methodNotAllowed()
}

function checkSubresource(kind: Kind, subresource: string): void {
  if (kind.subresources?.some(part => part === subresource)) return
  throw hasSubresource(kind.plural, subresource) ? notImplemented(`${kind.plural}/${subresource}`) : noSuchPath()
}

/** A new object has no name in the path, an old one has. */
const itemOrCreate = ['create', 'update', 'patch']

const acrossNamespaces = ['list', 'watch']

function subresourceVerbs(subresource: string): readonly string[] {
  if (subresource === 'log') return ['get']
  return subresource === '' ? allVerbs : ['get', 'update', 'patch']
}

interface Call {
  kind: Kind
  target: Target
  resource: ResourceTarget
  request: ApiRequest
  warn: (text: string) => void
}

function serve(deps: ApiDeps, call: Call): Promise<Reply> | Reply {
  const { target, resource, request } = call
  if (resource.subresource === 'log') {
    return podLog(deps, readRequest(deps, call, false), request.signal)
  }
  switch (target.verb) {
    case 'get':
      if (resource.subresource === 'scale') return getScale(deps.store, readRequest(deps, call, false))
      return get(deps.store, readRequest(deps, call, wantsTable(request.header('accept'))))
    case 'list':
      return list(deps.store, readRequest(deps, call, wantsTable(request.header('accept'))))
    case 'watch':
      return watch(deps, readRequest(deps, call, wantsTable(request.header('accept'))))
    default:
      wantsTable(request.header('accept'))
      return writeRequest(call).then(write => change(deps.store, target.verb, write))
  }
}

function change(store: Store, verb: string, request: WriteRequest): Reply {
  if (request.subresource === 'scale') return changeScale(store, verb, request)
  switch (verb) {
    case 'create':
      return create(store, request)
    case 'update':
      return replace(store, request)
    case 'patch':
      return patch(store, request)
    case 'delete':
      return removeOne(store, request)
    case 'deletecollection':
      return removeAll(store, request)
    default:
      throw methodNotAllowed()
  }
}

const readRequest = (deps: ApiDeps, { kind, target, resource }: Call, table: boolean): ReadRequest => ({
  kind,
  namespace: resource.namespace,
  name: resource.name,
  query: target.query,
  table,
  now: deps.clock.now(),
})

async function writeRequest({ kind, target, resource, request, warn }: Call): Promise<WriteRequest> {
  const { namespace, name, subresource } = resource
  const { query } = target
  const contentType = request.header('content-type')
  return { kind, namespace, name, subresource, query, contentType, warn, body: await request.body() }
}

const elsewhereTypes = ['application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor']

/** Whether the first form that can be served is a table. @throws StatusError 406, or 501 for what Kubernetes could serve. */
function wantsTable(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return false
  const types = accept.split(',').map(type => type.trim().toLowerCase().replaceAll(' ', ''))
  for (const type of types) {
    const [main = '', ...parameters] = type.split(';')
    if (!['application/json', 'application/*', '*/*'].includes(main)) continue
    const as = parameters.find(parameter => parameter.startsWith('as='))
    if (as === undefined) return false
    if (as === 'as=table' && parameters.includes('v=v1')) return true
  }
  const wanted = types.find(type => elsewhereTypes.some(known => type.startsWith(known)) || type.includes('as='))
  throw wanted === undefined ? notAcceptable() : notImplemented(`answers of type ${wanted}`)
}
