import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { startRootCaPublisher } from '../../../src/sandbox/root-ca.ts'
import { createTestStore, newOf } from '../../support/store.ts'

t.test('every namespace has the CA, and gets it back', async t => {
  const { store } = createTestStore()
  const end = startRootCaPublisher(store, 'PEM')
  store.create(namespaces, newOf(namespaces, 'new'))
  const key = { namespace: 'new', name: 'kube-root-ca.crt' }
  t.strictSame(store.get(configMaps, key)?.data, { 'ca.crt': 'PEM' })
  store.remove(configMaps, key)
  t.ok(store.get(configMaps, key), 'it came back')
  end()
  store.remove(configMaps, key)
  t.notOk(store.get(configMaps, key), 'ended, it leaves things alone')
})
