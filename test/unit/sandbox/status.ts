import t from 'tap'
import { required } from '../../../src/sandbox/field-error.ts'
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  forbiddenPath,
  invalidObject,
  notFound,
  notImplemented,
  qualified,
  success,
  unauthorized,
} from '../../../src/sandbox/status.ts'

const jobs = { group: 'batch', plural: 'jobs' }
const pods = { group: '', plural: 'pods' }

t.test('a resource is named with its group, but for the core', async t => {
  t.equal(qualified(jobs), 'jobs.batch')
  t.equal(qualified(pods), 'pods')
})

t.test('a refusal is a whole Status', async t => {
  t.strictSame(notFound(jobs, 'a').status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'jobs.batch "a" not found',
    reason: 'NotFound',
    details: { name: 'a', group: 'batch', kind: 'jobs' },
    code: 404,
  })
  t.strictSame(unauthorized().status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  })
})

t.test('what is empty is not in the details', async t => {
  t.strictSame(notFound(pods, 'a').status.details, { name: 'a', kind: 'pods' })
  t.strictSame(success({ name: 'a', group: '', kind: 'pods', uid: 'u' }).details, { name: 'a', kind: 'pods', uid: 'u' })
})

t.test('each refusal has the words of Kubernetes', async t => {
  t.equal(alreadyExists(jobs, { name: 'a' }).message, 'jobs.batch "a" already exists')
  t.equal(
    alreadyExists(jobs, { name: 'a', deletionTimestamp: 'x' }).message,
    'object is being deleted: jobs.batch "a" already exists',
  )
  t.equal(conflict(pods, 'a', 'why').message, 'Operation cannot be fulfilled on pods "a": why')
  t.equal(forbidden(pods, { name: '', why: 'why' }).message, 'pods is forbidden: why')
  t.equal(forbidden(pods, { name: 'a', why: 'why' }).message, 'pods "a" is forbidden: why')
  t.equal(forbiddenPath('why').message, 'forbidden: why')
  t.equal(badRequest('why').code, 400)
})

t.test('an invalid object has its causes', async t => {
  const { status } = invalidObject({ group: 'batch', kind: 'Job' }, 'a', [required('spec.x')])
  t.equal(status.message, 'Job.batch "a" is invalid: spec.x: Required value')
  t.strictSame(status.details, {
    name: 'a',
    group: 'batch',
    kind: 'Job',
    causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.x' }],
  })
  t.equal(status.code, 422)
})

t.test('what is only missing here is never taken for a refusal by Kubernetes', async t => {
  const { code, reason, message } = notImplemented('cronjobs.batch')
  t.equal(code, 501)
  t.equal(reason, 'NotImplemented')
  t.match(message, /cronjobs\.batch/)
})
