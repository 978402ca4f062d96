import { configMaps } from './kinds/config-map.ts'
import { namespaces } from './kinds/namespace.ts'
import type { Store } from './store.ts'

const name = 'kube-root-ca.crt'

/** Every namespace has the CA in a ConfigMap, which comes back when it is removed. The result ends it. */
export function startRootCaPublisher(store: Store, certificate: string): () => void {
  const publish = (namespace: string): void => {
    const found = store.get(namespaces, { name: namespace })
    const gone = found === undefined || found.metadata.deletionTimestamp !== undefined
    if (gone || store.get(configMaps, { namespace, name }) !== undefined) return
    const metadata = {
      name,
      namespace,
      annotations: {
        'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver.',
      },
    }
    store.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': certificate } })
  }

  const ends = [
    store.subscribe(namespaces, ({ type, object }) => {
      if (type === 'ADDED') publish(object.metadata.name)
    }),
    store.subscribe(configMaps, ({ type, object }) => {
      if (type === 'DELETED' && object.metadata.name === name) publish(object.metadata.namespace ?? '')
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
