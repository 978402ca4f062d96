import t from 'tap'
import { exceededBy, refusalCause, shortOf } from '../../../src/jobs/status-refusal.ts'

const quota =
  'pods "one-x" is forbidden: exceeded quota: q, requested: limits.cpu=1,limits.memory=1Gi,requests.memory=512Mi, used: limits.cpu=2,limits.memory=8Gi,requests.memory=4Gi, limited: limits.cpu=2,limits.memory=8Gi,requests.memory=4Gi'

t.test('a refusal of the quota tells what was asked for, used and allowed', async t => {
  t.strictSame(exceededBy(quota), [
    { resource: 'limits.cpu', requested: '1', used: '2', limited: '2' },
    { resource: 'limits.memory', requested: '1Gi', used: '8Gi', limited: '8Gi' },
    { resource: 'requests.memory', requested: '512Mi', used: '4Gi', limited: '4Gi' },
  ])
  const cause = refusalCause(`(combined from similar events): Error creating: ${quota}`)
  t.equal(cause.says, 'Unable to start, out of quota for cpu, memory')
  t.equal(cause.todo, 'it starts by itself when other jobs have ended')
  t.match(cause.findings, [{ object: 'quota', says: 'limits.cpu: asked for 1, in use 2, limit 2' }])
})

t.test('what never fits is told so', async t => {
  const { todo } = refusalCause(
    'exceeded quota: q, requested: limits.memory=9Gi,pods=1, used: limits.memory=0,pods=1, limited: limits.memory=8Gi,pods=1',
  )
  t.equal(todo, 'it asks for more memory than the quota holds in all, so ask for less')
})

t.test('where nothing is allowed, asking for less is no advice', async t => {
  const { todo } = refusalCause('exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0')
  t.equal(todo, 'the quota allows none at all; ask the administrators')
})

t.test('counts have names, and what is not understood has none', async t => {
  t.equal(
    shortOf(exceededBy('requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1')),
    'jobs',
  )
  t.equal(shortOf(exceededBy('requested: \u001b[2J=1, used: x')), 'this kind of job')
  t.equal(refusalCause('exceeded quota').says, 'Unable to start, out of quota for this kind of job')
})

const refusals: [string, string][] = [
  ['pods "a" is forbidden: maximum memory usage per Container is 2Gi, but limit is 4Gi', 'limit_range'],
  ['pods "a" is forbidden: minimum cpu usage per Pod is 50m, but request is 10m', 'limit_range'],
  [
    'pods "a" is forbidden: memory max limit to request ratio per Container is 2, but provided ratio is 4',
    'limit_range',
  ],
  ['pods "a" is forbidden: failed quota: q: must specify limits.cpu', 'admission_denied'],
  ['admission webhook "x.example" denied the request: no', 'admission_denied'],
  ["ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", 'admission_denied'],
  ['Pod "a" is invalid: spec.containers: Required value', 'config_error'],
  ['Internal error occurred: failed calling webhook "x": context deadline exceeded', 'cluster_trouble'],
  ['etcdserver: request timed out', 'cluster_trouble'],
]
for (const [message, code] of refusals)
  t.test(`${code}: ${message}`, async t => {
    t.equal(refusalCause(`Error creating: ${message}`).code, code)
  })
