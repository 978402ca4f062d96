import t from 'tap'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import { batchPath, job, jobNames, named, params, roomy, run, startJobs, tool } from '../../support/jobs-api.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('flush deletes all jobs of the tool, and nothing that was made otherwise', async t => {
  const { client, admin, setQuota } = await startJobs(t, { pods: 'none', tools: [tool, 'tf-other'] })
  await setQuota(roomy)
  const foreign = {
    metadata: { name: 'theirs' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
  }
  t.equal((await admin.call('POST', batchPath('jobs'), { body: foreign })).status, 201)
  await run(client, { name: 'a' })
  await run(client, { name: 'b' })
  t.strictSame(await jobNames(client), ['a', 'b'], 'sorted, and only ours')
  await t.rejects(client.call('showJob', named('theirs')), { message: /\S/, status: 404 })
  await t.rejects(client.call('deleteJob', named('theirs')), { message: /\S/, status: 404 })
  await t.rejects(run(client, { name: 'theirs' }), { status: 409, message: /was not made here/ })
  await client.call('flushJobs', { params })
  t.strictSame(await jobNames(client), [])
  t.equal((await admin.call('GET', batchPath('jobs', 'theirs'))).status, 200)
  await client.call('flushJobs', { params })
})

t.test('what was not set is left out for a dump, which can be loaded again', async t => {
  const { client, raw } = await startJobs(t, { pods: 'none' })
  const sent = job({ memory: '0.5Gi', emails: 'onfailure', retry: 2 })
  await client.call('createJob', { params, body: sent })
  const { body } = await raw.call('GET', '/jobs/v1/tool/tf-test/jobs/?include_unset=False')
  const { jobs } = await client.call('listJobs', { params, query: { include_unset: 'False' } })
  t.match(body, { jobs })
  const [dumped] = jobs
  if (dumped === undefined) return t.fail('no job')
  const { status, status_short, status_long, image_state, ...given } = dumped
  t.strictSame({ ...given }, { ...sent, job_type: 'one-off' })
  const full = (await client.call('listJobs', { params, query: { include_unset: 'True' } })).jobs[0]
  t.match(full, {
    ...given,
    cpu: '100m',
    mount: 'all',
    image: /bookworm/,
    image_state,
    status,
    status_short,
    status_long,
  })
})

t.test('images and quota are shown in words', async t => {
  const { client } = await startJobs(t, { pods: 'none' })
  const { images } = await client.call('listImages', { params })
  const names = images.map(({ shortname }) => shortname)
  t.ok(names.includes('python3.11'))
  t.notOk(names.includes('bullseye'), 'deprecated')
  t.strictSame(names, names.toSorted())
  await run(client)
  const used = await waitUntil('the job to be counted', async () => {
    const { categories } = (await client.call('showQuota', { params })).quota
    return categories[0]?.items[1]?.used === '1' && categories
  })
  t.match(used, [
    { name: 'Running jobs', items: [{ limit: '10' }, { limit: '15', used: '1' }, { limit: '8' }, { limit: '8Gi' }] },
    {
      name: 'Per-job limits',
      items: [
        { name: 'CPU', limit: '1' },
        { name: 'Memory', limit: '4Gi' },
      ],
    },
    {
      name: 'Job definitions',
      items: [
        { limit: '50', used: '0' },
        { limit: '3', used: '0' },
      ],
    },
  ])
})

t.test('what a job may not ask for is refused, and nothing is made', async t => {
  const { client } = await startJobs(t, { pods: 'none' })
  const refusals: [Partial<JobAsSent>, RegExp][] = [
    [{ mount: 'none' }, /^Mount type none is only supported for build service images$/],
    [{ imagename: 'x\u001b[2J' }, /^No such image 'x\?\[2J'\. Use one of: .*bookworm/],
    [{ memory: '5Gi' }, /^Requested memory 5Gi is over maximum allowed per container \(4Gi\)$/],
    [{ memory: '50Mi' }, /^Requested memory 50Mi is less than minimum required per container \(100Mi\)$/],
    [{ cpu: '2' }, /^Requested cpu 2 is over maximum/],
    [{ cmd: ' ' }, /^cmd: .* blank$/],
    [{ filelog: true, filelog_stdout: '/etc/passwd' }, /^filelog_stdout: '\/etc\/passwd' must lie in the tool's home/],
    [{ filelog: true, filelog_stdout: '../tf-other/x' }, /^filelog_stdout: /],
  ]
  for (const [fields, message] of refusals)
    await t.rejects(run(client, fields), { status: 400, code: 'bad_request', message }, JSON.stringify(fields))
  t.strictSame(await jobNames(client), [])
})

t.test('an image of another name or state is taken, and a warning says so', async t => {
  const { client } = await startJobs(t, { pods: 'none' })
  const { job: made, messages } = await run(client, { imagename: 'tf-bullseye' })
  t.match(made, { imagename: 'tf-bullseye', image: 'tf-bullseye', image_state: 'deprecated' })
  t.match(messages.warning, [/^The image 'bullseye' is deprecated/])
  const quiet = await run(client, { name: 'two', filelog_stdout: 'x' })
  t.match(quiet.messages.warning, [/mean nothing without filelog/])
})

t.test('no job is run as somebody else', async t => {
  const { client, admin } = await startJobs(t, { pods: 'none' })
  const annotate = (uid: string | null) =>
    admin.call('PATCH', '/api/v1/namespaces/tool-tf-test', {
      body: { metadata: { annotations: { 'toolforge.org/uid': uid } } },
      type: 'application/merge-patch+json',
    })
  t.equal((await annotate('4711')).status, 200)
  await t.rejects(run(client), {
    status: 403,
    code: 'not_allowed',
    message: /belongs to user \d+, and its namespace to user 4711/,
  })
  await annotate(null)
  await t.rejects(run(client), { status: 403, message: /its namespace does not say which user it is/ })
  await annotate(String(process.getuid?.()))
  t.match(await run(client), { job: { name: 'one' } })
})

t.test('jobs that are out of step with what was asked for are shown so', async t => {
  const { client, admin } = await startJobs(t, { pods: 'none' })
  await run(client)
  const change = (annotation: string | null) =>
    admin.call('PATCH', batchPath('jobs', 'one'), {
      body: { metadata: { annotations: { 'jobs.toolforge.org/job': annotation } } },
      type: 'application/merge-patch+json',
    })
  t.equal((await change(JSON.stringify({ ...job(), cmd: 'other' }))).status, 200)
  t.match((await client.call('showJob', named('one'))).job, { cmd: 'other', status: { up_to_date: false } })
  for (const broken of ['{', null]) {
    await change(broken)
    t.match((await client.call('showJob', named('one'))).job, { cmd: 'echo hello', status: { up_to_date: true } })
  }
})
