import { apiVersion, type Kind, type KubeObject } from './kind.ts'
import { namespaces } from './kinds/namespace.ts'
import type { Store } from './store.ts'

/** What an object has besides its namespace. */
export interface Template {
  metadata: { name: string; annotations?: Record<string, string> }
  [field: string]: unknown
}

/** Each namespace has such an object, which comes back when it is removed. The result ends it. */
export function keepInEachNamespace(store: Store, kind: Kind<KubeObject>, template: Template): () => void {
  const { name } = template.metadata
  const ensure = (namespace: string): void => {
    const found = store.get(namespaces, { name: namespace })
    const isGone = found === undefined || found.metadata.deletionTimestamp !== undefined
    if (isGone || store.get(kind, { namespace, name }) !== undefined) return
    const metadata = { ...template.metadata, namespace }
    store.create(kind, { apiVersion: apiVersion(kind), kind: kind.kind, ...template, metadata })
  }

  const ends = [
    store.subscribe(namespaces, ({ type, object }) => {
      if (type === 'ADDED') ensure(object.metadata.name)
    }),
    store.subscribe(kind, ({ type, object }) => {
      if (type === 'DELETED' && object.metadata.name === name) ensure(object.metadata.namespace ?? '')
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
