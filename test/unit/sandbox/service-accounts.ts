import t from 'tap'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { serviceAccounts } from '../../../src/sandbox/kinds/service-account.ts'
import { startServiceAccounts } from '../../../src/sandbox/service-accounts.ts'
import { createTestStore, newOf } from '../../support/store.ts'

t.test('every namespace has a default account, and gets it back', async t => {
  const { store } = createTestStore()
  const end = startServiceAccounts(store)
  store.create(namespaces, newOf(namespaces, 'new'))
  const key = { namespace: 'new', name: 'default' }
  const uid = store.get(serviceAccounts, key)?.metadata.uid
  t.ok(uid)
  store.remove(serviceAccounts, key)
  t.not(store.get(serviceAccounts, key)?.metadata.uid, uid, 'it came back as another')
  t.ok(store.get(serviceAccounts, key))
  store.create(serviceAccounts, { ...newOf(serviceAccounts, 'own'), metadata: { name: 'own', namespace: 'new' } })
  store.remove(serviceAccounts, { ...key, name: 'own' })
  t.notOk(store.get(serviceAccounts, { ...key, name: 'own' }))
  store.remove(namespaces, { name: 'new' })
  store.remove(serviceAccounts, key)
  t.notOk(store.get(serviceAccounts, key), 'not where all is on its way out')
  end()
})
