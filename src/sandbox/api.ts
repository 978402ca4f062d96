import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import { reviewAccess } from './access-review.ts'
import type { User } from './authenticate.ts'
import { attributesOf, createAuthorizer, refuse } from './authorize.ts'
import { allVerbs, createDiscovery, subresourceVerbs } from './discovery.ts'
import { hasGroup, hasGroupVersion, hasResource, hasSubresource, neverMade } from './elsewhere.ts'
import { effectiveUser } from './impersonate.ts'
import { apiVersion, type Kind } from './kind.ts'
import { selfSubjectAccessReviews } from './kinds/self-subject-access-review.ts'
import { tokenReviews } from './kinds/token-review.ts'
import { podLog } from './pod-log.ts'
import type { PodLogs } from './pod-logs.ts'
import { get, list, type ReadRequest } from './read.ts'
import { removeAll, removeOne } from './remove.ts'
import { json, type Reply, refusal } from './reply.ts'
import { changeScale, getScale } from './scale.ts'
import { internal, methodNotAllowed, noSuchPath, notAcceptable, notImplemented, StatusError } from './status.ts'
import type { Store } from './store.ts'
import { type ResourceTarget, readTarget, type Target } from './target.ts'
import { requestToken } from './token-request.ts'
import { reviewToken } from './token-review.ts'
import type { Tokens } from './tokens.ts'
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
  tokens: Tokens
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
    if (kind === undefined) return emptyList(target, String(store.version())) ?? unknownResource(target.resource)
    checkSupported(kind, target, target.resource)
    const call = { kind, target, resource: target.resource, request, user, warn }
    if (kind === selfSubjectAccessReviews) return reviewAccess(authorizer, user, await writeRequest(call))
    if (kind === tokenReviews) return reviewToken(deps.tokens, await writeRequest(call))
    return serve(deps, call)
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

/** Of workloads that nobody can make here there are none: who looks for all that runs is told so. */
function emptyList({ verb, resource }: Target, resourceVersion: string): Reply | undefined {
  const kind = verb === 'list' && resource !== undefined ? neverMade(resource) : undefined
  if (kind === undefined || resource === undefined) return undefined
  const list = { apiVersion: apiVersion(resource), kind: `${kind}List`, metadata: { resourceVersion }, items: [] }
  return json(200, JSON.stringify(list))
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
  const makes = verb === 'create' && subresource === ''
  if (makes !== (name === '') && itemOrCreate.includes(verb)) throw methodNotAllowed()
  const verbs: readonly string[] = kind.verbs ?? allVerbs
  if (!verbs.includes(verb)) throw methodNotAllowed()
  if (subresource !== '' && !subresourceVerbs(subresource).includes(verb)) throw methodNotAllowed()
}

function checkSubresource(kind: Kind, subresource: string): void {
  if (kind.subresources?.some(part => part === subresource)) return
  throw hasSubresource(kind.plural, subresource) ? notImplemented(`${kind.plural}/${subresource}`) : noSuchPath()
}

/** A new object has no name in the path, an old one has. */
const itemOrCreate = ['create', 'update', 'patch']

const acrossNamespaces = ['list', 'watch']

interface Call {
  kind: Kind
  target: Target
  resource: ResourceTarget
  request: ApiRequest
  /** Whom the request is made for. */
  user: User
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
      return writeRequest(call).then(write => change(deps, target.verb, write))
  }
}

function change({ store, tokens, clock }: ApiDeps, verb: string, request: WriteRequest): Reply {
  if (request.subresource === 'token') return requestToken({ store, tokens, now: clock.now() }, request)
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

async function writeRequest({ kind, target, resource, request, user, warn }: Call): Promise<WriteRequest> {
  const { namespace, name, subresource } = resource
  const { query } = target
  const contentType = request.header('content-type')
  return { kind, namespace, name, subresource, query, contentType, user, warn, body: await request.body() }
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
