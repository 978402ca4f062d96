import { apiVersion, type Kind, type KubeObject, type OwnerReference } from '../kind.ts'
import type { Store } from '../store.ts'

// Who controls what: the one owner reference that says `controller`.

/** The controller of an object, if it is of this kind. */
export const controllerOf = ({ metadata }: KubeObject, kind: Kind): OwnerReference | undefined =>
  metadata.ownerReferences?.find(
    owner => owner.controller && owner.kind === kind.kind && owner.apiVersion === apiVersion(kind),
  )

/** What is to stand in the metadata of what an object controls. */
export const controlledBy = ({ metadata }: KubeObject, kind: Kind): OwnerReference => ({
  apiVersion: apiVersion(kind),
  kind: kind.kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** What of a kind an owner of the kind `by` controls, in the order of names. */
export const controlled = <T extends KubeObject>(
  store: Store,
  kind: Kind<T>,
  { owner, by }: { owner: KubeObject; by: Kind },
): T[] =>
  store.list(kind, {
    namespace: owner.metadata.namespace,
    where: object => controllerOf(object, by)?.uid === owner.metadata.uid,
  }).items

/** `namespace/name`, as a work queue has it. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`
