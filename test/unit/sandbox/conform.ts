import fc from 'fast-check'
import t from 'tap'
import { conform, DecodeError } from '../../../src/sandbox/conform.ts'

const known = (value: unknown, struct = 'Job') => conform(value, struct).value
const errorOf = (value: unknown, struct = 'Job'): string => {
  try {
    conform(value, struct)
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
  return 'none'
}

t.test('unknown fields are dropped and named with their path', async t => {
  const { value, unknown } = conform(
    { metadata: { name: 'a', foo: 1 }, spec: { bar: 1, template: { spec: { containers: [{ name: 'x', baz: 2 }] } } } },
    'Job',
  )
  t.strictSame(unknown, ['metadata.foo', 'spec.bar', 'spec.template.spec.containers[0].baz'])
  t.notMatch(JSON.stringify(value), /foo|bar|baz/)
})

t.test('what says nothing is left out, what Kubernetes always has is put in', async t => {
  t.strictSame(known({}), { metadata: {}, spec: { template: { metadata: {}, spec: { containers: [] } } } })
  t.strictSame(
    known({ metadata: { name: 'a', labels: {}, annotations: null, finalizers: [], generateName: '' } }, 'ConfigMap'),
    { metadata: { name: 'a' } },
  )
})

t.test('an empty text stays where it says something', async t => {
  const value = known({ spec: { volumes: [{ hostPath: { path: '/a', type: '' } }] } }, 'Pod')
  t.match(value, { spec: { volumes: [{ hostPath: { type: '' } }] } })
})

t.test('quantities and times have one form', async t => {
  const value = known({ spec: { hard: { cpu: 1, memory: '1024Mi' } } }, 'ResourceQuota')
  t.match(value, { spec: { hard: { cpu: '1', memory: '1Gi' } } })
  const event = known(
    { firstTimestamp: '2026-01-02T04:04:05.9+01:00', eventTime: '2026-01-02T04:04:05.123000+01:00' },
    'Event',
  )
  t.match(event, { firstTimestamp: '2026-01-02T03:04:05Z', eventTime: '2026-01-02T03:04:05.123000Z' })
})

t.test('a value of another type is refused as the decoder of Go does', async t => {
  const go = 'json: cannot unmarshal'
  const errors: [unknown, string][] = [
    [{ spec: { parallelism: 'x' } }, `${go} string into Go struct field JobSpec.spec.parallelism of type int32`],
    [{ spec: { parallelism: 1.5 } }, `${go} number 1.5 into Go struct field JobSpec.spec.parallelism of type int32`],
    [{ spec: { suspend: 1 } }, `${go} number into Go struct field JobSpec.spec.suspend of type bool`],
    [{ metadata: { name: true } }, `${go} bool into Go struct field ObjectMeta.metadata.name of type string`],
    [
      { spec: { template: { spec: { containers: [{ name: 1 }] } } } },
      `${go} number into Go struct field Container.spec.template.spec.containers.name of type string`,
    ],
    [
      { spec: { template: { spec: { containers: {} } } } },
      `${go} object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container`,
    ],
    [{ metadata: { labels: { a: 1 } } }, `${go} number into Go struct field ObjectMeta.metadata.labels of type string`],
    [
      { metadata: { labels: [] } },
      `${go} array into Go struct field ObjectMeta.metadata.labels of type map[string]string`,
    ],
    [{ metadata: 7 }, `${go} number into Go struct field Job.metadata of type v1.ObjectMeta`],
    [[], `${go} array into Go value of type v1.Job`],
    [
      { metadata: { creationTimestamp: 'x' } },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
  ]
  for (const [value, message] of errors) t.equal(errorOf(value), message, message)
  t.match(errorOf({ spec: { hard: { cpu: 'bla' } } }, 'ResourceQuota'), 'quantities must match the regular expression')
  t.match(errorOf({ binaryData: { a: 7 } }, 'ConfigMap'), 'of type []uint8')
})

t.test('bytes are base64 in full, and lose their line breaks', async t => {
  t.strictSame(known({ data: { a: 'YWJj\r\nZA==', b: '' } }, 'Secret')['data'], { a: 'YWJjZA==', b: '' })
  const cases: [text: string, byte: number][] = [
    ['***', 0],
    ['YWJj-GVm', 4],
    ['YWJjZ', 4],
    ['YWJjZA', 4],
    ['YW Jj', 2],
    ['YWJjZA==YWJj', 6],
  ]
  for (const [text, byte] of cases)
    t.equal(errorOf({ data: { a: text } }, 'Secret'), `illegal base64 data at input byte ${byte}`, text)
})

t.test('whatever comes, it conforms or is a DecodeError, and conforming again changes nothing', async t => {
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom('metadata', 'spec', 'data', 'name', 'labels', 'x') }), value => {
      if (errorOf(value, 'ConfigMap') !== 'none') return true
      const once = known(value, 'ConfigMap')
      return JSON.stringify(known(once, 'ConfigMap')) === JSON.stringify(once)
    }),
  )
  t.pass()
})
