import t from 'tap'
import { namespaces } from '../../../../src/sandbox/kinds/namespace.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

t.test('a namespace is active, labelled with its name, and held until it is empty', async t => {
  const { store } = createTestStore()
  const made = store.create(
    namespaces,
    newOf(namespaces, 'a', { metadata: { labels: { 'kubernetes.io/metadata.name': 'lie' } } }),
  )
  t.match(made, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } })
  t.strictSame(made.metadata.labels, { 'kubernetes.io/metadata.name': 'a' })
  const leaving = store.remove(namespaces, { name: 'a' })
  t.match(leaving, { status: { phase: 'Terminating' }, metadata: { deletionTimestamp: String } })
  t.notOk('deletionGracePeriodSeconds' in leaving.metadata)
})

t.test('its name is a label', async t => {
  const { store } = createTestStore()
  t.match(refusalOf(() => store.create(namespaces, newOf(namespaces, 'a.b'))).message, 'must not contain dots')
})
