import t from 'tap'
import { configMaps } from '../../../../src/sandbox/kinds/config-map.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

const create = (fields: Record<string, unknown>) => {
  const { store } = createTestStore()
  store.create(configMaps, newOf(configMaps, 'a', fields))
  return store
}
const refused = (fields: Record<string, unknown>) => refusalOf(() => create(fields)).message

t.test('keys are safe as names of files', async t => {
  t.ok(create({ data: { 'a.B_c-1': '' }, binaryData: { '.x': '' } }))
  t.match(refused({ data: { 'a b': '' } }), 'data[a b]: Invalid value: "a b": a valid config key must consist of')
  t.match(refused({ data: { '..': '' } }), "must not be '..'")
  t.match(refused({ data: { '..x': '' } }), "must not start with '..'")
  t.match(refused({ data: { ['x'.repeat(254)]: '' } }), 'must be no more than 253 bytes')
  t.match(refused({ data: { a: '' }, binaryData: { a: '' } }), 'duplicate of key present in binaryData')
})

t.test('a megabyte is the most', async t => {
  t.ok(create({ data: { a: 'x'.repeat(1024 * 1024) } }))
  t.match(refused({ data: { a: 'x'.repeat(1024 * 1024), b: 'y' } }), 'Too long: may not be more than 1048576 bytes')
})

t.test('an immutable one stays as it is', async t => {
  const store = create({ data: { a: '1' }, immutable: true })
  const update = (fields: Record<string, unknown>) => () => store.update(configMaps, newOf(configMaps, 'a', fields))
  t.match(refusalOf(update({ data: { a: '2' }, immutable: true })).message, 'data: Forbidden: field is immutable when')
  t.match(refusalOf(update({ data: { a: '1' } })).message, 'immutable: Forbidden')
  t.ok(update({ data: { a: '1' }, immutable: true, metadata: { labels: { a: 'b' } } })())
})
