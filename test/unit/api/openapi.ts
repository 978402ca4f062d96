import t from 'tap'
import { errorsOf, openapiOf } from '../../../src/api/openapi.ts'
import { operationIds } from '../../../src/api/paths.ts'
import { operations } from '../../../src/contract/operations.ts'
import { at } from '../../support/json.ts'

const document = openapiOf('1.2.3')
const text = JSON.stringify(document)

t.test('every operation is described once, and every path of it is there', async t => {
  const paths = Object.entries(at(document, 'paths') ?? {})
  const ids = paths.flatMap(([, item]) => Object.values(Object(item)).map(operation => at(operation, 'operationId')))
  t.same(ids.filter(id => id !== undefined).sort(), [...operationIds].sort())
  const todays = operationIds.flatMap(id => operations[id].paths.filter(path => !path.startsWith('/jobs/api/v1/')))
  const expected = todays.map(path => path.replace(/:(\w+)/g, '{$1}'))
  t.same(paths.map(([path]) => path).sort(), [...new Set(expected)].sort())
})

t.test('every reference leads somewhere', async t => {
  const pointers = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = '']) => pointer)
  t.ok(pointers.length > 50)
  for (const pointer of new Set(pointers)) {
    const parts = pointer.split('/').map(part => decodeURI(part).replaceAll('~1', '/'))
    t.type(at(document, ...parts), 'object', pointer)
  }
})

t.test('it is JSON Schema and nothing of the library that made it', async t => {
  t.same(JSON.parse(text), document, 'no undefined, no function')
  t.notMatch(text, /~kind|~optional/)
  t.same(at(document, 'components', 'schemas', 'LogLine', 'required'), ['datetime', 'pod', 'container', 'message'])
})

t.test('who needs no certificate is not refused for one', async t => {
  t.notOk(errorsOf('health').includes('not_verified'))
  t.ok(errorsOf('listJobs').includes('not_verified'))
  t.same(at(document, 'paths', '/healthz', 'get', 'security'), [])
  t.same(at(document, 'paths', '/jobs/v1/tool/{tool}/jobs', 'get', 'security'), [{ certificate: [] }])
})
