import t from 'tap'
import { parseFieldSelector, selectedName } from '../../../src/sandbox/field-selector.ts'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { createTestStore, newOf, podSpec, refusalOf } from '../../support/store.ts'

t.test('fields of the metadata and of the kind choose', async t => {
  const { store } = createTestStore()
  const pod = store.create(pods, newOf(pods, 'a', { spec: podSpec() }))
  const matches = (text: string) => parseFieldSelector(pods, text).matches(pod)
  t.ok(matches('metadata.name=a'))
  t.ok(matches('metadata.name==a,metadata.namespace=ns,status.phase=Pending'))
  t.ok(matches('spec.nodeName='))
  t.ok(matches('status.phase!=Running'))
  t.notOk(matches('metadata.name=a,status.phase!=Pending'))
})

t.test('a value may hold an escaped comma', async t => {
  const { store } = createTestStore()
  const pod = store.create(pods, newOf(pods, 'a', { spec: podSpec() }))
  t.notOk(parseFieldSelector(pods, 'metadata.name=a\\,b').matches(pod))
})

t.test('other fields are refused as the API group does', async t => {
  const message = (kind: Parameters<typeof parseFieldSelector>[0], text: string) =>
    refusalOf(() => parseFieldSelector(kind, text)).message
  t.equal(message(jobs, 'status.phase=x'), 'field label "status.phase" not supported for Job')
  t.equal(message(pods, 'foo=x'), 'field label not supported: foo')
  t.equal(
    message(configMaps, 'foo=x'),
    '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  )
  t.equal(message(pods, 'foo'), "invalid selector: 'foo'; can't understand 'foo'")
  t.equal(message(pods, 'constructor=x'), 'field label not supported: constructor')
})

t.test('a selector that can match one name only tells it', async t => {
  t.equal(selectedName('metadata.name=a'), 'a')
  t.equal(selectedName('status.phase=x,metadata.name==a'), 'a')
  t.equal(selectedName('metadata.name!=a'), undefined)
  t.equal(selectedName(''), undefined)
})
