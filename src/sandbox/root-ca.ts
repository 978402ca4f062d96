import { keepInEachNamespace } from './in-each-namespace.ts'
import { configMaps } from './kinds/config-map.ts'
import type { Store } from './store.ts'

const metadata = {
  name: 'kube-root-ca.crt',
  annotations: {
    'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver.',
  },
}

/** Every namespace has the CA in a ConfigMap, which comes back when it is removed. The result ends it. */
export const startRootCaPublisher = (store: Store, certificate: string): (() => void) =>
  keepInEachNamespace(store, configMaps, { metadata, data: { 'ca.crt': certificate } })
