import t from 'tap'
import { batchPath, job, jobNames, named, objectPath, params, roomy, run, startJobs } from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

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

t.test('what is taken back after its answer does not undo what is asked for next', async t => {
  const { client, control } = await startJobs(t, { pods: 'none', config: { limits: { request_ms: 1500 } } })
  const daily = { name: 'a', job_type: 'scheduled', schedule: '@daily' } as const
  await run(client, daily)
  const yearly = { ...daily, schedule: '@yearly' }
  // Both are tried first. Then the second is not made in time, and it takes a while to put the first back.
  await control.faults.add({ match: create, effect: 'hang', nth: 2 })
  const { id } = await control.faults.add({
    match: { verb: 'update', plural: 'cronjobs' },
    effect: 'answer',
    code: 503,
    nth: 3,
    count: 4,
  })
  const jobs = [job(yearly), job({ name: 'b' })]
  await t.rejects(client.call('applyJobs', { params, body: { jobs } }), { status: 503, code: 'unavailable' })
  const began = await client.call('listJobs', { params })
  t.match(began.jobs, [{ name: 'a', schedule: '@yearly' }], 'it is not put back yet')
  await control.faults.remove(id)
  t.match(await client.call('updateJob', { params, body: job(yearly) }), { job_changed: true })
  t.match(await client.call('showJob', named('a')), { job: { schedule: '@yearly' } })
})

const bot = { name: 'bot', job_type: 'continuous', port: 8080 } as const

t.test('a job of which nobody could say whether it was made is taken back', async t => {
  const { client, control, admin } = await startJobs(t, { pods: 'none' })
  const plural = 'deployments'
  await control.faults.add({ match: { verb: 'create', plural }, effect: 'cut', after: true, count: 1 })
  await control.faults.add({ match: { verb: 'get', plural }, effect: 'answer', code: 503, count: 3 })
  await t.rejects(run(client, bot), { status: 503, code: 'unavailable' })
  t.match(await run(client, bot), { job: { name: 'bot', port: 8080 } }, 'it can be made anew, and waits for that')
  t.equal((await admin.call('GET', objectPath('services', 'bot'))).status, 200)
})

t.test(
  'a change of which nobody knows whether it was made leaves the job with the Service that it tells of',
  async t => {
    const { client, control, admin } = await startJobs(t, { pods: 'none' })
    const service = async () => (await admin.call('GET', objectPath('services', 'bot'))).body
    const match = { verb: 'update', plural: 'deployments' }
    await run(client, bot)
    for (const after of [true, false]) {
      const { id } = await control.faults.add({ match, effect: 'cut', after, count: 1 })
      const change = job({ ...bot, port: after ? 8081 : 8082 })
      await t.rejects(client.call('updateJob', { params, body: change }), { status: 503, code: 'unavailable' })
      await control.faults.remove(id)
      await waitUntil('the Service', async () => at(await service(), 'spec', 'ports', 0, 'port') === 8081)
      t.match(await client.call('showJob', named('bot')), { job: { port: 8081 } }, after ? 'it was made' : 'it was not')
    }
  },
)

t.test('a change is taken back whole, also where that takes more than one try', async t => {
  const { client, control, admin } = await startJobs(t, { pods: 'none' })
  await run(client, bot)
  // What is there is looked at, then the change is made; the third look is the first of taking it back.
  await control.faults.add({ match: { verb: 'get', plural: 'ingresses' }, effect: 'answer', code: 403, nth: 2 })
  const match = { verb: 'get', plural: 'services' }
  await control.faults.add({ match, effect: 'answer', code: 503, nth: 3, count: 2 })
  const change = job({ ...bot, port: 8081 })
  await t.rejects(client.call('updateJob', { params, body: change }), { status: 403, code: 'not_allowed' })
  t.match(await client.call('showJob', named('bot')), { job: { port: 8080 } })
  const { body } = await admin.call('GET', objectPath('services', 'bot'))
  t.equal(at(body, 'spec', 'ports', 0, 'port'), 8080)
})

t.test('what was left half made, by a service that died, is made whole by a create or a restart', async t => {
  const { client, admin } = await startJobs(t, { pods: 'none' })
  const path = objectPath('services', 'bot')
  await run(client, bot)
  const calls = [
    () => t.rejects(run(client, { ...bot, port: 8081 }), { status: 409, code: 'exists' }),
    () => client.call('restartJob', named('bot')),
  ]
  for (const call of calls) {
    t.equal((await admin.call('DELETE', path)).status, 200)
    await call()
    t.equal((await admin.call('GET', path)).status, 200)
  }
})

t.test('a job that could not become another in its stead is there as it was', async t => {
  const { client, control } = await startJobs(t, { pods: 'none' })
  const plural = 'cronjobs'
  await run(client, bot)
  await control.faults.add({ match: { verb: 'create', plural }, effect: 'cut', after: true, nth: 2, count: 1 })
  await control.faults.add({ match: { verb: 'get', plural }, effect: 'answer', code: 503, count: 3 })
  const change = job({ name: 'bot', job_type: 'scheduled', schedule: '@daily' })
  await t.rejects(client.call('updateJob', { params, body: change }), { status: 503, code: 'unavailable' })
  await control.faults.clear()
  t.match(await client.call('updateJob', { params, body: job(bot) }), { job_changed: false }, 'once that is over')
  t.match(await client.call('listJobs', { params }), { jobs: [{ name: 'bot', port: 8080 }] })
})

t.test('what is made again after a failure is not taken back for a lost answer of its own', async t => {
  const { client, control, admin } = await startJobs(t, { pods: 'none' })
  await run(client, bot)
  // Tried first, then refused; what there was before is made again, and nobody hears of it.
  await control.faults.add({ match: { verb: 'create', plural: 'cronjobs' }, effect: 'answer', code: 403, nth: 2 })
  const again = { verb: 'create', plural: 'deployments' }
  await control.faults.add({ match: again, effect: 'cut', after: true, count: 1 })
  await control.faults.add({
    match: { verb: 'get', plural: 'deployments' },
    effect: 'answer',
    code: 503,
    nth: 2,
    count: 2,
  })
  const change = job({ name: 'bot', job_type: 'scheduled', schedule: '@daily' })
  await t.rejects(client.call('updateJob', { params, body: change }), { status: 403, code: 'not_allowed' })
  await control.faults.clear()
  t.match(await client.call('updateJob', { params, body: job(bot) }), { job_changed: false }, 'once that is over')
  t.equal((await admin.call('GET', objectPath('services', 'bot'))).status, 200)
})

t.test('a Service that another request of the job has made meanwhile is left alone', async t => {
  const { client, control, admin, setQuota } = await startJobs(t, { pods: 'none' })
  await setQuota({ ...roomy, services: '2' })
  const uid = async () => at((await admin.call('GET', objectPath('services', 'bot'))).body, 'metadata', 'uid')
  await run(client, bot)
  const before = await uid()
  await control.faults.add({ match: { verb: 'get', plural: 'services' }, effect: 'answer', code: 404, count: 3 })
  t.match(await client.call('updateJob', { params, body: job(bot) }), { job_changed: true })
  t.equal(await uid(), before)
})
