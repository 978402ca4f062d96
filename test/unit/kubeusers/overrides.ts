import t from 'tap'
import { parseOverrides } from '../../../src/kubeusers/overrides.ts'

t.test('each amount sets what it is for', async t => {
  const rows: [string, object, object][] = [
    ['cpu: 4', { 'requests.cpu': '4', 'limits.cpu': '4' }, {}],
    ['memory: 8Gi', { 'requests.memory': '8Gi', 'limits.memory': '8Gi' }, {}],
    ['pods: 20', { pods: '20' }, {}],
    ['pod_cpu: 500m', {}, { cpu: '500m' }],
    ['pod_memory: 8Gi', {}, { memory: '8Gi' }],
    ['jobs: 30', { 'count/jobs.batch': '30' }, {}],
    ['cronjobs: 30', { 'count/cronjobs.batch': '30' }, {}],
    ['deployments: 0', { 'count/deployments.apps': '0' }, {}],
    ['services: 3', { services: '3' }, {}],
    ['configmaps: 3', { configmaps: '3' }, {}],
    ['secrets: 3', { secrets: '3' }, {}],
  ]
  for (const [text, hard, max] of rows) {
    const overrides = parseOverrides(`tools: {a: {${text}}}`)
    t.strictSame([...overrides], [['a', { version: undefined, hard, max }]], text)
  }
})

t.test('a version is any text or number', async t => {
  const versions = parseOverrides('tools: {a: {version: 3}, b: {version: "T12345", pods: 5}}')
  t.strictSame(versions.get('a'), { version: '3', hard: {}, max: {} })
  t.strictSame(versions.get('b'), { version: 'T12345', hard: { pods: '5' }, max: {} })
})

t.test('a file with nothing in it has no overrides', async t => {
  for (const text of ['', '# none', 'tools: {}']) t.equal(parseOverrides(text).size, 0)
})

t.test('what is wrong is named, and nothing of the file is taken', async t => {
  const rows: [string, RegExp][] = [
    ['tools: {a: {cpu: much}}', /^tools\.a\.cpu: "much" is not a quantity$/],
    ['tools: {b: {cpu: 1}, a: {memory: "-5Gi"}}', /^tools\.a\.memory: "-5Gi" is less than nothing$/],
    ['tools: {a: {pods: 0}}', /^tools\.a\.pods: must be at least 1; to shut a tool off, disable it/],
    ['tools: {a: {pods: 0k}}', /must be at least 1/],
    ['tools: {a: {cpus: 1}}', /tools/],
    ['tools: {A_b: {cpu: 1}}', /tools/],
    ['tools: {a: {cpu: -1}}', /tools\.a\.cpu/],
    ['tools: {a: {cpu: [1]}}', /tools\.a\.cpu/],
    ['tools: [a]', /tools/],
    ['tool: {}', /./],
    ['text', /^the file: /],
    ['tools: {a: {cpu: 1}', /./],
  ]
  for (const [text, message] of rows) t.throws(() => parseOverrides(text), { message }, text)
})
