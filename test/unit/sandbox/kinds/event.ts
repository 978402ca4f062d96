import t from 'tap'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

t.test('an event lies in the namespace of what it is about', async t => {
  const { store } = createTestStore()
  const create = (namespace: string, about?: string) =>
    store.create(
      events,
      newOf(events, 'e', { metadata: { namespace }, involvedObject: about === undefined ? {} : { namespace: about } }),
    )
  t.match(create('ns', 'ns'), { eventTime: null, source: {}, reportingComponent: '', reportingInstance: '' })
  t.ok(create('default'))
  t.match(
    refusalOf(() => create('ns', 'other')).message,
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  )
})

t.test('events are found by what they are about', async t => {
  const { store } = createTestStore()
  const involvedObject = { kind: 'Job', name: 'a', namespace: 'ns', uid: 'u' }
  const event = store.create(events, newOf(events, 'e', { involvedObject, type: 'Normal', source: { component: 'c' } }))
  const read = (field: string) => events.fields?.[field]?.(event)
  t.equal(read('involvedObject.kind'), 'Job')
  t.equal(read('involvedObject.uid'), 'u')
  t.equal(read('type'), 'Normal')
  t.equal(read('source'), 'c')
  t.equal(read('reason'), '')
})
