import t from 'tap'
import { hasGroup, hasGroupVersion, hasResource, hasSubresource } from '../../../src/sandbox/elsewhere.ts'
import { kinds } from '../../../src/sandbox/kinds.ts'

t.test('what Kubernetes has is known, and nothing else', async t => {
  t.ok(
    hasResource('batch', 'v1', 'cronjobs') &&
      hasResource('', 'v1', 'secrets') &&
      hasResource('apps', 'v1', 'deployments'),
  )
  t.notOk(
    hasResource('batch', 'v1', 'foos') || hasResource('batch', 'v2', 'jobs') || hasResource('', 'constructor', 'x'),
  )
  t.ok(hasGroup('apps') && hasGroupVersion('apps', 'v1'))
  t.notOk(hasGroup('app') || hasGroupVersion('apps', 'v2'))
  t.ok(hasSubresource('pods', 'exec') && hasSubresource('pods', 'proxy/x'))
  t.notOk(hasSubresource('pods', 'foo') || hasSubresource('constructor', 'name'))
})

t.test('the sandbox has nothing that Kubernetes lacks', async t => {
  for (const { group, version, plural } of kinds) t.ok(hasResource(group, version, plural), plural)
})
