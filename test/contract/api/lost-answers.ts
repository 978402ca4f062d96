import t from 'tap'
import { batchPath, job, jobNames, named, objectPath, params, run, startJobs } from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'

const create = { verb: 'create', plural: 'jobs' }

t.test('a job whose answer is lost is found, and made once', async t => {
  const { client, control, admin } = await startJobs(t, { pods: 'none' })
  for (const effect of ['cut', 'reset'] as const) {
    const { id } = await control.faults.add({ match: create, effect, after: true, count: 1 })
    await control.requests.mark()
    t.match(await run(client, { name: effect }), { job: { name: effect } }, effect)
    t.equal(await control.requests.total(create), 1, 'sent once')
    await control.faults.remove(id)
    const { body } = await admin.call('GET', batchPath('jobs', effect))
    t.match(at(body, 'metadata', 'annotations', 'jobs.toolforge.org/request'), /^[0-9a-f-]{36}$/)
    await client.call('deleteJob', named(effect))
  }
})

t.test('a create that never came through is sent once more', async t => {
  const { client, control } = await startJobs(t, { pods: 'none' })
  await control.faults.add({ match: create, effect: 'answer', code: 500, count: 1 })
  t.match(await run(client), { job: { name: 'one' } })
  t.strictSame(await jobNames(client), ['one'])
})

t.test('a job of that name that another request made is not taken for one’s own', async t => {
  const { client, control } = await startJobs(t, { pods: 'none' })
  await run(client)
  await control.faults.add({ match: create, effect: 'answer', code: 500 })
  await t.rejects(run(client), { status: 409, code: 'exists' })
  await t.rejects(run(client, { name: 'two' }), { status: 503, code: 'unavailable' })
  await control.faults.clear()
  t.strictSame(await jobNames(client), ['one'])
})

t.test('a lost answer of the Service is looked up as well', async t => {
  const { client, control, admin } = await startJobs(t, { pods: 'none' })
  await control.faults.add({
    match: { verb: 'create', plural: 'services' },
    effect: 'cut',
    after: true,
    count: 1,
  })
  const body = job({ name: 'bot', job_type: 'continuous', port: 8080 })
  t.match(await client.call('createJob', { params, body }), { job: { name: 'bot' } })
  t.equal((await admin.call('GET', objectPath('services', 'bot'))).status, 200)
})
