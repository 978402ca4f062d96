import t from 'tap'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { resourceQuotas } from '../../../src/sandbox/kinds/resource-quota.ts'
import { startQuotaStatus } from '../../../src/sandbox/quota-status.ts'
import { createTestStore, found, newOf, podSpec } from '../../support/store.ts'

t.test('a quota says what is used, from its first moment on', async t => {
  const { store } = createTestStore()
  t.teardown(startQuotaStatus(store))
  const used = () => found(store, resourceQuotas, 'q').status.used
  store.create(resourceQuotas, newOf(resourceQuotas, 'q', { spec: { hard: { pods: '2', 'requests.cpu': '1' } } }))
  t.strictSame(used(), { pods: '0', 'requests.cpu': '0' })
  store.create(pods, newOf(pods, 'p', { spec: podSpec({ resources: { requests: { cpu: '300m' } } }) }))
  t.strictSame(used(), { pods: '1', 'requests.cpu': '300m' })
  const { resourceVersion: _, ...metadata } = found(store, pods, 'p').metadata
  store.update(
    pods,
    { ...found(store, pods, 'p'), metadata, status: { phase: 'Succeeded' } },
    { subresource: 'status' },
  )
  t.strictSame(used(), { pods: '0', 'requests.cpu': '0' }, 'an ended pod uses nothing')
})

t.test('a change of what is allowed shows as well', async t => {
  const { store } = createTestStore()
  t.teardown(startQuotaStatus(store))
  store.create(resourceQuotas, newOf(resourceQuotas, 'q', { spec: { hard: { pods: '2' } } }))
  store.update(resourceQuotas, newOf(resourceQuotas, 'q', { spec: { hard: { 'count/pods': '5' } } }))
  t.strictSame(found(store, resourceQuotas, 'q').status, { hard: { 'count/pods': '5' }, used: { 'count/pods': '0' } })
})
