import t from 'tap'
import type { KubePod } from '../../../src/jobs/wire.ts'
import { kept, openedTogether, watchedFields } from '../../../src/kube/viewed-kinds.ts'

t.test('what nobody reads is left out, and what is kept cannot be changed', async t => {
  const managedFields = [{ manager: 'x' }]
  const container = { name: 'job', image: 'i', resources: { limits: { cpu: '1' } } }
  const unread = { env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'v', mountPath: '/v' }] }
  const pod: KubePod = {
    metadata: { name: 'p', labels: { a: 'b' }, managedFields },
    spec: {
      nodeName: 'n',
      volumes: [{ name: 'v' }],
      tolerations: [{ key: 'x' }],
      containers: [{ ...container, ...unread }],
      initContainers: [{ ...container, ...unread }],
    },
    status: { phase: 'Running' },
  }
  const small = kept('pods', pod)
  t.strictSame(small, {
    metadata: { name: 'p', labels: { a: 'b' } },
    spec: { nodeName: 'n', containers: [container], initContainers: [container] },
    status: { phase: 'Running' },
  })
  t.throws(() => Object.assign(small.metadata?.labels ?? {}, { a: 'c' }), TypeError)
  t.throws(() => small.spec?.containers.push(container), TypeError)
  t.strictSame(kept('pods', { metadata: { name: 'p' } }), { metadata: { name: 'p' } })
})

t.test('a job is kept whole but for the managed fields', async t => {
  const job = {
    metadata: { name: 'a', managedFields: [] },
    spec: { template: { spec: { containers: [], volumes: [] } } },
  }
  t.strictSame(kept('jobs', job), { metadata: { name: 'a' }, spec: job.spec })
})

t.test('the kinds that are opened together are viewed; what only configures is not', async t => {
  for (const kind of openedTogether) t.ok(watchedFields(kind), kind)
  for (const kind of ['configmaps', 'namespaces', 'services', 'ingresses'] as const)
    t.equal(watchedFields(kind), undefined, kind)
})

t.test('of who wrote a scheduled job only the times stay: they tell since when its schedule has held', async t => {
  const time = '2026-11-22T10:00:00Z'
  const managedFields = [
    { manager: 'x', operation: 'Update', time, fieldsV1: { a: {} } },
    { manager: 'y', subresource: 'status' },
  ]
  const spec = { schedule: '@daily', jobTemplate: {} }
  t.same(kept('cronjobs', { metadata: { name: 'c', managedFields }, spec }).metadata, {
    name: 'c',
    managedFields: [{ time }, { subresource: 'status' }],
  })
  t.same(kept('cronjobs', { metadata: { name: 'c' }, spec }).metadata, { name: 'c' })
})
