import t from 'tap'
import { namespaceLifecycle } from '../../../../src/sandbox/admission/namespace-lifecycle.ts'
import { bootstrap } from '../../../../src/sandbox/bootstrap.ts'
import { configMaps } from '../../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../../src/sandbox/kinds/namespace.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

t.test('nothing is made in a namespace that is not there, whatever else is wrong with it', async t => {
  const { store } = createTestStore({ admission: [namespaceLifecycle] })
  const made = newOf(configMaps, 'BAD', { metadata: { namespace: 'nowhere' } })
  t.match(
    refusalOf(() => store.create(configMaps, made)),
    { code: 404, message: 'namespaces "nowhere" not found' },
  )
})

t.test('the namespaces that every cluster has stay', async t => {
  const { store } = createTestStore({ admission: [namespaceLifecycle] })
  bootstrap(store)
  t.equal(
    refusalOf(() => store.remove(namespaces, { name: 'default' })).message,
    'namespaces "default" is forbidden: this namespace may not be deleted',
  )
})
