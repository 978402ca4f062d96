import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { roleBindings } from '../../../src/sandbox/kinds/role-binding.ts'
import type { Reply } from '../../../src/sandbox/reply.ts'
import { create, patch, replace, type WriteRequest } from '../../../src/sandbox/write.ts'
import { at } from '../../support/json.ts'
import { createTestStore, found, jobSpec, newOf, refusalOf, writeRequest } from '../../support/store.ts'

const body = ({ body }: Reply): unknown => JSON.parse(typeof body === 'string' ? body : '')

function setup() {
  const { store } = createTestStore()
  store.create(configMaps, newOf(configMaps, 'a', { data: { x: '1' }, metadata: { labels: { l: '1' } } }))
  const warnings: string[] = []
  const request = (given: unknown, fields: Partial<WriteRequest> = {}): WriteRequest =>
    writeRequest(configMaps, given, { name: 'a', warn: text => warnings.push(text), ...fields })
  const patched = (given: unknown, type = 'merge-patch') =>
    patch(store, request(given, { contentType: `application/${type}+json; charset=utf-8` }))
  return { store, request, patched, warnings }
}

t.test('a new object lies where the path says', async t => {
  const { store, request } = setup()
  const reply = create(store, request({ metadata: { name: 'new' } }, { name: '' }))
  t.equal(reply.code, 201)
  t.match(body(reply), { kind: 'ConfigMap', metadata: { name: 'new', namespace: 'ns' } })
  const refused = (metadata: object) => refusalOf(() => create(store, request({ metadata }, { name: '' })))
  t.equal(
    refused({ name: 'n', namespace: 'other' }).message,
    'the namespace of the provided object does not match the namespace sent on the request',
  )
  t.match(refused({ name: 'n', resourceVersion: '1' }), {
    code: 500,
    message: 'resourceVersion should not be set on objects to be created',
  })
})

t.test('a replacement is of the object that the path names', async t => {
  const { store, request } = setup()
  const refused = (metadata: object) => refusalOf(() => replace(store, request({ metadata }))).message
  t.equal(refused({ name: 'b' }), 'the name of the object (b) does not match the name on the URL (a)')
  t.equal(refused({}), 'the name of the object (a based on URL) was undeterminable: name must be provided')
  t.match(body(replace(store, request({ metadata: { name: 'a' }, data: { y: '2' } }))), { data: { y: '2' } })
  t.equal(found(store, configMaps, 'a').metadata.labels, undefined)
})

t.test('a replacement never makes an object', async t => {
  const { store, request } = setup()
  const given = { metadata: { name: 'r' }, roleRef: { kind: 'Role', name: 'x' } }
  t.equal(refusalOf(() => replace(store, request(given, { kind: roleBindings, name: 'r' }))).code, 404)
})

t.test('each kind of patch changes what it names', async t => {
  const { patched } = setup()
  t.strictSame(at(body(patched({ data: { x: null, y: '2' } })), 'data'), { y: '2' })
  t.strictSame(at(body(patched([{ op: 'add', path: '/data/z', value: '3' }], 'json-patch')), 'data'), {
    y: '2',
    z: '3',
  })
  t.strictSame(
    at(body(patched({ metadata: { labels: { l: null } } }, 'strategic-merge-patch')), 'metadata', 'labels'),
    undefined,
  )
})

t.test('patches of other kinds are refused, those of Kubernetes with 501', async t => {
  const { store, request } = setup()
  const code = (contentType: string) => refusalOf(() => patch(store, request({}, { contentType }))).code
  t.equal(code('application/apply-patch+yaml'), 501)
  t.equal(code('application/json'), 415)
  t.equal(code('constructor'), 415)
})

t.test('a patch that leaves no good object is refused', async t => {
  const { patched } = setup()
  const refused = (given: unknown, type?: string) => refusalOf(() => patched(given, type))
  t.match(refused({ data: 7 }), { code: 422, message: /^ "" is invalid: patch: Invalid value: .*ConfigMap\.data/ })
  t.match(refused({ kind: 'Pod' }), { code: 422 })
  t.match(refused('[]').message, 'cannot unmarshal array into Go value of type map[string]interface {}')
  t.match(refused('{').message, 'error decoding patch: ')
  t.match(refused({ metadata: { name: 'b' } }).message, 'does not match the name on the URL (a)')
  t.equal(refused({ metadata: { resourceVersion: '1' } }).code, 409)
  t.equal(refused([{ op: 'remove', path: '/nope' }], 'json-patch').code, 422)
})

t.test('a patch of nothing changes nothing', async t => {
  const { store, patched } = setup()
  const before = store.version()
  patched({})
  t.equal(store.version(), before)
})

t.test('unknown fields of a patch are told of', async t => {
  const { patched, warnings } = setup()
  patched({ foo: 1 })
  t.strictSame(warnings, ['unknown field "foo"'])
})

t.test('the status of an object is written by itself', async t => {
  const { store, request } = setup()
  store.create(jobs, newOf(jobs, 'j', { spec: jobSpec() }))
  const given = { metadata: { name: 'j' }, spec: { parallelism: 9 }, status: { active: 1 } }
  const reply = replace(store, request(given, { kind: jobs, name: 'j', subresource: 'status' }))
  t.match(body(reply), { spec: { parallelism: 1 }, status: { active: 1 } })
})
