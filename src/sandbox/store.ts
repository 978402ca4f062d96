import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { User } from './authenticate.ts'
import type { Change, Key } from './collection.ts'
import { same } from './json.ts'
import type { Kind, KubeObject, NewObject, Part, Propagation } from './kind.ts'
import { createLedger, type Held } from './ledger.ts'
import { validateMeta } from './meta.ts'
import { alreadyExists, invalidObject, notFound } from './status.ts'
import {
  countGeneration,
  deleting,
  finalizersFor,
  generateName,
  isReleased,
  newObject,
  nextObject,
  refuseOther,
  refuseOtherDeletion,
  refuseUnversioned,
} from './transitions.ts'

export type { Change, Key } from './collection.ts'
export type { Held } from './ledger.ts'

export interface Filter<T extends KubeObject = KubeObject> {
  /** Absent: all namespaces. */
  namespace?: string | undefined
  /** Only objects that carry all of these labels. */
  labels?: Readonly<Record<string, string>> | undefined
  where?: ((object: T) => boolean) | undefined
}

export interface CreateOptions {
  dryRun?: boolean | undefined
  /** Who asks; absent: the cluster itself, which may do all. */
  user?: User | undefined
}

export interface UpdateOptions extends CreateOptions {
  /** What alone is taken from the new object besides its metadata. */
  subresource?: Part | undefined
}

export interface RemoveOptions {
  /** Absent: as the kind has it, else Background. */
  propagation?: Propagation | undefined
  gracePeriodSeconds?: number | undefined
  /** Preconditions: a 409 when the object has another one. */
  uid?: string | undefined
  resourceVersion?: string | undefined
  dryRun?: boolean | undefined
}

/** A write that admission may complete (`admit`, before validation) or refuse (either, by a StatusError). */
export interface AdmissionRequest {
  store: Store
  operation: 'CREATE' | 'UPDATE' | 'DELETE'
  kind: Kind
  object: KubeObject
  old?: KubeObject | undefined
  /** Absent: the object as a whole. Parts reach admission only where their kind checks them. */
  subresource?: Part | undefined
  /** Absent: the cluster itself. */
  user?: User | undefined
}

export interface Admission {
  admit?(request: AdmissionRequest): void
  validate?(request: AdmissionRequest): void
}

/** Objects in memory, with Kubernetes' rules for changing them. All of it is synchronous; what it gives out is frozen. */
export interface Store {
  readonly kinds: readonly Kind[]
  /** The version of the latest change to anything. */
  version(): number
  /** @throws StatusError 409 AlreadyExists, 422 Invalid, 403 or 404 by admission. */
  create<T extends KubeObject>(kind: Kind<T>, object: NewObject, options?: CreateOptions): T
  get<T extends KubeObject>(kind: Kind<T>, key: Key): T | undefined
  list<T extends KubeObject>(kind: Kind<T>, filter?: Filter<T>): { items: T[]; resourceVersion: string }
  /** A change that changes nothing makes no new version. @throws StatusError 404, 409 Conflict, 422 Invalid. */
  update<T extends KubeObject>(kind: Kind<T>, object: NewObject, options?: UpdateOptions): T
  /** Removes an object, or only marks it as being deleted while something holds it. @throws StatusError 404, 409 Conflict. */
  remove<T extends KubeObject>(kind: Kind<T>, key: Key, options?: RemoveOptions): T
  /** Changes from now on, in order; those made by a listener are told after it has returned. The result ends it. */
  subscribe<T extends KubeObject>(kind: Kind<T>, listener: (change: Change<T>) => void): () => void
  /** Every change of the kind after `version`; undefined when those are no longer all known. */
  since<T extends KubeObject>(kind: Kind<T>, version: number): Change<T>[] | undefined
  /** All objects of the kind as they were at `version`, in order; undefined when that is no longer known. */
  at<T extends KubeObject>(kind: Kind<T>, version: number): readonly T[] | undefined
  /** Forgets the changes of a kind: what knows an older version than the latest has expired. */
  compact(kind: Kind): void
  byUid(uid: string): Held | undefined
  /** Objects that have an owner reference to this uid. */
  ownedBy(uid: string): Held[]
}

export interface StoreOptions {
  kinds: readonly Kind[]
  clock: Clock
  log: Logger
  admission?: readonly Admission[]
  /** How many of each kind's latest changes are kept, at least, for watches to start from. Default 1000. */
  history?: number
}

/**
 * Versions go on from the clock's milliseconds, so that whoever knows an earlier run of this process is told that
 * what it knows has expired.
 */
export function createStore({ kinds, clock, log, admission = [], history = 1000 }: StoreOptions): Store {
  const ledger = createLedger(kinds, { version: Math.max(1, Math.floor(clock.now())), history, log })

  const existing = (kind: Kind, key: Key): KubeObject => {
    const object = ledger.find(kind, key)
    if (object === undefined) throw notFound(kind, key.name)
    return object
  }

  const admit = (request: AdmissionRequest): void => {
    request.kind.defaults?.(request.object)
    for (const plugin of admission) plugin.admit?.(request)
  }

  const check = (request: AdmissionRequest): void => {
    const { kind, object, old } = request
    const errors = [...validateMeta(kind, object, old), ...(kind.validate?.(object, old) ?? [])]
    if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors)
    for (const plugin of admission) plugin.validate?.(request)
  }

  const checkPart = (request: AdmissionRequest & { old: KubeObject; subresource: Part }): void => {
    const { kind, object, old, subresource: part } = request
    kind.prepareUpdate?.(object, { old, part, now: clock.now() })
    if (kind.validatePart === undefined) return
    const errors = kind.validatePart(object, old, part)
    if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors)
    for (const plugin of admission) plugin.validate?.(request)
  }

  function create<T extends KubeObject>(kind: Kind<T>, given: NewObject, { dryRun, user }: CreateOptions = {}): T {
    const object = newObject(kind, given, clock.now())
    const request: AdmissionRequest = { store, operation: 'CREATE', kind, object, user }
    admit(request)
    kind.prepare?.(typed(kind, object))
    check(request)
    kind.finish?.(typed(kind, object))
    const { name, generateName: prefix } = given.metadata
    while (ledger.find(kind, object.metadata) !== undefined) {
      if (name || !prefix) throw alreadyExists(kind, existing(kind, object.metadata).metadata)
      object.metadata.name = generateName(prefix)
    }
    return typed(kind, dryRun ? object : ledger.commit(kind, 'ADDED', { object }))
  }

  function list<T extends KubeObject>(kind: Kind<T>, { namespace, labels, where }: Filter<T> = {}) {
    const wanted = Object.entries(labels ?? {})
    const items: T[] = []
    for (const object of ledger.of(kind).sorted(namespace)) {
      const item = typed(kind, object)
      if (!wanted.every(([label, value]) => object.metadata.labels?.[label] === value)) continue
      if (where === undefined || where(item)) items.push(item)
    }
    return { items, resourceVersion: String(ledger.version()) }
  }

  function update<T extends KubeObject>(kind: Kind<T>, given: NewObject, options: UpdateOptions = {}): T {
    const old = existing(kind, { namespace: given.metadata.namespace, name: given.metadata.name ?? '' })
    refuseUnversioned(kind, given.metadata)
    refuseOther(kind, old, given.metadata)
    const { subresource, user } = options
    const object = nextObject(kind, old, { given, subresource })
    const request = { store, operation: 'UPDATE' as const, kind, object, old, user }
    if (subresource === undefined) {
      admit(request)
      countGeneration(kind, object, old)
      check(request)
    } else checkPart({ ...request, subresource })
    kind.finish?.(typed(kind, object))
    if (same(object, old)) return typed(kind, old)
    if (options.dryRun) return typed(kind, object)
    return typed(kind, ledger.commit(kind, isReleased(kind, object) ? 'DELETED' : 'MODIFIED', { object, old }))
  }

  function remove<T extends KubeObject>(kind: Kind<T>, key: Key, options: RemoveOptions = {}): T {
    const old = existing(kind, key)
    refuseOtherDeletion(kind, old, options)
    for (const plugin of admission) plugin.validate?.({ store, operation: 'DELETE', kind, object: old, old })
    const grace = kind.grace?.(typed(kind, old), options.gracePeriodSeconds) ?? 0
    const finalizers = finalizersFor(old, options.propagation ?? kind.propagation ?? 'Background')
    const object = deleting(kind, old, { finalizers, grace, now: clock.now() })
    if (options.dryRun) return typed(kind, isReleased(kind, object) && !kind.grace ? old : object)
    return typed(kind, bury(kind, old, object))
  }

  /** An object goes at once, or waits as it has been marked. */
  function bury(kind: Kind, old: KubeObject, marked: KubeObject): KubeObject {
    if (isReleased(kind, marked)) return ledger.commit(kind, 'DELETED', { object: kind.grace ? marked : old, old })
    if (old.metadata.deletionTimestamp === undefined) kind.leaving?.(marked)
    return same(marked, old) ? old : ledger.commit(kind, 'MODIFIED', { object: marked, old })
  }

  const store: Store = {
    kinds,
    version: ledger.version,
    create,
    get: (kind, key) => maybe(kind, ledger.find(kind, key)),
    list,
    update,
    remove,
    subscribe: (kind, listener) => ledger.subscribe(kind, change => listener(typedChange(kind, change))),
    since: (kind, version) =>
      ledger
        .of(kind)
        .since(version)
        ?.map(change => typedChange(kind, change)),
    at: (kind, version) =>
      ledger
        .of(kind)
        .at(version)
        ?.map(object => typed(kind, object)),
    compact: kind => ledger.of(kind).compact(ledger.version()),
    byUid: ledger.byUid,
    ownedBy: ledger.ownedBy,
  }
  return store
}

/** An object of a kind has the kind's type: it came in through the kind's own checks. */
function typed<T extends KubeObject>(_kind: Kind<T>, object: KubeObject): T {
  return object as T
}

function maybe<T extends KubeObject>(_kind: Kind<T>, object: KubeObject | undefined): T | undefined {
  return object as T | undefined
}

function typedChange<T extends KubeObject>(_kind: Kind<T>, change: Change): Change<T> {
  return change as Change<T>
}
