import { type FieldError, invalid, notPermitted, required, tooLong } from './field-error.ts'
import type { Kind, KubeObject, ObjectMeta, OwnerReference } from './kind.ts'
import { labelErrors, labelValueErrors, pathErrors, qualifiedNameErrors, subdomainErrors } from './syntax.ts'

const annotationsLimit = 256 * 1024

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map(error => invalid(field, key, error)),
    ...labelValueErrors(value).map(error => invalid(field, value, error)),
  ])
}

/** What is wrong with an object's metadata; `old` is there for an update. */
export function validateMeta(kind: Kind, { metadata }: KubeObject, old?: KubeObject): FieldError[] {
  return [
    ...(old === undefined ? names(kind, metadata) : addedFinalizers(metadata, old.metadata)),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...annotations(metadata.annotations ?? {}),
    ...owners(metadata.ownerReferences ?? []),
    ...finalizers(metadata.finalizers ?? []),
  ]
}

const nameCheck = { label: labelErrors, path: pathErrors, subdomain: subdomainErrors }

function names(kind: Kind, { name, generateName, namespace }: ObjectMeta): FieldError[] {
  const check = nameCheck[kind.name ?? 'subdomain']
  const errors: FieldError[] = []
  if (generateName) {
    const whole = generateName.length > 1 && generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName
    errors.push(...check(whole).map(error => invalid('metadata.generateName', generateName, error)))
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'))
  else errors.push(...check(name).map(error => invalid('metadata.name', name, error)))
  if (!kind.namespaced) return errors
  if (namespace === '' || namespace === undefined) return [...errors, required('metadata.namespace')]
  return [...errors, ...labelErrors(namespace).map(error => invalid('metadata.namespace', namespace, error))]
}

function addedFinalizers(now: ObjectMeta, before: ObjectMeta): FieldError[] {
  if (before.deletionTimestamp === undefined) return []
  const added = (now.finalizers ?? []).filter(name => !before.finalizers?.includes(name))
  if (added.length === 0) return []
  const list = added.map(name => JSON.stringify(name)).join(', ')
  return [
    notPermitted(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ]
}

function annotations(given: Record<string, string>): FieldError[] {
  const errors = Object.keys(given).flatMap(key =>
    qualifiedNameErrors(key.toLowerCase()).map(error => invalid('metadata.annotations', key, error)),
  )
  const size = Object.entries(given).reduce(
    (sum, pair) => sum + Buffer.byteLength(pair[0]) + Buffer.byteLength(pair[1]),
    0,
  )
  return size > annotationsLimit ? [...errors, tooLong('metadata.annotations', annotationsLimit)] : errors
}

function owners(references: readonly OwnerReference[]): FieldError[] {
  const errors = references.flatMap(owner => ownerErrors(owner))
  const controllers = references.filter(owner => owner.controller === true).map(owner => `${owner.kind}/${owner.name}`)
  if (controllers.length < 2) return errors
  const found = `Found "true" in references for ${controllers[0]} and ${controllers[1]}`
  return [
    ...errors,
    invalid('metadata.ownerReferences', references, `Only one reference can have Controller set to true. ${found}`),
  ]
}

function ownerErrors(owner: OwnerReference): FieldError[] {
  const field = 'metadata.ownerReferences'
  const errors: FieldError[] = []
  if (!owner.apiVersion) errors.push(invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty'))
  if (!owner.kind) errors.push(invalid(`${field}.kind`, owner.kind, 'must not be empty'))
  if (!owner.name) errors.push(invalid(`${field}.name`, owner.name, 'must not be empty'))
  if (!owner.uid) errors.push(invalid(`${field}.uid`, owner.uid, 'must not be empty'))
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    errors.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'))
  }
  return errors
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']
const unqualified = 'name is neither a standard finalizer name nor is it fully qualified'

function finalizers(given: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers'
  const errors = given.flatMap((name, i) => [
    ...qualifiedNameErrors(name).map(error => invalid(field, name, error)),
    ...(name.includes('/') || standardFinalizers.includes(name) ? [] : [invalid(`${field}[${i}]`, name, unqualified)]),
  ])
  if (!given.includes('orphan') || !given.includes('foregroundDeletion')) return errors
  return [...errors, invalid(field, given, 'finalizer orphan and foregroundDeletion cannot be both set')]
}
