import t from 'tap'
import { checkContentType, decodeObject, parseObject } from '../../../src/sandbox/decode.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { refusalOf } from '../../support/store.ts'

const decode = (value: unknown, fieldValidation = '') => {
  const warnings: string[] = []
  const object = decodeObject(value, { kind: jobs, fieldValidation, warn: text => warnings.push(text) })
  return { object, warnings }
}
const refused = (value: unknown, fieldValidation = '') => refusalOf(() => decode(value, fieldValidation)).message

t.test('unknown fields are told of, ignored or refused', async t => {
  const value = { metadata: { name: 'a' }, spec: { foo: 1 } }
  t.strictSame(decode(value).warnings, ['unknown field "spec.foo"'])
  t.strictSame(decode(value, 'Ignore').warnings, [])
  t.equal(
    refused(value, 'Strict'),
    'Job in version "v1" cannot be handled as a Job: strict decoding error: unknown field "spec.foo"',
  )
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, 1]))
  t.equal(decode(many).warnings.length, 20)
})

t.test('kind and version may be left out, but not be others', async t => {
  t.match(decode({}).object, { apiVersion: 'batch/v1', kind: 'Job', metadata: {} })
  t.ok(decode({ apiVersion: 'batch/v1', kind: 'Job' }))
  t.equal(
    refused({ apiVersion: 'v1', kind: 'Pod' }),
    'Pod in version "v1" cannot be handled as a Job: converting (v1.Pod) to (batch.Job): unknown conversion',
  )
  t.equal(
    refused({ apiVersion: 'v1', kind: 'Job' }),
    'Job in version "v1" cannot be handled as a Job: no kind "Job" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
  )
})

t.test('what is no object is refused', async t => {
  for (const value of [[], 'x', 7, null])
    t.match(refused(value), 'the object provided is unrecognized (must be of type Job)')
  t.match(refused({ spec: 1 }), 'json: cannot unmarshal number into Go struct field Job.spec of type v1.JobSpec')
  t.match(refusalOf(() => parseObject('Job', '{')).message, "couldn't get version/kind; json parse error: ")
})

t.test('no key of a body reaches what objects of JavaScript share', async t => {
  for (const text of [
    '{"__proto__":{"x":1}}',
    '{"a":[{"__proto__":1}]}',
    '{"\\u005f_proto__":{"x":1}}',
    '{"metadata":{"$setElementOrder/__proto__":[]}}',
  ]) {
    t.match(refusalOf(() => parseObject('Job', text)).message, '__proto__', text)
  }
  t.strictSame(parseObject('Job', '{"a":"__proto__"}'), { a: '__proto__' }, 'as a value it is a text')
  t.equal(Reflect.get({}, 'x'), undefined)
})

t.test('of a field that comes twice the last counts', async t => {
  t.strictSame(parseObject('Job', '{"a":1,"a":2}'), { a: 2 })
})

t.test('bodies are JSON', async t => {
  for (const type of [undefined, '', 'application/json', 'Application/JSON; charset=utf-8']) {
    t.doesNotThrow(() => checkContentType(type), type ?? 'none')
  }
  t.equal(refusalOf(() => checkContentType('text/plain')).code, 415)
  t.equal(refusalOf(() => checkContentType('application/yaml')).code, 501)
  t.equal(refusalOf(() => checkContentType('application/vnd.kubernetes.protobuf')).code, 501)
})
