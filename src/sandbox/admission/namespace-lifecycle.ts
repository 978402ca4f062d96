import type { Kind } from '../kind.ts'
import { namespaces } from '../kinds/namespace.ts'
import { forbidden, notFound, type StatusError } from '../status.ts'
import type { Admission } from '../store.ts'

const permanent = ['default', 'kube-system', 'kube-public']

/** Nothing is made in a namespace that is not there, or is on its way out; some namespaces stay. */
export const namespaceLifecycle: Admission = {
  admit({ store, operation, kind, object }) {
    if (operation !== 'CREATE' || !kind.namespaced) return
    const { name, namespace = '' } = object.metadata
    const found = store.get(namespaces, { name: namespace })
    if (found === undefined) throw notFound(namespaces, namespace)
    if (found.metadata.deletionTimestamp !== undefined) throw beingTerminated(kind, { name, namespace })
  },

  validate({ operation, kind, object }) {
    if (operation !== 'DELETE' || kind.plural !== namespaces.plural) return
    const { name } = object.metadata
    if (permanent.includes(name)) throw forbidden(namespaces, { name, why: 'this namespace may not be deleted' })
  },
}

/** Controllers tell this refusal, which they need not repeat, from others by its cause. */
function beingTerminated(kind: Kind, { name, namespace }: { name: string; namespace: string }): StatusError {
  const message = `namespace ${namespace} is being terminated`
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  return forbidden(kind, {
    name,
    why,
    causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  })
}
