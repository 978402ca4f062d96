import t from 'tap'
import { leases } from '../../../../src/sandbox/kinds/lease.ts'
import { createTestStore, found, newOf, refusalOf } from '../../../support/store.ts'

t.test('numbers have limits, and what Kubernetes has turned off is left out', async t => {
  const { store } = createTestStore()
  const create = (spec: object, name = 'a') => store.create(leases, newOf(leases, name, { spec }))
  const refused = (spec: object) => refusalOf(() => create(spec, 'b')).message
  t.strictSame(create({ holderIdentity: 'x', strategy: 'OldestEmulationVersion', preferredHolder: 'y' })['spec'], {
    holderIdentity: 'x',
  })
  t.match(refused({ leaseDurationSeconds: 0 }), 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0')
  t.match(refused({ leaseTransitions: -1 }), 'must be greater than or equal to 0')
  t.ok(create({ leaseDurationSeconds: 1, leaseTransitions: 0 }, 'b'))
})

t.test('who replaces one says which version of it', async t => {
  const { store } = createTestStore()
  store.create(leases, newOf(leases, 'a', { spec: {} }))
  const given = newOf(leases, 'a', { spec: { holderIdentity: 'x' } })
  t.equal(
    refusalOf(() => store.update(leases, given)).message,
    'leases.coordination.k8s.io "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  )
  const { resourceVersion } = found(store, leases, 'a').metadata
  const versioned = { ...given, metadata: { ...given.metadata, resourceVersion } }
  t.equal(store.update(leases, versioned).spec.holderIdentity, 'x')
  t.equal(refusalOf(() => store.update(leases, versioned)).code, 409)
})
