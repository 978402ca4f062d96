import t from 'tap'
import { quietLog } from '../../../src/platform/log.ts'
import { namespaceLifecycle } from '../../../src/sandbox/admission/namespace-lifecycle.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { namespaces } from '../../../src/sandbox/kinds/namespace.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { startNamespaceController } from '../../../src/sandbox/namespaces.ts'
import { createTestStore, newOf, podSpec, refusalOf } from '../../support/store.ts'

function setup() {
  const { store } = createTestStore({ admission: [namespaceLifecycle] })
  const end = startNamespaceController({ store, log: quietLog })
  return { store, end }
}

t.test('a namespace takes all that is in it with it', async t => {
  const { store } = setup()
  store.create(configMaps, newOf(configMaps, 'a'))
  store.create(pods, newOf(pods, 'p', { spec: podSpec() }))
  const removed = store.remove(namespaces, { name: 'ns' })
  t.equal(removed.status.phase, 'Terminating')
  t.equal(store.get(namespaces, { name: 'ns' }), undefined)
  t.strictSame([...store.list(configMaps).items, ...store.list(pods).items], [])
})

t.test('it waits for what takes time, and lets nothing new in', async t => {
  const { store } = setup()
  store.create(pods, newOf(pods, 'p', { spec: { ...podSpec(), nodeName: 'n' } }))
  store.remove(namespaces, { name: 'ns' })
  t.match(store.get(namespaces, { name: 'ns' }), {
    status: { phase: 'Terminating' },
    spec: { finalizers: ['kubernetes'] },
  })
  const { message, status } = refusalOf(() => store.create(configMaps, newOf(configMaps, 'late')))
  t.equal(
    message,
    'configmaps "late" is forbidden: unable to create new content in namespace ns because it is being terminated',
  )
  t.match(status.details?.causes, [{ reason: 'NamespaceTerminating' }])
  store.remove(pods, { namespace: 'ns', name: 'p' }, { gracePeriodSeconds: 0 })
  t.equal(store.get(namespaces, { name: 'ns' }), undefined)
})

t.test('nobody empties a namespace by writing to it', async t => {
  const { store } = setup()
  const written = store.update(namespaces, newOf(namespaces, 'ns', { spec: { finalizers: [] } }))
  t.strictSame(written.spec.finalizers, ['kubernetes'])
})

t.test('ended, it empties nothing', async t => {
  const { store, end } = setup()
  end()
  store.remove(namespaces, { name: 'ns' })
  t.ok(store.get(namespaces, { name: 'ns' }))
})
