import { rfc3339 } from '../platform/clock.ts'
import { checkContentType, decodeObject, parseObject } from './decode.ts'
import { type FieldError, invalid } from './field-error.ts'
import { apiVersion, type Kind, type KubeObject, type NewObject } from './kind.ts'
import { pods } from './kinds/pod.ts'
import { secrets } from './kinds/secret.ts'
import { serviceAccounts } from './kinds/service-account.ts'
import { type TokenRequest, tokenRequests } from './kinds/token-request.ts'
import type { ServiceAccount } from './kinds/types.ts'
import { readWriteOptions } from './options.ts'
import { json, type Reply } from './reply.ts'
import { badRequest, conflict, invalidObject, notFound } from './status.ts'
import type { Store } from './store.ts'
import { type Bound, issuer, type Tokens } from './tokens.ts'
import type { WriteRequest } from './write.ts'

interface Issuing {
  store: Store
  tokens: Tokens
  /** Milliseconds since 1970. */
  now: number
}

const shortest = 600
const longest = 2 ** 32
const usual = 3600

/** Answers with a token of the account that the path names. @throws StatusError 400, 404, 409, 422. */
export function requestToken({ store, tokens, now }: Issuing, request: WriteRequest): Reply {
  checkContentType(request.contentType)
  const { fieldValidation } = readWriteOptions(request.query, 'CreateOptions')
  const decoding = { kind: tokenRequests, fieldValidation, warn: request.warn }
  const { metadata, spec } = typed(decodeObject(parseObject(tokenRequests.kind, request.body), decoding))
  refuseOtherNames(metadata, request)
  const account = existing(store, serviceAccounts, request)
  refuseOtherAccount(metadata, account)
  const { expirationSeconds = usual, boundObjectRef: reference } = spec
  const audiences = spec.audiences ?? [issuer]
  const errors = validate(expirationSeconds)
  if (errors.length > 0) throw invalidObject(tokenRequests, '', errors)
  const bound = reference === undefined ? {} : boundTo({ store, account }, reference)
  const token = tokens.issue({ account, audiences, expiresIn: expirationSeconds, bound })
  const { name, namespace = '', uid } = account.metadata
  const answer = {
    kind: tokenRequests.kind,
    apiVersion: apiVersion(tokenRequests),
    metadata: { ...metadata, name, namespace, uid, creationTimestamp: rfc3339(now) },
    spec: { audiences, expirationSeconds, boundObjectRef: reference ?? null },
    status: { token, expirationTimestamp: rfc3339(now + expirationSeconds * 1000) },
  }
  return json(201, JSON.stringify(answer))
}

type Spec = TokenRequest['spec']

/** The schema has looked at every field. */
function typed(object: NewObject): NewObject & { spec: Spec } {
  return object as NewObject & { spec: Spec }
}

function refuseOtherNames({ name, namespace }: NewObject['metadata'], request: WriteRequest): void {
  const refuse = (field: 'name' | 'namespace', value: string): never => {
    const why = `must match the service account ${field} if specified`
    throw invalidObject(tokenRequests, request.name, [invalid(`metadata.${field}`, value, why)])
  }
  if (name && name !== request.name) refuse('name', name)
  if (namespace && namespace !== request.namespace) refuse('namespace', namespace)
}

function refuseOtherAccount({ uid }: NewObject['metadata'], { metadata }: ServiceAccount): void {
  if (!uid || uid === metadata.uid) return
  const why = `the UID in the token request (${uid}) does not match the UID of the service account (${metadata.uid})`
  throw conflict({ group: tokenRequests.group, plural: tokenRequests.kind }, metadata.name, why)
}

function validate(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds'
  if (seconds < shortest) return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
  if (seconds > longest) return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  return []
}

function existing<T extends KubeObject>(
  store: Store,
  kind: Kind<T>,
  { namespace, name }: { namespace?: string; name: string },
): T {
  const found = store.get(kind, { namespace, name })
  if (found === undefined) throw notFound(kind, name)
  return found
}

/** @throws StatusError for what a token of this account cannot be bound to. */
function boundTo(
  { store, account }: { store: Store; account: ServiceAccount },
  { apiVersion = '', kind = '', name = '', uid }: NonNullable<Spec['boundObjectRef']>,
): Bound {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const { namespace = '' } = account.metadata
  const bound = group === '' ? core({ store, account, kind }, { namespace, name }) : undefined
  if (bound === undefined) {
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`)
  }
  const object = bound.pod ?? bound.secret
  if (uid && uid !== object?.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict({ group: '', plural: kind }, name, why)
  }
  return bound
}

function core(
  { store, account, kind }: { store: Store; account: ServiceAccount; kind: string },
  key: { namespace: string; name: string },
): Bound | undefined {
  if (kind === secrets.kind) return { secret: existing(store, secrets, key) }
  if (kind !== pods.kind) return undefined
  const pod = existing(store, pods, key)
  const { serviceAccountName, nodeName } = pod.spec
  if (serviceAccountName !== account.metadata.name) {
    const of = JSON.stringify(account.metadata.name)
    throw badRequest(`cannot bind token for serviceaccount ${of} to pod running with different serviceaccount name.`)
  }
  return { pod, ...(nodeName ? { node: { name: nodeName } } : {}) }
}
