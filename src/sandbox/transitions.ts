import { randomInt, randomUUID } from 'node:crypto'
import { rfc3339 } from '../platform/clock.ts'
import { keyOf } from './collection.ts'
import { invalid } from './field-error.ts'
import { clone, isObject, same } from './json.ts'
import {
  apiVersion,
  type Kind,
  type KubeObject,
  type NewObject,
  type ObjectMeta,
  type Part,
  type Propagation,
} from './kind.ts'
import { conflict, invalidObject, StatusError } from './status.ts'

// How an object may go from one state to the next; all pure, but for fresh names and uids.

export const foreground = 'foregroundDeletion'
export const orphan = 'orphan'

const letters = 'bcdfghjklmnpqrstvwxz2456789'

/** A name that begins with `prefix`, of which at most 58 characters are kept, and ends in five random characters. */
export const generateName = (prefix: string): string =>
  prefix.slice(0, 58) + Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')

/** What a client sent as a new object, with what only the server decides set by the server. */
export function newObject(kind: Kind, given: NewObject, now: number): KubeObject {
  const { metadata, ...rest } = clone(given)
  const { name, generateName: prefix, namespace, labels, annotations, ownerReferences, finalizers } = metadata
  return {
    ...rest,
    apiVersion: apiVersion(kind),
    kind: kind.kind,
    metadata: {
      name: name || (prefix ? generateName(prefix) : ''),
      ...(prefix ? { generateName: prefix } : {}),
      ...(kind.namespaced ? { namespace: namespace ?? '' } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      ...(kind.generation ? { generation: 1 } : {}),
      creationTimestamp: rfc3339(now),
      ...userMeta({ labels, annotations, ownerReferences, finalizers }),
    },
  }
}

type UserMeta = Pick<ObjectMeta, 'labels' | 'annotations' | 'ownerReferences' | 'finalizers'>

/** The part of the metadata that clients write, without what is empty. */
const userMeta = (meta: { [Field in keyof UserMeta]: UserMeta[Field] | undefined }): UserMeta =>
  Object.fromEntries(Object.entries(meta).filter(([, value]) => value && Object.keys(value).length > 0))

/** `old` changed to what was given, as far as the update goes; the status is changed only as a subresource. */
export function nextObject(
  kind: Kind,
  old: KubeObject,
  { given, subresource }: { given: NewObject; subresource: Part | undefined },
): KubeObject {
  const { metadata, ...fields } = clone(given)
  const { labels, annotations, ownerReferences, finalizers } = metadata
  const { labels: _l, annotations: _a, ownerReferences: owners, finalizers: _f, ...kept } = old.metadata
  const whole = subresource === undefined
  const next = {
    ...(whole ? fields : old),
    apiVersion: old.apiVersion,
    kind: old.kind,
    metadata: {
      ...kept,
      ...userMeta({
        labels,
        annotations,
        ownerReferences: whole || subresource === 'metadata' ? ownerReferences : owners,
        finalizers,
      }),
    },
  }
  if (subresource === 'status') return withField(next, 'status', fields['status'])
  if (subresource === 'approval') return withField(next, 'status', withDecision(old['status'], fields['status']))
  if (subresource === 'binding') return withField(next, 'spec', fields['spec'])
  if (subresource === 'metadata') return next
  const fixed = kind.subresources?.includes('status') ? ['status', ...(kind.fixed ?? [])] : (kind.fixed ?? [])
  return fixed.reduce((object, name) => withField(object, name, old[name]), next)
}

/** Who decides on a request changes its conditions and nothing else. */
function withDecision(old: unknown, given: unknown): Record<string, unknown> {
  const { conditions: _, ...kept } = isObject(old) ? old : {}
  const conditions = isObject(given) ? given['conditions'] : undefined
  return conditions === undefined ? kept : { ...kept, conditions }
}

export function countGeneration(kind: Kind, object: KubeObject, old: KubeObject): void {
  const annotated =
    kind.generation === 'with annotations' && !same(object.metadata.annotations, old.metadata.annotations)
  if (!kind.generation || (same(object['spec'], old['spec']) && !annotated)) return
  object.metadata.generation = (old.metadata.generation ?? 0) + 1
}

function withField(object: KubeObject, name: string, value: unknown): KubeObject {
  const { [name]: _, ...rest } = object
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
    ...rest,
    ...(value === undefined ? {} : { [name]: value }),
  }
}

/** Finalizers that an object has from the moment of its deletion. */
export function finalizersFor(object: KubeObject, propagation: Propagation): string[] {
  const others = (object.metadata.finalizers ?? []).filter(name => name !== foreground && name !== orphan)
  if (propagation === 'Foreground') return [...others, foreground]
  if (propagation === 'Orphan') return [...others, orphan]
  return others
}

/** The object as it is while its deletion waits; a deletion that waits already can only become shorter. */
export function deleting(
  kind: Kind,
  object: KubeObject,
  { finalizers, grace, now }: { finalizers: string[]; grace: number; now: number },
): KubeObject {
  const { finalizers: _, ...metadata } = object.metadata
  const waited = metadata.deletionTimestamp
  const before = metadata.deletionGracePeriodSeconds ?? 0
  const shorter = waited !== undefined && grace < before
  const end = waited === undefined ? now + grace * 1000 : Date.parse(waited) - (before - grace) * 1000
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(waited === undefined && metadata.generation ? { generation: metadata.generation + 1 } : {}),
      deletionTimestamp: waited === undefined || shorter ? rfc3339(end) : waited,
      // A kind that holds its objects itself has no such thing as a grace.
      ...(kind.held ? {} : { deletionGracePeriodSeconds: waited === undefined || shorter ? grace : before }),
      ...(finalizers.length > 0 ? { finalizers } : {}),
    },
  }
}

/** Whether nothing holds an object any more that is being deleted. */
export const isReleased = (kind: Kind, object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  kind.held?.(object) !== true

/** @throws StatusError 422 when an update of a kind that wants it does not say which version it was meant for. */
export function refuseUnversioned(kind: Kind, { name = '', resourceVersion }: Partial<ObjectMeta>): void {
  if (kind.unconditional !== false || resourceVersion) return
  const why = invalid('metadata.resourceVersion', 0, 'must be specified for an update')
  throw invalidObject({ group: kind.group, kind: kind.plural }, name, [why])
}

/** @throws StatusError 409 when an update was meant for another object, or for an older state of it. */
export function refuseOther(kind: Kind, object: KubeObject, wanted: Preconditions): void {
  const { name, namespace, uid, resourceVersion } = object.metadata
  if (wanted.uid && wanted.uid !== uid) {
    const key = `/registry/${kind.plural}/${keyOf({ namespace, name })}`
    const mismatch = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`
    throw conflict(
      kind,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${mismatch}`,
    )
  }
  if (wanted.resourceVersion && !/^\d{1,20}$/.test(wanted.resourceVersion)) {
    const parsing = `strconv.ParseUint: parsing ${JSON.stringify(wanted.resourceVersion)}: invalid syntax`
    throw new StatusError({ code: 500, message: parsing })
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      kind,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    )
  }
}

export interface Preconditions {
  uid?: string | undefined
  resourceVersion?: string | undefined
}

/** @throws StatusError 409 when a deletion was meant for another object, or for an older state of it. */
export function refuseOtherDeletion(kind: Kind, { metadata }: KubeObject, wanted: Preconditions): void {
  const named = { group: kind.group, plural: kind.kind }
  if (wanted.uid && wanted.uid !== metadata.uid) {
    const text = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${metadata.uid})`
    throw conflict(named, metadata.name, `${text}. The object might have been deleted and then recreated`)
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== metadata.resourceVersion) {
    const text = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion})`
    throw conflict(named, metadata.name, `${text}. The object might have been modified`)
  }
}
