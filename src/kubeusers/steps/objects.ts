import { isRefusal } from '../../contract/errors.ts'
import type { KindName, ObjectOf } from '../../kube/kinds.ts'
import type { NamespacedCluster } from '../../kube/platform-cluster.ts'
import type { ManifestObject } from '../manifest.ts'
import type { AnnotationPatch } from '../notes.ts'

type Marks = Record<string, unknown>

const marksOf = (metadata: object | undefined, name: 'labels' | 'annotations'): Marks => ({
  ...Object.entries(metadata ?? {}).find(([key]) => key === name)?.[1],
})

/** What identifies an object to the cluster; a binding keeps the role that it was made with. */
const roleOf = (object: object): string => ('roleRef' in object ? JSON.stringify(object.roleRef, roleFields) : '')
const roleFields = ['apiGroup', 'kind', 'name']

/** A manifest is a file's text: it is taken for an object of the kind whose path it is sent to, which the cluster checks. */
const asObject = <K extends KindName>(_kind: K, manifest: ManifestObject): ObjectOf<K> => manifest as ObjectOf<K>

/** The wanted object in the place of the present one, whose other labels and annotations stay. */
function inPlaceOf<K extends KindName>(kind: K, present: ObjectOf<K>, wanted: ManifestObject): ObjectOf<K> {
  const both = (name: 'labels' | 'annotations'): Marks => ({
    ...marksOf(present.metadata, name),
    ...marksOf(wanted.metadata, name),
  })
  const metadata = {
    ...wanted.metadata,
    labels: both('labels'),
    annotations: both('annotations'),
    resourceVersion: present.metadata?.resourceVersion,
  }
  return asObject(kind, { ...wanted, metadata })
}

/** What an object should be, and whether there was none when that was looked at: it is then made without another look. */
export interface Ensured {
  readonly wanted: ManifestObject
  readonly how: 'make' | 'repair'
}

/** Makes an object, or gives the one there is the wanted content. */
export async function ensure<K extends KindName>(
  cluster: NamespacedCluster,
  kind: K,
  { wanted, how }: Ensured,
): Promise<void> {
  const { name } = wanted.metadata
  if (how === 'make')
    try {
      await cluster.create(kind, asObject(kind, wanted))
      return
    } catch (error) {
      if (!isRefusal(error, 'exists')) throw error
    }
  const present = await cluster.get(kind, name)
  if (present === undefined || roleOf(present) !== roleOf(wanted)) {
    const uid = present?.metadata?.uid
    if (uid !== undefined) await cluster.remove(kind, name, { uid })
    await cluster.create(kind, asObject(kind, wanted))
    return
  }
  await cluster.replace(kind, inPlaceOf(kind, present, wanted))
}

/** Writes annotations on a namespace, and takes those away that are null. */
export async function annotate(
  cluster: NamespacedCluster,
  namespace: string,
  annotations: AnnotationPatch,
): Promise<void> {
  await cluster.patch('namespaces', namespace, { patch: { metadata: { annotations } } })
}
