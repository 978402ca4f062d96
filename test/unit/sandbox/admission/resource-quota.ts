import t from 'tap'
import { resourceQuota } from '../../../../src/sandbox/admission/resource-quota.ts'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import { resourceQuotas } from '../../../../src/sandbox/kinds/resource-quota.ts'
import { createTestStore, found, jobSpec, newOf, podSpec, refusalOf } from '../../../support/store.ts'

function setup(hard: Record<string, string>) {
  const { store } = createTestStore({ admission: [resourceQuota] })
  store.create(resourceQuotas, newOf(resourceQuotas, 'q', { spec: { hard } }))
  const create = (name: string, resources: object = {}) =>
    store.create(pods, newOf(pods, name, { spec: podSpec({ resources }) }))
  return { store, create }
}

t.test('objects are counted', async t => {
  const { store } = setup({ 'count/jobs.batch': '1' })
  const create = (name: string) => store.create(jobs, newOf(jobs, name, { spec: jobSpec() }))
  create('a')
  t.equal(
    refusalOf(() => create('b')).message,
    'jobs.batch "b" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1',
  )
  t.equal(refusalOf(() => create('a')).code, 403, 'the quota speaks before the name')
})

t.test('amounts are added up, and only what is exceeded is named', async t => {
  const { create } = setup({ pods: '5', 'requests.cpu': '300m', 'limits.memory': '1Gi' })
  create('a', { requests: { cpu: '200m' }, limits: { memory: '512Mi' } })
  t.equal(
    refusalOf(() => create('b', { requests: { cpu: '0.2' }, limits: { memory: '0.5Gi' } })).message,
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=200m, limited: requests.cpu=300m',
  )
  t.ok(create('c', { requests: { cpu: '100m' }, limits: { memory: '512Mi' } }))
})

t.test('where cpu or memory is limited, a container must say what it wants', async t => {
  const { create } = setup({ 'requests.cpu': '1', 'limits.memory': '1Gi' })
  t.equal(
    refusalOf(() => create('a', { requests: { cpu: '1' } })).message,
    'pods "a" is forbidden: failed quota: q: must specify limits.memory for: job',
  )
  t.equal(
    refusalOf(() => create('a')).message,
    'pods "a" is forbidden: failed quota: q: must specify limits.memory for: job; requests.cpu for: job',
  )
})

t.test('who takes nothing of what is used up is let in', async t => {
  const { store, create } = setup({ pods: '5', 'requests.ephemeral-storage': '1Gi' })
  create('a', { requests: { 'ephemeral-storage': '1Gi' } })
  store.update(resourceQuotas, newOf(resourceQuotas, 'q', { spec: { hard: { 'requests.ephemeral-storage': '1Mi' } } }))
  t.ok(create('b'))
  t.equal(refusalOf(() => create('c', { requests: { 'ephemeral-storage': '1' } })).code, 403)
})

t.test('a pod that has ended makes room', async t => {
  const { store, create } = setup({ pods: '1' })
  create('a')
  t.equal(refusalOf(() => create('b')).code, 403)
  const { resourceVersion: _, ...metadata } = found(store, pods, 'a').metadata
  store.update(pods, { ...found(store, pods, 'a'), metadata, status: { phase: 'Failed' } }, { subresource: 'status' })
  t.ok(create('b'))
})

t.test('another namespace has nothing to do with it', async t => {
  const { store, create } = setup({ pods: '1' })
  create('a')
  t.ok(store.create(pods, newOf(pods, 'a', { metadata: { namespace: 'other' }, spec: podSpec() })))
})
