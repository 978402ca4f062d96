import type { Logger } from '../platform/log.ts'
import type { KubeObject } from './kind.ts'
import { namespaces } from './kinds/namespace.ts'
import { StatusError } from './status.ts'
import type { Store } from './store.ts'

/** Empties namespaces that are being deleted, then removes them. The result ends it. */
export function startNamespaceController({ store, log }: { store: Store; log: Logger }): () => void {
  const leaving = new Set<string>()

  const proceed = (name: string): void => {
    const namespace = store.get(namespaces, { name })
    if (namespace === undefined) return void leaving.delete(name)
    if (removeContent(store, name, log)) return
    leaving.delete(name)
    store.update(namespaces, { ...namespace, spec: { finalizers: [] } }, { subresource: 'binding' })
  }

  const ends = [
    store.subscribe(namespaces, ({ type, object }) => {
      const { name, deletionTimestamp } = object.metadata
      if (type === 'DELETED' || deletionTimestamp === undefined || leaving.has(name)) return
      leaving.add(name)
      proceed(name)
    }),
    ...store.kinds
      .filter(kind => kind.namespaced)
      .map(kind =>
        store.subscribe(kind, ({ type, object }) => {
          const { namespace = '' } = object.metadata
          if (type === 'DELETED' && leaving.has(namespace)) proceed(namespace)
        }),
      ),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Whether anything is left that waits for its own end. */
function removeContent(store: Store, namespace: string, log: Logger): boolean {
  const objects = store.kinds
    .filter(kind => kind.namespaced)
    .flatMap(kind => store.list<KubeObject>(kind, { namespace }).items.map(object => ({ kind, object })))
  for (const { kind, object } of objects) {
    const { name, uid, deletionTimestamp } = object.metadata
    if (deletionTimestamp !== undefined) continue
    try {
      store.remove(kind, { namespace, name }, { propagation: 'Background', uid })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      log.debug({ err: error, namespace, name }, 'gone before it was removed')
    }
  }
  return store.kinds.some(kind => kind.namespaced && store.list(kind, { namespace }).items.length > 0)
}
