import t from 'tap'
import { isWithin, matcherOf } from '../../../src/kube/selectors.ts'

const event = {
  metadata: { name: 'x', namespace: 'tool-a', labels: { a: 'b', c: '' } },
  type: 'Warning',
  involvedObject: { kind: 'Job', uid: 'u-1' },
}

t.test('labels and fields must all have their values', async t => {
  const cases: [Parameters<typeof matcherOf>[1], boolean][] = [
    [{}, true],
    [{ labels: { a: 'b' } }, true],
    [{ labels: { a: 'b', c: '' } }, true],
    [{ labels: { a: 'c' } }, false],
    [{ labels: { d: '' } }, false],
    [{ fields: { type: 'Warning' } }, true],
    [{ fields: { type: 'Warning', 'involvedObject.uid': 'u-2' } }, false],
    [{ fields: { 'involvedObject.uid': 'u-1', 'metadata.name': 'x' } }, true],
    [{ fields: { reason: '' } }, true],
    [{ labels: { a: 'b' }, fields: { reason: 'X' } }, false],
  ]
  for (const [selector, is] of cases) t.equal(matcherOf('events', selector)?.(event), is, JSON.stringify(selector))
  t.equal(matcherOf('jobs', { labels: { a: 'b' } })?.({}), false)
})

t.test('a field of which the cluster knows more is not looked at here', async t => {
  t.equal(matcherOf('events', { fields: { source: 'x' } }), undefined)
  t.equal(matcherOf('jobs', { fields: { type: 'Warning' } }), undefined)
  t.equal(matcherOf('jobs', { fields: { 'metadata.name': 'x', 'status.successful': '1' } }), undefined)
  t.ok(matcherOf('pods', { fields: { 'status.phase': 'Running' } }))
})

t.test('what can be no label is refused as when the cluster is asked', async t => {
  t.throws(() => matcherOf('jobs', { labels: { a: 'b,c=d' } }), RangeError)
})

t.test('a narrower selector asks for all that the wider one does', async t => {
  t.equal(isWithin({}, undefined), true)
  t.equal(isWithin({ type: 'Warning' }, { type: 'Warning', reason: 'X' }), true)
  t.equal(isWithin({ type: 'Warning' }, { reason: 'X' }), false)
  t.equal(isWithin({ type: 'Warning' }, { type: 'Normal' }), false)
  t.equal(isWithin({ type: 'Warning' }, undefined), false)
})
