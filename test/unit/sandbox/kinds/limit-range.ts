import t from 'tap'
import { limitRanges } from '../../../../src/sandbox/kinds/limit-range.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

const create = (...limits: object[]) =>
  createTestStore().store.create(limitRanges, newOf(limitRanges, 'l', { spec: { limits } }))

t.test('a limit for containers fills its own gaps', async t => {
  t.strictSame(create({ type: 'Container', max: { cpu: '1' }, min: { memory: '1Mi' } }).spec.limits, [
    {
      type: 'Container',
      max: { cpu: '1' },
      min: { memory: '1Mi' },
      default: { cpu: '1' },
      defaultRequest: { memory: '1Mi', cpu: '1' },
    },
  ])
  t.strictSame(create({ type: 'Pod', max: { cpu: '1' } }).spec.limits, [{ type: 'Pod', max: { cpu: '1' } }])
})

t.test('bounds that contradict each other are refused', async t => {
  const refused = (limit: object) => refusalOf(() => create(limit)).message
  t.equal(
    refused({ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }),
    'LimitRange "l" is invalid: [spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1, spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1, spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1]',
  )
  t.match(
    refused({ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '1.5' } }),
    'default request value 1.5 is greater than default limit value 1',
  )
  t.match(refused({ type: 'Pod', default: { cpu: '1' } }), "may not be specified when `type` is 'Pod'")
  t.match(refused({ max: { cpu: '1' } }), 'spec.limits[0].type: Invalid value: ""')
})
