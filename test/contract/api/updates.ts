import t from 'tap'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import {
  batchPath,
  job,
  jobNames,
  named,
  objectPath,
  params,
  roomy,
  run,
  startJobs,
  statusOf,
  untilStatus,
} from '../../support/jobs-api.ts'
import { at, listAt } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const loop = 'while :; do sleep 0.1; done'
const bot: Partial<JobAsSent> = { name: 'bot', cmd: loop, job_type: 'continuous', memory: '100Mi', cpu: '50m' }

/** The service with room for many jobs, and what its tests ask. */
async function start(t: Parameters<typeof startJobs>[0], pods: 'processes' | 'none' = 'none') {
  const api = await startJobs(t, { pods })
  await api.setQuota(roomy)
  const { admin, client } = api
  return {
    ...api,
    put: (fields: Partial<JobAsSent>) => client.call('updateJob', { params, body: job(fields) }),
    object: async (path: string) => (await admin.call('GET', path)).body,
    podUids: async (name = 'bot') => {
      const { body } = await admin.call('GET', `${objectPath('pods')}?labelSelector=app.kubernetes.io%2Fname%3D${name}`)
      return listAt(body, 'items')
        .filter(pod => at(pod, 'metadata', 'deletionTimestamp') === undefined)
        .map(pod => at(pod, 'metadata', 'uid'))
        .sort()
    },
  }
}

t.test('PATCH creates, changes, or leaves as it is, and says which', async t => {
  const { put } = await start(t)
  const cases: [Partial<JobAsSent>, boolean, RegExp][] = [
    [bot, true, /^Job bot was created$/],
    [bot, false, /^Job bot is already up to date$/],
    [{ ...bot, memory: '102400Ki' }, false, /^Job bot is already up to date$/],
    [{ ...bot, mount: 'all' }, true, /^Job bot was updated \(mount\); nothing is restarted$/],
    [{ ...bot, memory: '200Mi', replicas: 2 }, true, /^Job bot was updated \(memory, replicas\); it is restarted$/],
    [{ ...bot, memory: '200Mi', replicas: 3 }, true, /^Job bot was updated \(replicas\); nothing is restarted$/],
    [{ ...bot, name: 'cron', schedule: '@daily', job_type: 'scheduled' }, true, /^Job cron was created$/],
    [{ ...bot, name: 'cron', schedule: '@weekly', job_type: 'scheduled' }, true, /^Job cron was updated \(schedule\)/],
  ]
  for (const [fields, changed, info] of cases) {
    const { job_changed, messages, job: shown } = await put(fields)
    t.match([job_changed, messages.info], [changed, [info]])
    t.match(shown, { name: fields.name, status: { up_to_date: true } })
  }
})

t.test('only what must be is started again, and nobody waits meanwhile', async t => {
  const { put, podUids, client, object } = await start(t, 'processes')
  await put({ ...bot, replicas: 2 })
  await untilStatus(client, 'running', 'bot')
  const pods = await waitUntil('two pods', async () => {
    const all = await podUids()
    return all.length === 2 && all
  })
  const before = await object(objectPath('deployments', 'bot'))
  await put({ ...bot, replicas: 3 })
  const three = await waitUntil('three pods', async () => {
    const all = await podUids()
    return all.length === 3 && all
  })
  t.ok(
    pods.every(uid => three.includes(uid)),
    'the pods of before go on',
  )
  await client.call('restartJob', named('bot'))
  const restarted = await object(objectPath('deployments', 'bot'))
  const restartedAt = ['spec', 'template', 'metadata', 'annotations', 'app.kubernetes.io/restartedAt']
  t.match(at(restarted, ...restartedAt), /^\d{4}-/)
  await put({ ...bot, replicas: 2 })
  const after = await object(objectPath('deployments', 'bot'))
  t.equal(at(after, ...restartedAt), at(restarted, ...restartedAt), 'it is not restarted once more')
  t.equal(at(after, 'metadata', 'uid'), at(before, 'metadata', 'uid'), 'D18: the object itself is changed')
  await waitUntil('two new pods', async () => {
    const all = await podUids()
    return all.length === 2 && all.every(uid => !three.includes(uid))
  })
})

t.test('a one-off by PATCH: made, left alone while it runs, run again when it has ended', async t => {
  const { put, client, object } = await start(t, 'processes')
  const uid = async () => at(await object(batchPath('jobs', 'one')), 'metadata', 'uid')
  t.match(await put({ cmd: loop }), { job_changed: true, messages: { info: [/was created/] } })
  const first = await uid()
  t.match(await put({ cmd: loop }), { job_changed: false, messages: { info: [/already up to date/] } })
  await t.rejects(put({ cmd: 'true' }), { status: 409, code: 'exists', message: /is running with other settings/ })
  t.equal(await uid(), first)
  await client.call('deleteJob', named('one'))
  await put({ cmd: 'true' })
  await untilStatus(client, 'succeeded')
  const second = await uid()
  t.match(await put({ cmd: 'true' }), { job_changed: true, messages: { info: [/it runs again$/] } })
  t.not(await uid(), second)
  await untilStatus(client, 'succeeded')
})

t.test('a job of another type takes the place of the one of before; what cannot be leaves it', async t => {
  const { put, client, admin, object, control } = await start(t)
  await put({ name: 'x', schedule: '@daily', job_type: 'scheduled' })
  t.match(await put({ ...bot, name: 'x' }), {
    job: { job_type: 'continuous' },
    messages: { info: [/updated \(job_type.*it is restarted$/] },
  })
  t.equal((await admin.call('GET', batchPath('cronjobs', 'x'))).status, 404)
  t.match(await put({ ...bot, name: 'x', job_type: 'webservice', cmd: loop, filelog: null }), {
    job: { job_type: 'webservice', publish: '/' },
  })
  t.match(await put({ ...bot, name: 'x' }), { job: { job_type: 'continuous' } })
  const { id } = await control.faults.add({
    match: { verb: 'create', plural: 'cronjobs' },
    effect: 'answer',
    code: 500,
  })
  const uid = at(await object(objectPath('deployments', 'x')), 'metadata', 'uid')
  await t.rejects(put({ name: 'x', schedule: '@daily', job_type: 'scheduled' }), { message: /\S/, status: 503 })
  t.equal(at(await object(objectPath('deployments', 'x')), 'metadata', 'uid'), uid, 'tried out before')
  await control.faults.remove(id)
  await t.rejects(run(client, { ...bot, name: 'x' }), { status: 409, code: 'exists' })
  t.strictSame(await jobNames(client), ['x'])
})

t.test('what the cluster changes meanwhile is no conflict, what somebody else does is one', async t => {
  const { put, control } = await start(t)
  await put(bot)
  const match = { verb: 'update', plural: 'deployments' }
  await control.faults.add({ match, effect: 'answer', code: 409, count: 2 })
  t.match(await put({ ...bot, replicas: 2 }), { job_changed: true })
  await control.faults.add({ match, effect: 'answer', code: 409 })
  await t.rejects(put({ ...bot, replicas: 3 }), { status: 409, code: 'conflict' })
})

t.test('a change that needs no more than before is made however full the quota is', async t => {
  const { put, setQuota, client } = await start(t)
  await put({ ...bot, cpu: '1', replicas: 2 })
  await setQuota({ 'limits.cpu': '1', 'requests.cpu': '1' })
  t.match(await put({ ...bot, cpu: '1', replicas: 2 }), { job_changed: false })
  t.match(await put({ ...bot, cpu: '1', replicas: 1 }), { job_changed: true })
  await t.rejects(put({ ...bot, cpu: '1', replicas: 4 }), { status: 403, code: 'quota', message: /never fit/ })
  t.match(await statusOf(client, 'bot'), { up_to_date: true })
})
