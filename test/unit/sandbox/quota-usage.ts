import t from 'tap'
import { configMaps } from '../../../src/sandbox/kinds/config-map.ts'
import { jobs } from '../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../src/sandbox/kinds/pod.ts'
import { secrets } from '../../../src/sandbox/kinds/secret.ts'
import { amountOf, listed, namesFor, usageOf, usedIn } from '../../../src/sandbox/quota-usage.ts'
import { createTestStore, jobSpec, newOf, podSpec } from '../../support/store.ts'

t.test('a pod takes its requests and limits, any object its place', async t => {
  const { store } = createTestStore()
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } }
  const pod = store.create(pods, newOf(pods, 'p', { spec: podSpec({ resources }) }))
  t.equal(
    listed([...usageOf(pods, pod)]),
    'count/pods=1,cpu=100m,limits.memory=128Mi,memory=64Mi,pods=1,requests.cpu=100m,requests.memory=64Mi',
  )
  const job = store.create(jobs, newOf(jobs, 'j', { spec: jobSpec() }))
  t.equal(listed([...usageOf(jobs, job)]), 'count/jobs.batch=1')
  const map = store.create(configMaps, newOf(configMaps, 'c'))
  t.equal(listed([...usageOf(configMaps, map)]), 'configmaps=1,count/configmaps=1')
  const secret = store.create(secrets, newOf(secrets, 's'))
  t.equal(listed([...usageOf(secrets, secret)]), 'count/secrets=1,secrets=1')
})

t.test('only the names that a kind can take from concern it', async t => {
  const hard = { pods: '1', 'count/jobs.batch': '1', 'limits.cpu': '1', constructor: '1' }
  t.strictSame(namesFor(pods, hard), ['pods', 'limits.cpu'])
  t.strictSame(namesFor(jobs, hard), ['count/jobs.batch'])
  t.strictSame(namesFor(configMaps, hard), [])
})

t.test('what is used is the sum over the namespace, in the form of Kubernetes', async t => {
  const { store } = createTestStore()
  for (const name of ['a', 'b']) {
    store.create(pods, newOf(pods, name, { spec: podSpec({ resources: { limits: { memory: '512Mi' } } }) }))
  }
  t.strictSame(usedIn(store, 'ns', { pods: '9', 'limits.memory': '9', 'requests.cpu': '9' }), {
    pods: '2',
    'limits.memory': '1Gi',
    'requests.cpu': '0',
  })
  t.strictSame(usedIn(store, 'other', { pods: '9' }), { pods: '0' })
  t.equal(amountOf({ a: '2' }, 'a').nano, 2_000_000_000n)
  t.equal(amountOf(undefined, 'a').nano, 0n)
})
