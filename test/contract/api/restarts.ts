import t from 'tap'
import {
  batchPath,
  named,
  objectPath,
  outputOf,
  roomy,
  run,
  startJobs,
  statusOf,
  untilStatus,
} from '../../support/jobs-api.ts'
import { at, listAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const loop = 'echo begun; while :; do sleep 0.1; done'

t.test('a one-off is run again from its beginning, running or ended', async t => {
  const { client, admin } = await startJobs(t)
  const uid = async () => at((await admin.call('GET', batchPath('jobs', 'one'))).body, 'metadata', 'uid')
  await run(client, { cmd: loop, retry: 2, emails: 'all' })
  await untilStatus(client, 'running')
  const before = await uid()
  await client.call('restartJob', named('one'))
  t.not(await uid(), before)
  await untilStatus(client, 'running')
  t.match((await client.call('showJob', named('one'))).job, { cmd: loop, retry: 2, emails: 'all' })
  await run(client, { name: 'two', cmd: 'true' })
  await untilStatus(client, 'succeeded', 'two')
  await client.call('restartJob', named('two'))
  await untilStatus(client, 'succeeded', 'two')
})

t.test('a scheduled job runs now, and a run that is under way makes room', async t => {
  const { client, admin } = await startJobs(t)
  await run(client, { name: 'cron', schedule: '@yearly', cmd: `${loop}` })
  t.match(await statusOf(client, 'cron'), { short: 'pending' })
  const runs = async () =>
    listAt((await admin.call('GET', batchPath('jobs'))).body, 'items').map(one => ({
      name: String(at(one, 'metadata', 'name')),
      uid: at(one, 'metadata', 'uid'),
      owner: at(one, 'metadata', 'ownerReferences', 0, 'kind'),
    }))
  await client.call('restartJob', named('cron'))
  const [first] = await runs()
  t.match(first, { name: /^cron-\d+$/, owner: 'CronJob' })
  await untilStatus(client, 'running', 'cron')
  await waitUntil('its output', () =>
    outputOf(client, 'cron').then(
      lines => lines.includes('begun'),
      () => false,
    ),
  )
  await client.call('restartJob', named('cron'))
  const [second, ...others] = await runs()
  t.not(second?.uid, first?.uid)
  t.strictSame(others, [])
  await client.call('deleteJob', named('cron'))
  await waitUntil('no run', async () => (await runs()).length === 0)
})

t.test('a continuous job is rolled out anew', async t => {
  const { client, admin, setQuota } = await startJobs(t)
  await setQuota(roomy)
  await run(client, { name: 'bot', job_type: 'continuous', cmd: loop })
  await untilStatus(client, 'running', 'bot')
  const pods = async () =>
    listAt((await admin.call('GET', objectPath('pods'))).body, 'items')
      .filter(pod => at(pod, 'metadata', 'deletionTimestamp') === undefined)
      .map(pod => at(pod, 'metadata', 'uid'))
  const before = await pods()
  await client.call('restartJob', named('bot'))
  await waitUntil('another pod', async () => {
    const now = await pods()
    return now.length === 1 && !before.includes(now[0])
  })
  t.match(await statusOf(client, 'bot'), { up_to_date: true })
})

t.test('D5: what cannot be run anew goes on as it is', async t => {
  const { client, admin, control } = await startJobs(t, { pods: 'none' })
  await run(client)
  await run(client, { name: 'cron', schedule: '@daily' })
  await run(client, { name: 'bot', job_type: 'continuous', cpu: '50m' }).catch(() => undefined)
  const uid = async () => at((await admin.call('GET', batchPath('jobs', 'one'))).body, 'metadata', 'uid')
  const before = await uid()
  await control.faults.add({ match: { verb: 'create', plural: 'pods' }, effect: 'answer', code: 500 })
  await t.rejects(client.call('restartJob', named('one')), { status: 503, code: 'unavailable' })
  t.equal(await uid(), before)
  await control.faults.clear()
  await t.rejects(client.call('restartJob', named('absent')), { status: 404, code: 'not_found' })
})

t.test('D5: a one-off that was stopped comes back, whatever fails in between', async t => {
  const { client, admin, control } = await startJobs(t, { pods: 'none' })
  await run(client)
  const uid = async () => at((await admin.call('GET', batchPath('jobs', 'one'))).body, 'metadata', 'uid')
  const before = await uid()
  // Whether the one of before has gone is asked by its name.
  await control.faults.add({ match: { verb: 'get', plural: 'jobs' }, effect: 'answer', code: 500, count: 3 })
  await client.call('restartJob', named('one'))
  await control.faults.clear()
  const after = await uid()
  t.type(after, 'string')
  t.not(after, before)
})

t.test('D5: a one-off that cannot be started again is said to be gone', async t => {
  const { client, control } = await startJobs(t, { pods: 'none' })
  await run(client)
  // The first create is only tried; what one fault strikes the other does not count.
  for (const _ of ['the create', 'its repetition'])
    await control.faults.add({ match: { verb: 'create', plural: 'jobs' }, effect: 'answer', code: 403, nth: 2 })
  await t.rejects(client.call('restartJob', named('one')), {
    status: 403,
    message: /^The job 'one' was stopped and could not be started again; create it anew\. The cluster does not let/,
  })
  await t.rejects(client.call('showJob', named('one')), { status: 404, code: 'not_found' })
})
