import t from 'tap'
import { secrets } from '../../../../src/sandbox/kinds/secret.ts'
import { createTestStore, newOf, refusalOf } from '../../../support/store.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const create = (fields: Record<string, unknown>) => {
  const { store } = createTestStore()
  return { store, made: store.create(secrets, newOf(secrets, 'a', fields)) }
}
const refused = (fields: Record<string, unknown>) => refusalOf(() => create(fields)).message

t.test('texts become bytes', async t => {
  const { made } = create({ data: { a: base64('1'), b: '' }, stringData: { a: '2' } })
  t.strictSame(made.data, { a: base64('2'), b: '' })
  t.equal(made.type, 'Opaque')
  t.notOk('stringData' in made)
  t.equal(create({}).made.data, undefined)
})

t.test('keys and size have limits; the size is that of the bytes', async t => {
  t.match(refused({ data: { 'a b': '' } }), 'data[a b]: Invalid value: "a b": a valid config key must consist of')
  t.ok(create({ data: { a: Buffer.alloc(1024 * 1024).toString('base64') } }))
  const large = Buffer.alloc(1024 * 1024 + 1).toString('base64')
  t.equal(refused({ data: { a: large } }), 'Secret "a" is invalid: data: Too long: may not be more than 1048576 bytes')
})

t.test('known types hold what they must', async t => {
  const type = (name: string) => `kubernetes.io/${name}`
  t.match(refused({ type: type('tls'), stringData: { 'tls.crt': '' } }), 'data[tls.key]: Required value')
  t.ok(create({ type: type('tls'), stringData: { 'tls.crt': '', 'tls.key': '' } }))
  t.match(refused({ type: type('basic-auth') }), '[data[username]: Required value, data[password]: Required value]')
  t.ok(create({ type: type('basic-auth'), stringData: { username: '' } }))
  t.match(refused({ type: type('ssh-auth') }), 'data[ssh-privatekey]: Required value')
  t.match(refused({ type: type('dockercfg') }), 'data[.dockercfg]: Required value')
  const config = (text: string) => ({ type: type('dockerconfigjson'), stringData: { '.dockerconfigjson': text } })
  t.match(refused(config('no')), 'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>"')
  t.match(refused(config('[]')), 'cannot unmarshal')
  t.ok(create(config('{}')))
  t.match(refused({ type: type('service-account-token') }), 'annotations[kubernetes.io/service-account.name]: Required')
  t.ok(create({ type: 'of/another' }))
})

t.test('a type never changes, and of an immutable one nothing', async t => {
  const { store } = create({ data: { a: base64('1') }, immutable: true })
  const update = (fields: Record<string, unknown>) => () => store.update(secrets, newOf(secrets, 'a', fields))
  t.match(
    refusalOf(update({ type: 'x', data: { a: base64('1') }, immutable: true })).message,
    'type: Invalid value: "x"',
  )
  t.match(refusalOf(update({ stringData: { a: '2' }, immutable: true })).message, 'data: Forbidden: field is immutable')
  t.match(refusalOf(update({ stringData: { a: '1' } })).message, 'immutable: Forbidden')
  t.ok(update({ stringData: { a: '1' }, immutable: true, metadata: { labels: { a: 'b' } } })())
})
