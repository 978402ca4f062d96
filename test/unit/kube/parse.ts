import t from 'tap'
import { Malformed, parseEvent, parseList, parseObject } from '../../../src/kube/parse.ts'
import { Expired } from '../../../src/kube/status.ts'

const job = { metadata: { name: 'a', resourceVersion: '7' } }

t.test('an object has a name', async t => {
  t.same(parseObject('jobs', job), job)
  for (const junk of [undefined, null, 7, 'x', [], {}, { metadata: 7 }, { metadata: {} }, { metadata: { name: 7 } }])
    t.throws(() => parseObject('jobs', junk), Malformed)
})

t.test('a list has a version, items, and perhaps more pages', async t => {
  t.same(parseList('jobs', { metadata: { resourceVersion: '9' }, items: [job] }), {
    items: [job],
    resourceVersion: '9',
    next: undefined,
  })
  t.equal(parseList('jobs', { metadata: { resourceVersion: '9', continue: 'x' }, items: [] }).next, 'x')
  t.equal(parseList('jobs', { metadata: { resourceVersion: '9', continue: '' }, items: [] }).next, undefined)
  t.same(parseList('jobs', { metadata: { resourceVersion: '9' }, items: null }).items, [])
  for (const junk of [
    7,
    {},
    { metadata: {}, items: [] },
    { metadata: { resourceVersion: '9' }, items: 7 },
    { metadata: { resourceVersion: '9' }, items: [7] },
  ])
    t.throws(() => parseList('jobs', junk), Malformed)
})

t.test('an event is a change, or says that nothing changed', async t => {
  for (const type of ['ADDED', 'MODIFIED', 'DELETED'])
    t.same(parseEvent('jobs', JSON.stringify({ type, object: job })), { type, object: job })
  t.same(parseEvent('jobs', JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '8' } } })), {
    type: 'BOOKMARK',
    resourceVersion: '8',
  })
  for (const junk of [
    '',
    '{',
    '7',
    '{}',
    '{"type":"NEW","object":{}}',
    '{"type":"ADDED"}',
    '{"type":"BOOKMARK"}',
    '{"type":"ERROR"}',
  ])
    t.throws(() => parseEvent('jobs', junk), Malformed, junk)
})

t.test('an error ends the watch: too old, or refused', async t => {
  const error = (code: unknown) => JSON.stringify({ type: 'ERROR', object: { code, message: 'x' } })
  t.throws(() => parseEvent('jobs', error(410)), Expired)
  t.throws(() => parseEvent('jobs', error(403)), { code: 'not_allowed', message: /watch a job/ })
  t.throws(() => parseEvent('jobs', error(500)), { code: 'unavailable' })
  t.throws(() => parseEvent('jobs', error('x')), { code: 'unavailable' })
})
