import type { FieldError } from './field-error.ts'

/** A Kubernetes type as it is on the wire: dates are RFC 3339 strings there. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  name: string
  generateName?: string
  namespace?: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
  generation?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
}

/** An object as the store holds it. Held objects are frozen: `structuredClone` one to change it. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** An object on its way in: the store adds what is missing. */
export interface NewObject {
  apiVersion: string
  kind: string
  metadata: Partial<ObjectMeta>
  [field: string]: unknown
}

/** What a table of `kubectl get` shows of a kind, besides name and age. */
export interface Column<T> {
  name: string
  /** `age` is a moment, shown as the time since; another text is shown as it is. */
  type?: 'string' | 'integer' | 'boolean' | 'age'
  /** Shown with `-o wide` only. */
  wide?: boolean
  value(object: T): string | number
}

/** Reads one text of an object. (Declared as a method, so that a `Kind<Job>` is a `Kind`.) */
export type Read<T> = { read(object: T): string }['read']

export type Subresource = 'status' | 'log' | 'binding' | 'scale' | 'approval' | 'token'

/** One resource type: its names, what it adds to an object, and what it refuses. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames?: readonly string[]
  /** Groups of kinds that kubectl knows, such as `all`. */
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly subresources?: readonly Subresource[]
  /** Verbs that clients may use; all of them when absent. */
  readonly verbs?: readonly string[]
  /** Fields for selectors, besides metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, Read<T>>>
  /** Whether metadata.generation counts changes of the spec, or of spec and annotations. */
  readonly generation?: boolean | 'with annotations'
  /** How a name is checked; RFC 1123 subdomain when absent. */
  readonly name?: 'label' | 'path'
  /** Fields that updates leave as they are. */
  readonly fixed?: readonly string[]
  /** False: who replaces an object must say which version of it. */
  readonly unconditional?: boolean
  /** What a DELETE without propagationPolicy does; Background when absent. */
  readonly propagation?: Propagation
  /** Whether a DELETE is answered with the object; with a Status when absent. */
  readonly returnsDeleted?: boolean
  readonly columns?: readonly Column<T>[]
  /** Puts in what the client left out, before admission; also for updates. */
  defaults?(object: T): void
  /** Called once for a new object after `defaults`: what the server alone decides, such as an initial status. */
  prepare?(object: T): void
  validate?(object: T, old?: T): FieldError[]
  /** Called when a part of an object is written, before `validatePart`: what the server adds to it. */
  prepareUpdate?(object: T, update: PartUpdate<T>): void
  /** What is wrong with a part that is written; without it parts are taken as they are. */
  validatePart?(object: T, old: T, part: Part): FieldError[]
  /** Called after every check: what readers always see, whatever was written. */
  finish?(object: T): void
  /** Seconds that a deletion leaves the object in place; 0 removes it at once. Absent: always 0. */
  grace?(object: T, requested: number | undefined): number
  /** Whether a deleted object stays for another reason than its grace and its finalizers. */
  held?(object: T): boolean
  /** Called when an object is deleted and stays for now. */
  leaving?(object: T): void
}

/** What alone an update changes: the status, a decision on it, the spec (as a scheduler does), or only the metadata. */
export type Part = 'status' | 'approval' | 'binding' | 'metadata'

export interface PartUpdate<T> {
  old: T
  part: Part
  /** Milliseconds since 1970. */
  now: number
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

/** `batch/v1`; of the core group `v1`. */
export const apiVersion = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? version : `${group}/${version}`
