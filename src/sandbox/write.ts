import type { User } from './authenticate.ts'
import { DecodeError } from './conform.ts'
import { checkContentType, conformObject, type Decoding, decodeObject, parseJson, parseObject } from './decode.ts'
import { invalid } from './field-error.ts'
import { isObject } from './json.ts'
import { applyJsonPatch } from './json-patch.ts'
import type { Kind, KubeObject, NewObject } from './kind.ts'
import { applyMergePatch } from './merge-patch.ts'
import { readWriteOptions } from './options.ts'
import { json, type Reply } from './reply.ts'
import { whole } from './serialise.ts'
import { badRequest, invalidObject, notFound, notImplemented, StatusError, unsupportedPatch } from './status.ts'
import type { Store } from './store.ts'
import { applyStrategicPatch } from './strategic-patch.ts'

/** A request that changes one object, after authorisation. */
export interface WriteRequest {
  kind: Kind
  namespace: string
  name: string
  subresource: string
  query: URLSearchParams
  contentType: string | undefined
  body: string
  user: User
  /** Told of what the client ought to know; it comes with refusals, too. */
  warn: (text: string) => void
}

export function create(store: Store, request: WriteRequest): Reply {
  const { kind, query } = request
  checkContentType(request.contentType)
  const { dryRun, fieldValidation } = readWriteOptions(query, 'CreateOptions')
  const object = decodeObject(parseObject(kind.kind, request.body), { kind, fieldValidation, warn: request.warn })
  if (object.metadata.resourceVersion) {
    throw new StatusError({ code: 500, message: 'resourceVersion should not be set on objects to be created' })
  }
  const created = store.create(kind, inNamespace(object, request), { dryRun, user: request.user })
  return json(201, whole(kind, created))
}

/** The namespace of the path, which the object may repeat. @throws StatusError 400 when it says another. */
function inNamespace(object: NewObject, { kind, namespace }: WriteRequest): NewObject {
  const { metadata } = object
  const wanted = kind.namespaced ? namespace : ''
  if (metadata.namespace && metadata.namespace !== wanted) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const { namespace: _, ...rest } = metadata
  return { ...object, metadata: kind.namespaced ? { ...rest, namespace } : rest }
}

export function replace(store: Store, request: WriteRequest): Reply {
  const { kind, query, name } = request
  checkContentType(request.contentType)
  const { dryRun, fieldValidation } = readWriteOptions(query, 'UpdateOptions')
  const object = decodeObject(parseObject(kind.kind, request.body), { kind, fieldValidation, warn: request.warn })
  if (!object.metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`)
  }
  return json(200, whole(kind, update(store, request, { object: inNamespace(object, request), dryRun })))
}

const parts = ['status', 'approval'] as const

function update(
  store: Store,
  { kind, subresource, user }: WriteRequest,
  { object, dryRun }: { object: NewObject; dryRun: boolean },
): KubeObject {
  return store.update(kind, object, { dryRun, user, subresource: parts.find(part => part === subresource) })
}

export function patch(store: Store, request: WriteRequest): Reply {
  const { kind, namespace, name } = request
  const { old, object, dryRun } = patched(request, () => {
    const found = store.get(kind, { namespace, name })
    if (found === undefined) throw notFound(kind, name)
    return found
  })
  refuseOtherIdentity(kind, old, object)
  return json(200, whole(kind, update(store, request, { object: inNamespace(object, request), dryRun })))
}

/** A patch is no precondition: to it the uid is a field that cannot be changed. @throws StatusError 422 where it would be. */
function refuseOtherIdentity(kind: Kind, { metadata: { name, uid } }: KubeObject, { metadata }: NewObject): void {
  if (!metadata.uid || metadata.uid === uid) return
  throw invalidObject(kind, name, [invalid('metadata.uid', metadata.uid, 'field is immutable')])
}

/** What a patch makes of an object, which is asked for once the request is known to be one. @throws StatusError. */
export function patched(
  request: WriteRequest,
  existing: () => KubeObject,
): { old: KubeObject; object: NewObject; dryRun: boolean } {
  const { kind, query } = request
  const type = (request.contentType ?? '').split(';')[0]?.trim() ?? ''
  const apply = patches.get(type)
  if (apply === undefined)
    throw elsewhere.includes(type) ? notImplemented(`patches of type ${type}`) : unsupportedPatch()
  const { dryRun, fieldValidation } = readWriteOptions(query, 'PatchOptions')
  const old = existing()
  const value = apply({ old, patch: parseJson(request.body, why => `error decoding patch: ${why}`), kind })
  return { old, object: decodePatched(request, value, fieldValidation), dryRun }
}

interface Patching {
  old: KubeObject
  patch: unknown
  kind: Kind
}

/** @throws StatusError 400 for a patch that is no object. */
function fieldsOf(patch: unknown): Record<string, unknown> {
  if (isObject(patch)) return patch
  const found = Array.isArray(patch) ? 'array' : typeof patch
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
  )
}

const patches = new Map<string, (patching: Patching) => unknown>([
  ['application/merge-patch+json', ({ old, patch }) => applyMergePatch(old, fieldsOf(patch))],
  ['application/json-patch+json', ({ old, patch }) => applyJsonPatch(old, patch)],
  [
    'application/strategic-merge-patch+json',
    ({ old, patch, kind }) => applyStrategicPatch(old, fieldsOf(patch), kind.kind),
  ],
])

const elsewhere = ['application/apply-patch+yaml', 'application/apply-patch+cbor']

/** What a patch has left must be an object of the kind still. @throws StatusError 400 and 422. */
function decodePatched({ kind, name, warn }: WriteRequest, value: unknown, fieldValidation: string): NewObject {
  const object = decodedAfterPatch(value, { kind, fieldValidation, warn })
  if (object.metadata.name === name) return object
  throw badRequest(
    `the name of the object (${object.metadata.name ?? ''}) does not match the name on the URL (${name})`,
  )
}

function decodedAfterPatch(value: unknown, decoding: Decoding): NewObject {
  try {
    return conformObject(fieldsOf(value), decoding)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw invalidObject({ group: '', kind: '' }, '', [invalid('patch', JSON.stringify(value), error.message)])
  }
}
