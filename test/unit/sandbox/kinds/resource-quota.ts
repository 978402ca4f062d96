import t from 'tap'
import { resourceQuotas } from '../../../../src/sandbox/kinds/resource-quota.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

const create = (hard: Record<string, string>) =>
  createTestStore().store.create(
    resourceQuotas,
    newOf(resourceQuotas, 'q', { spec: { hard }, status: { used: { pods: '9' } } }),
  )

t.test('the status is not for those who create it', async t => {
  t.strictSame(create({ pods: '1' }).status, {})
})

t.test('less than nothing cannot be allowed', async t => {
  t.match(
    refusalOf(() => create({ pods: '-1' })).message,
    'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
  )
})

t.test('a quota that counts only some pods is not to be had', async t => {
  const { store } = createTestStore()
  const quota = newOf(resourceQuotas, 'q', { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } })
  t.equal(refusalOf(() => store.create(resourceQuotas, quota)).code, 501)
})

t.test('its table shows what is used of what', async t => {
  const status = { hard: { pods: '2', 'limits.cpu': '1' }, used: { pods: '1' } }
  const cells = resourceQuotas.columns?.map(column => column.value({ ...create({}), status }))
  t.strictSame(cells, ['pods: 1/2', 'limits.cpu: 0/1'])
})
