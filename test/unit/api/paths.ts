import t from 'tap'
import { methodsAt, operationIds } from '../../../src/api/paths.ts'
import { operations } from '../../../src/contract/operations.ts'

t.test('every operation is named', async t => {
  t.same(operationIds, Object.keys(operations))
})

t.test('a path knows the methods of all its operations', async t => {
  t.same(methodsAt('/v1/tool/x/jobs'), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST'])
  t.same(methodsAt('/v1/tool/x/jobs/'), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST'])
  t.same(methodsAt('/v1/tool/x/jobs/one'), ['DELETE', 'GET', 'HEAD'])
  t.same(methodsAt('/v1/tool/x/jobs/one/logs'), ['GET'])
  t.same(methodsAt('/v1/tool/x/events'), ['GET'])
  t.same(methodsAt('/api/v1/run/'), ['POST'])
  t.same(methodsAt('/jobs/api/v1/jobs'), ['DELETE', 'GET', 'HEAD', 'POST'])
  t.same(methodsAt('/healthz'), ['GET', 'HEAD'])
  for (const path of ['', '/', '/v1', '/v1/tool/x', '/v1/tool/x/jobs/one/more', '//healthz'])
    t.same(methodsAt(path), [], path)
})
