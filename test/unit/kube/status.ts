import t, { type Test } from 'tap'
import { Expired, refusalOf } from '../../../src/kube/status.ts'

const asked = { verb: 'create', kind: 'job', name: 'a' }

/** A `Status` as a Kubernetes 1.36 sends it. */
const body = (message: string, more: { reason?: string; details?: object } = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  ...more,
})

const means = (t: Test, refusal: Parameters<typeof refusalOf>[0], expected: object) =>
  t.match(refusalOf(refusal, asked), expected)

t.test('a quota that is used up is told in numbers', async t => {
  means(
    t,
    {
      status: 403,
      body: body(
        'jobs.batch "a" is forbidden: exceeded quota: tool-a, requested: count/jobs.batch=1,requests.cpu=500m, used: count/jobs.batch=15,requests.cpu=2, limited: count/jobs.batch=15,requests.cpu=2',
        { reason: 'Forbidden' },
      ),
    },
    {
      code: 'quota',
      message:
        "The tool's quota is used up: count/jobs.batch: requested 1, used 15 of 15; requests.cpu: requested 500m, used 2 of 2",
    },
  )
  means(
    t,
    { status: 403, body: body('pods "a" is forbidden: exceeded quota: strange') },
    {
      code: 'quota',
      message: /is used up: pods "a" is forbidden: exceeded quota: strange/,
    },
  )
})

t.test('limits of the namespace are told as they are', async t => {
  means(
    t,
    { status: 403, body: body('pods "a" is forbidden: maximum memory usage per Container is 4Gi, but limit is 8Gi') },
    {
      code: 'quota',
      message: "The tool's limits do not allow this: maximum memory usage per Container is 4Gi, but limit is 8Gi",
    },
  )
  means(
    t,
    { status: 403, body: body('pods "a" is forbidden: failed quota: q: must specify limits.cpu for: job') },
    {
      code: 'quota',
      message: /must specify limits\.cpu/,
    },
  )
})

t.test("a webhook's and a policy's no comes with its reason, whatever its status", async t => {
  for (const status of [400, 403, 422, 500])
    means(
      t,
      { status, body: body('admission webhook "v.example.org" denied the request: no such image\nhere') },
      {
        code: 'admission',
        message: "The cluster's rules refuse this: no such image?here",
      },
    )
  means(
    t,
    { status: 400, body: body('admission webhook "v.example.org" denied the request') },
    {
      code: 'admission',
      message: /no reason was given/,
    },
  )
  means(
    t,
    {
      status: 422,
      body: body(
        "jobs.batch \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: images must be ours",
        {
          reason: 'Invalid',
        },
      ),
    },
    { code: 'admission', message: "The cluster's rules refuse this: images must be ours" },
  )
  means(
    t,
    { status: 403, body: body('pods "a" is forbidden: violates PodSecurity "baseline:latest": hostPath volumes') },
    {
      code: 'admission',
      message: /violates PodSecurity/,
    },
  )
  means(
    t,
    { status: 500, body: body('Internal error occurred: failed calling webhook "v": context deadline exceeded') },
    {
      code: 'unavailable',
      retryAfter: 2,
    },
  )
})

t.test('who may not, is told so; a namespace that ends, too', async t => {
  means(
    t,
    {
      status: 403,
      body: body(
        'jobs.batch is forbidden: User "a" cannot create resource "jobs" in API group "batch" in the namespace "tool-b"',
      ),
    },
    { code: 'not_allowed', message: /^The cluster does not let the tool create the job "a"\. .*ask an administrator$/ },
  )
  const causes = [
    { reason: 'NamespaceTerminating', message: 'namespace x is being terminated', field: 'metadata.namespace' },
  ]
  means(
    t,
    { status: 403, body: body('x', { details: { causes } }) },
    { code: 'not_allowed', message: /tool is being removed/ },
  )
  means(
    t,
    { status: 403, body: body('unable to create new content in namespace x because it is being terminated') },
    {
      code: 'not_allowed',
      message: /tool is being removed/,
    },
  )
})

t.test("a certificate that the cluster refuses is the home's fault, not the caller's", async t => {
  means(
    t,
    { status: 401, body: body('Unauthorized') },
    {
      code: 'not_allowed',
      message: /The cluster refuses the certificate in the tool's home/,
    },
  )
})

t.test('what is not there, is there already, changes or is being deleted', async t => {
  means(
    t,
    { status: 404, body: body('jobs.batch "a" not found') },
    { code: 'not_found', message: 'There is no job "a"' },
  )
  means(
    t,
    { status: 409, body: body('jobs.batch "a" already exists', { reason: 'AlreadyExists' }) },
    {
      code: 'exists',
      message: 'The job "a" exists already',
    },
  )
  means(
    t,
    { status: 409, body: body('object is being deleted: jobs.batch "a" already exists', { reason: 'AlreadyExists' }) },
    {
      code: 'conflict',
      message: /The job "a" is still being deleted/,
    },
  )
  means(t, { status: 409, body: body('Operation cannot be fulfilled', { reason: 'Conflict' }) }, { code: 'conflict' })
})

t.test('what the cluster finds wrong is told with its causes', async t => {
  const causes = [
    { reason: 'FieldValueRequired', field: 'spec.image', message: 'Required value' },
    { reason: 'FieldValueInvalid', field: 'metadata.name', message: 'Invalid value: "A"' },
  ]
  means(
    t,
    { status: 422, body: body('Job.batch "a" is invalid', { reason: 'Invalid', details: { causes } }) },
    {
      code: 'bad_request',
      message: 'The cluster refuses the job "a": spec.image: Required value; metadata.name: Invalid value: "A"',
    },
  )
  const [uid, immutable] = ['metadata.uid', 'Invalid value: "u": field is immutable']
  const another = [{ reason: 'FieldValueInvalid', field: uid, message: immutable }]
  means(
    t,
    { status: 422, body: body('Job.batch "a" is invalid', { reason: 'Invalid', details: { causes: another } }) },
    { code: 'conflict', message: 'The job "a" was changed by somebody else meanwhile; try again' },
  )
  means(
    t,
    { status: 422, body: body('Job.batch "a" is invalid') },
    { code: 'bad_request', message: /: Job\.batch "a" is invalid$/ },
  )
  means(
    t,
    { status: 400, body: body('quantities must match') },
    { code: 'bad_request', message: /quantities must match/ },
  )
  means(
    t,
    { status: 413, body: body('limit is 3145728') },
    { code: 'too_large', message: 'The job "a" is too large for the cluster' },
  )
})

t.test('a cluster that is busy or ill says when to come back', async t => {
  means(
    t,
    { status: 429, body: body('busy'), retryAfter: 7 },
    { code: 'unavailable', retryAfter: 7, message: /try again in 7 s/ },
  )
  means(
    t,
    { status: 429, body: body('busy', { details: { retryAfterSeconds: 3 } }) },
    { code: 'unavailable', retryAfter: 3 },
  )
  for (const status of [500, 502, 503, 504]) means(t, { status, body: 'text' }, { code: 'unavailable', retryAfter: 2 })
})

t.test('anything else is no refusal for a client to read', async t => {
  for (const status of [302, 405, 418, 501]) {
    const error = refusalOf({ status, body: body('x') }, asked)
    t.equal(error.name, 'Error')
    t.match(error.message, new RegExp(`unexpectedly: ${status} `))
  }
})

t.test("the cluster's words are in the cause, for the log", async t => {
  const error = refusalOf({ status: 404, body: body('jobs.batch "a" not found', { reason: 'NotFound' }) }, asked)
  t.match(error.cause, { message: '404 NotFound: jobs.batch "a" not found' })
})

t.test('a body that is no Status harms nothing', async t => {
  for (const junk of [
    undefined,
    null,
    7,
    'text',
    [],
    { details: 7 },
    { details: { causes: [null, 7] } },
    { message: {} },
  ])
    for (const status of [400, 403, 409, 422, 500]) t.ok(refusalOf({ status, body: junk }, asked) instanceof Error)
})

t.test('without a name the kind is told', async t => {
  t.match(refusalOf({ status: 403, body: body('x') }, { verb: 'list', kind: 'job' }), {
    message: /let the tool list a job\./,
  })
})

t.test('only what names a version can be too old; a write that is told so is refused for now', async t => {
  const refusal = { status: 410, body: { reason: 'Expired', message: 'too old' } }
  for (const verb of ['list', 'watch']) t.type(refusalOf(refusal, { verb, kind: 'job' }), Expired, verb)
  for (const verb of ['create', 'change', 'delete'])
    t.match(refusalOf(refusal, { verb, kind: 'job', name: 'a' }), { code: 'unavailable' }, verb)
})
