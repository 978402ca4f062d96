import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { events } from '../../../src/sandbox/kinds/event.ts'
import { duration, tableOf } from '../../../src/sandbox/table.ts'
import { createTestStore, newOf } from '../../support/store.ts'

const now = Date.UTC(2026, 10, 22, 11)
const meta = { resourceVersion: '1' }

t.test('ages are as kubectl writes them', async t => {
  const day = 86_400
  const ages: [number, string][] = [
    [-5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [303, '5m3s'],
    [600, '10m'],
    [179 * 60, '179m'],
    [180 * 60, '3h'],
    [7 * 3600 + 61, '7h1m'],
    [9 * 3600 + 61, '9h'],
    [47 * 3600, '47h'],
    [2 * day + 3 * 3600, '2d3h'],
    [90 * day, '90d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
  ]
  for (const [seconds, text] of ages) t.equal(duration(seconds), text, String(seconds))
})

t.test('a row says what is asked for of its object', async t => {
  const { store } = createTestStore()
  const object = store.create(configMaps, newOf(configMaps, 'a', { data: { x: '1' } }))
  const row = (query: string) => tableOf(configMaps, [object], { meta, query: new URLSearchParams(query), now }).rows[0]
  t.strictSame(row('')?.cells, ['a', 1, '60m'])
  t.match(row('')?.object, { kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
  t.match(row('includeObject=Object')?.object, { kind: 'ConfigMap', data: { x: '1' } })
  t.equal(row('includeObject=None')?.object, null)
})

t.test('a kind may say itself how old it is', async t => {
  const { store } = createTestStore()
  const about = { involvedObject: { namespace: 'ns', kind: 'Job', name: 'j' }, message: 'm' }
  const event = store.create(events, newOf(events, 'e', { ...about, lastTimestamp: '2026-11-22T10:59:00Z' }))
  const { rows, columnDefinitions } = tableOf(events, [event], { meta, query: new URLSearchParams(), now })
  t.strictSame(rows[0]?.cells, ['60s', '', '', 'job/j', 'm'])
  t.equal(columnDefinitions[0]?.type, 'string')
})
