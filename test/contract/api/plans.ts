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
  untilStatus,
} from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'
import { waitUntil } from '../../support/wait-until.ts'

const bot = job({ name: 'bot', job_type: 'continuous', port: 8080 })
const cron = job({ name: 'cron', schedule: '@daily' })

async function start(t: Parameters<typeof startJobs>[0], pods: 'processes' | 'none' = 'none') {
  const api = await startJobs(t, { pods })
  await api.setQuota(roomy)
  const { client, admin } = api
  const body = (jobs: JobAsSent[], prune = false) => ({ params, body: { jobs, prune } })
  return {
    ...api,
    plan: async (jobs: JobAsSent[], prune?: boolean) => (await client.call('planJobs', body(jobs, prune))).plan,
    apply: async (jobs: JobAsSent[], { prune = false, plan }: { prune?: boolean; plan?: string } = {}) =>
      (await client.call('applyJobs', { params, body: { jobs, prune, ...(plan === undefined ? {} : { plan }) } })).plan,
    exists: async (path: string) => (await admin.call('GET', path)).status === 200,
    uidAt: async (path: string) => at((await admin.call('GET', path)).body, 'metadata', 'uid'),
  }
}

const actions = ({ jobs }: { jobs: readonly { name: string; action: string }[] }) =>
  jobs.map(({ name, action }) => `${action} ${name}`)

t.test('a plan says field by field what the apply then does, and a second one keeps it all', async t => {
  const { client, plan, apply } = await start(t, 'processes')
  await run(client, { name: 'done', cmd: 'true' })
  await untilStatus(client, 'succeeded', 'done')
  await client.call('createJob', { params, body: { ...bot, memory: '100Mi' } })
  await client.call('createJob', { params, body: job({ name: 'old', schedule: '@daily' }) })
  await client.call('createJob', { params, body: job({ name: 'same', schedule: '@daily' }) })
  const wanted = [
    { ...bot, memory: '200Mi', replicas: 2 },
    cron,
    job({ name: 'done', cmd: 'true' }),
    job({ name: 'same', schedule: '@daily' }),
  ]
  const before = await client.call('listJobs', { params, query: { include_unset: false } })
  const made = await plan(wanted, true)
  t.strictSame(actions(made), ['change bot', 'create cron', 'run done', 'keep same', 'remove old'])
  t.match(made.jobs[0], {
    changes: [
      { field: 'memory', from: '100Mi', to: '200Mi' },
      { field: 'replicas', from: 1, to: 2 },
    ],
    restarts: true,
    problems: [],
  })
  t.equal(made.jobs[1]?.next_runs?.length, 3)
  t.equal(made.feasible, true)
  t.match(
    made.quota.find(({ name }) => name === 'count/cronjobs.batch'),
    { used: '2', planned: '2', fits: true },
  )
  t.match(
    made.quota.find(({ name }) => name === 'count/deployments.apps'),
    { used: '1', planned: '1' },
  )
  t.strictSame(
    (await client.call('listJobs', { params, query: { include_unset: false } })).jobs.map(({ name }) => name),
    before.jobs.map(({ name }) => name),
    'a plan changes nothing',
  )
  const applied = await apply(wanted, { prune: true, plan: made.id })
  t.strictSame(actions(applied), actions(made))
  t.strictSame(await jobNames(client), ['bot', 'cron', 'done', 'same'])
  t.match((await client.call('showJob', named('bot'))).job, { memory: '200Mi', replicas: 2 })
  await untilStatus(client, 'succeeded', 'done')
  t.strictSame(actions(await plan(wanted, true)), ['keep bot', 'keep cron', 'run done', 'keep same'])
})

t.test(
  'without prune what is not listed is not touched, and a plan of other jobs or another state is not carried out',
  async t => {
    const { client, plan, apply, admin } = await start(t)
    await client.call('createJob', { params, body: cron })
    const made = await plan([bot])
    t.strictSame(actions(made), ['create bot'])
    t.equal((await plan([bot])).id, made.id)
    const conflict = { status: 409, code: 'conflict', message: /make a new one/ }
    await t.rejects(apply([{ ...bot, memory: '1Gi' }], { plan: made.id }), conflict)
    await t.rejects(apply([bot], { plan: made.id, prune: true }), conflict)
    await apply([bot], { plan: made.id })
    await t.rejects(apply([bot], { plan: made.id }), conflict)
    t.strictSame(await jobNames(client), ['bot', 'cron'])
    const change = { ...bot, replicas: 2 }
    const second = await plan([change])
    const patch = { body: { spec: { replicas: 5 } }, type: 'application/merge-patch+json' }
    await admin.call('PATCH', objectPath('deployments', 'bot'), patch)
    await waitUntil('another plan', async () => (await plan([change])).id !== second.id)
    await t.rejects(apply([change], { plan: second.id }), conflict)
    await apply([change])
    t.strictSame(actions(await plan([change])), ['keep bot'])
  },
)

t.test('what cannot be is said of each job, and nothing of it is done', async t => {
  const { client, plan, apply, setQuota } = await start(t)
  await setQuota({ 'count/deployments.apps': '1', 'limits.memory': '2Gi' })
  const wanted = [
    bot,
    job({ name: 'bot2', job_type: 'continuous', memory: '1900Mi' }),
    job({ name: 'big', memory: '5Gi' }),
    job({ name: 'image', imagename: 'no-such' }),
  ]
  const made = await plan(wanted)
  t.equal(made.feasible, false)
  t.match(made.jobs[2], { problems: [/^Requested memory 5Gi is over maximum/] })
  t.match(made.jobs[3], { problems: [/^No such image/] })
  t.match(
    made.quota.find(({ name }) => name === 'count/deployments.apps'),
    { planned: '2', limit: '1', fits: false },
  )
  await t.rejects(apply(wanted), { status: 400, code: 'bad_request', message: /^big: Requested memory/ })
  const full = { status: 403, code: 'quota', message: /Out of quota for count\/deployments\.apps: 2 would be used/ }
  await t.rejects(apply(wanted.slice(0, 2)), full)
  await t.rejects(plan([bot, bot]), { status: 400, message: /'bot' stands in the list more than once/ })
  await t.rejects(plan([bot, job({ name: 'x', retry: '9' })]), { status: 400, message: /^job 2 \(x\): retry: / })
  const published = [bot, { ...bot, name: 'b2' }].map(one => ({ ...one, publish: '/' as const }))
  t.match((await plan(published)).jobs[1], { problems: [/^publish: .*'bot'/] })
  t.strictSame(await jobNames(client), [])
})

t.test('a running one-off with other settings is a problem, one that is the same is kept', async t => {
  const { client, plan } = await start(t)
  await run(client)
  t.strictSame(actions(await plan([job()])), ['keep one'])
  t.match(await plan([job({ cmd: 'other' })]), {
    feasible: false,
    jobs: [{ action: 'change', problems: [/^It is running with other settings/] }],
  })
})

t.test('when a step fails those before it are taken back, with all that belonged to them', async t => {
  const { client, plan, apply, admin, exists, uidAt, control } = await start(t)
  await client.call('createJob', { params, body: bot })
  await client.call('createJob', { params, body: job({ name: 'gone', job_type: 'continuous', port: 9090 }) })
  const uid = await uidAt(objectPath('deployments', 'bot'))
  const foreign = { metadata: { name: 'third' }, spec: { ports: [{ port: 1 }] } }
  t.equal((await admin.call('POST', objectPath('services'), { body: foreign })).status, 201)
  const wanted = [
    { ...bot, memory: '200Mi', port: 8181 },
    cron,
    job({ name: 'third', job_type: 'continuous', port: 8080 }),
    job({ name: 'last', schedule: '@daily' }),
  ]
  t.equal((await plan(wanted)).feasible, true)
  await t.rejects(apply(wanted), {
    status: 409,
    code: 'exists',
    message: /^third: .*was not made here.*\nTaken back: cron, bot$/s,
  })
  t.strictSame(await jobNames(client), ['bot', 'gone'])
  t.match((await client.call('showJob', named('bot'))).job, {
    port: 8080,
    memory: '512Mi',
    status: { up_to_date: true },
  })
  t.equal(await uidAt(objectPath('deployments', 'bot')), uid)
  t.match((await admin.call('GET', objectPath('services', 'bot'))).body, { spec: { ports: [{ port: 8080 }] } })
  t.strictSame(actions(await plan([bot])), ['keep bot'])

  // Removals go last; what was removed comes back with its Service when another cannot be.
  await control.faults.add({ match: { verb: 'delete', plural: 'cronjobs' }, effect: 'answer', code: 500 })
  await client.call('createJob', { params, body: cron })
  await t.rejects(apply([bot], { prune: true }), { status: 503, message: /^gone|^cron/ })
  await control.faults.clear()
  t.strictSame(await jobNames(client), ['bot', 'cron', 'gone'])
  await waitUntil('its Service', () => exists(objectPath('services', 'gone')))
  t.strictSame(actions(await plan([bot, cron, job({ name: 'gone', job_type: 'continuous', port: 9090 })])), [
    'keep bot',
    'keep cron',
    'keep gone',
  ])
})

t.test('where there is room for the new only without the old, the old goes first', async t => {
  const { client, apply, plan, setQuota, exists } = await start(t)
  await setQuota({ 'count/deployments.apps': '1', services: '1' })
  await client.call('createJob', { params, body: bot })
  const next = [{ ...bot, name: 'next' }]
  t.match(await plan(next), { feasible: false })
  t.match(await plan(next, true), { feasible: true })
  await apply(next, { prune: true })
  t.strictSame(await jobNames(client), ['next'])
  t.equal(await exists(objectPath('services', 'next')), true)
  await client.call('flushJobs', { params })
  // The quota counts a little later than it is asked.
  t.match(await plan([bot]), { feasible: true })
  await apply([bot])
  t.equal(await exists(batchPath('jobs', 'bot')), false)
})

t.test('a cluster that does not let the tool write is no problem of the job', async t => {
  const { client, control } = await startJobs(t, { pods: 'none' })
  const body = { jobs: [job()] }
  await control.faults.add({ match: { verb: 'create', plural: 'jobs' }, effect: 'answer', code: 403 })
  await t.rejects(client.call('planJobs', { params, body }), { status: 403, code: 'not_allowed' })
  await t.rejects(client.call('applyJobs', { params, body }), { status: 403, code: 'not_allowed' })
})
