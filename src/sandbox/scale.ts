import { checkContentType, decodeObject, parseObject } from './decode.ts'
import { invalid } from './field-error.ts'
import type { Kind, KubeObject } from './kind.ts'
import type { LabelSelector } from './kinds/types.ts'
import { formatSelector } from './object-selector.ts'
import { readWriteOptions } from './options.ts'
import type { ReadRequest } from './read.ts'
import { json, type Reply } from './reply.ts'
import { whole } from './serialise.ts'
import { badRequest, conflict, invalidObject, notFound } from './status.ts'
import type { Store } from './store.ts'
import { patched, type WriteRequest } from './write.ts'

/** What all kinds that have a number of replicas look like as their subresource `scale`. */
type Scale = KubeObject & {
  spec: { replicas?: number }
  status: { replicas: number; selector?: string }
}

export const scales: Kind<Scale> = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  plural: 'scales',
  singular: 'scale',
  namespaced: true,
}

type Scaled = KubeObject & {
  spec: { replicas?: number; selector: LabelSelector }
  status: { replicas?: number }
}

function scaleOf({ metadata, spec, status }: Scaled): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  return {
    apiVersion: 'autoscaling/v1',
    kind: scales.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status.replicas ?? 0, selector: formatSelector(spec.selector) },
  }
}

/** @throws StatusError 404. */
function existing(store: Store, { kind, namespace, name }: Pick<ReadRequest, 'kind' | 'namespace' | 'name'>): Scaled {
  const object = store.get(scaledKind(kind), { namespace, name })
  if (object === undefined) throw notFound(kind, name)
  return object
}

/** A kind with this subresource has the fields that it shows: its schema says so. */
function scaledKind(kind: Kind): Kind<Scaled> {
  return kind as Kind<Scaled>
}

export const getScale = (store: Store, request: ReadRequest): Reply =>
  json(200, whole(scales, scaleOf(existing(store, request))))

/** A replacement or a patch of the Scale, which changes the number of replicas of the object. */
export function changeScale(store: Store, verb: string, request: WriteRequest): Reply {
  const { scale, dryRun } = verb === 'patch' ? patchedScale(store, request) : givenScale(request)
  const { kind, name } = request
  const { resourceVersion, uid } = scale.metadata
  const replicas = scale.spec.replicas ?? 0
  if (replicas < 0) {
    const why = invalid('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalidObject(scales, name, [why])
  }
  const object = existing(store, request)
  if (uid && uid !== object.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`
    throw conflict({ group: kind.group, plural: `${kind.plural}/scale` }, name, why)
  }
  const { resourceVersion: _, ...metadata } = object.metadata
  const versioned = { ...metadata, ...(resourceVersion ? { resourceVersion } : {}) }
  const spec = { ...object.spec, replicas }
  const updated = store.update(
    scaledKind(kind),
    { ...object, metadata: versioned, spec },
    { dryRun, user: request.user },
  )
  return json(200, whole(scales, scaleOf(updated)))
}

interface Change {
  scale: Pick<Scale, 'spec'> & { metadata: Partial<Scale['metadata']> }
  dryRun: boolean
}

function givenScale(request: WriteRequest): Change {
  checkContentType(request.contentType)
  const { dryRun, fieldValidation } = readWriteOptions(request.query, 'UpdateOptions')
  const decoding = { kind: scales, fieldValidation, warn: request.warn }
  const object = decodeObject(parseObject(scales.kind, request.body), decoding)
  const { name } = object.metadata
  if (name !== request.name) {
    throw badRequest(`the name of the object (${name ?? ''}) does not match the name on the URL (${request.name})`)
  }
  return { scale: typed(object), dryRun }
}

function patchedScale(store: Store, request: WriteRequest): Change {
  const { object, dryRun } = patched({ ...request, kind: scales }, () => scaleOf(existing(store, request)))
  return { scale: typed(object), dryRun }
}

/** The schema has looked at every field. */
function typed(object: object): Change['scale'] {
  return object as Change['scale']
}
