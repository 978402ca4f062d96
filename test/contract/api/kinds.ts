import t from 'tap'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import { batchPath, job, named, objectPath, params, roomy, run, startJobs } from '../../support/jobs-api.ts'
import { at } from '../../support/json.ts'

const scheduled: Partial<JobAsSent> = { name: 'cron', job_type: 'scheduled', schedule: '0 7 * * mon-fri' }
const continuous: Partial<JobAsSent> = { name: 'bot', job_type: 'continuous', replicas: 2, port: '8080' }
const webservice: JobAsSent = { name: 'webservice', job_type: 'webservice', imagename: 'python3.11', cmd: 'serve' }

t.test('a scheduled job is shown with its next runs, in its time zone', async t => {
  const { client, admin } = await startJobs(t, { pods: 'none' })
  const fields = { ...scheduled, schedule: '@daily', timezone: 'Europe/Berlin', timeout: '60', retry: 2 }
  const { job: made } = await run(client, fields)
  t.match(made, { name: 'cron', job_type: 'scheduled', schedule: '@daily', timezone: 'Europe/Berlin', timeout: 60 })
  t.match(made.schedule_actual, /^\d+ \d+ \* \* \*$/)
  t.equal(made.status.next_runs?.length, 3)
  t.equal(made.status.next_schedule, made.status.next_runs?.[0])
  t.match((await client.call('showJob', named('cron'))).job, { ...made, status: { short: 'pending' } })
  const { body } = await admin.call('GET', batchPath('cronjobs', 'cron'))
  t.match(at(body, 'spec'), {
    schedule: made.schedule_actual,
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Forbid',
    jobTemplate: { spec: { backoffLimit: 2, activeDeadlineSeconds: 60 } },
  })
})

t.test('the types follow from the fields where older clients do not name them', async t => {
  const { client, setQuota } = await startJobs(t, { pods: 'none' })
  await setQuota(roomy)
  const typeOf = async (fields: Partial<JobAsSent>) => (await run(client, fields)).job.job_type
  t.equal(await typeOf({ name: 'a', schedule: '@hourly', continuous: null }), 'scheduled')
  t.equal(await typeOf({ name: 'b', schedule: null, continuous: 'True' }), 'continuous')
  t.equal(await typeOf({ name: 'c', schedule: null, continuous: false }), 'one-off')
})

t.test('a job of each type is listed, and a dump gives back what was given and nothing else', async t => {
  const { client, raw, setQuota } = await startJobs(t, { pods: 'none' })
  await setQuota(roomy)
  const check = { type: 'script' as const, script: './ok.sh "a b"' }
  const sent: JobAsSent[] = [
    job({ ...continuous, port_protocol: 'tcp', health_check: check }),
    job({ ...scheduled, memory: '100Mi', emails: 'onfailure', filelog: true, filelog_stdout: 'a b.log' }),
    job({ job_type: 'one-off' }),
    webservice,
  ]
  for (const body of sent) await client.call('createJob', { params, body })
  const { jobs: full } = await client.call('listJobs', { params })
  t.same(
    full.map(({ name, job_type }) => [name, job_type]),
    [
      ['bot', 'continuous'],
      ['cron', 'scheduled'],
      ['one', 'one-off'],
      ['webservice', 'webservice'],
    ],
  )
  t.match(full[0], {
    continuous: true,
    retry: 0,
    replicas: 2,
    port: 8080,
    port_protocol: 'tcp',
    health_check: check,
    cpu: '100m',
    mount: 'all',
  })
  t.match(full[3], { replicas: 1, publish: '/', port: Number, filelog: false })

  const { jobs: dumped } = await client.call('listJobs', { params, query: { include_unset: 'False' } })
  for (const [number, one] of dumped.entries()) {
    const { status, status_short, status_long, image_state, schedule_actual, continuous, ...given } = one
    const { port, ...asked } = sent[number] ?? {}
    t.same({ ...given }, { ...asked, ...(port === undefined ? {} : { port: Number(port) }) }, `${one.name}`)
  }
  const { text } = await raw.call('GET', '/jobs/v1/tool/tf-test/jobs/?include_unset=False')
  t.notMatch(text, /null/)
  // What a dump gives can be sent as it is, and changes nothing.
  for (const body of sent.filter(({ job_type }) => job_type !== 'one-off')) {
    const { job_changed, messages } = await client.call('updateJob', { params, body })
    t.match([job_changed, messages.info], [false, [/already up to date/]], body.name)
  }
})

t.test('each type refuses what only others have, and impossible schedules', async t => {
  const { client } = await startJobs(t, { pods: 'none' })
  const refusals: [Partial<JobAsSent>, RegExp][] = [
    [{ schedule: '@daily', port: 80 }, /^port: /],
    [{ replicas: 2 }, /^replicas: /],
    [{ ...continuous, retry: 1 }, /^retry: /],
    [{ ...continuous, schedule: '@daily' }, /^schedule: /],
    [{ ...scheduled, schedule: '0 0 31 2 *' }, /^schedule: /],
    [{ ...scheduled, schedule: 'x' }, /^schedule: /],
    [{ ...scheduled, timezone: 'Mars/Base' }, /^timezone: /],
    [{ job_type: 'scheduled' }, /^schedule: /],
    [{ ...webservice, filelog: true }, /^filelog: /],
    [{ ...continuous, publish: '/', port: null }, /^publish: /],
  ]
  for (const [fields, message] of refusals)
    await t.rejects(run(client, fields), { status: 400, code: 'bad_request', message }, JSON.stringify(fields))
  t.match(await client.call('listJobs', { params }), { jobs: [] })
})

t.test('health checks are those of the pods, without a host of their own', async t => {
  const { client, admin, setQuota } = await startJobs(t, { pods: 'none' })
  await setQuota(roomy)
  const container = async (name: string) =>
    at((await admin.call('GET', objectPath('deployments', name))).body, 'spec', 'template', 'spec', 'containers', 0)
  await run(client, { ...continuous, name: 'http', health_check: { type: 'http', path: '/ok?x=1' } })
  await run(client, { ...continuous, name: 'script', health_check: { type: 'script', script: './ok "a b"' } })
  await run(client, { ...continuous, name: 'port' })
  await run(client, { ...continuous, name: 'udp', port_protocol: 'udp' })
  for (const probe of ['startupProbe', 'livenessProbe']) {
    t.match(await container('http'), { [probe]: { httpGet: { path: '/ok?x=1' }, timeoutSeconds: 5 } })
    t.match(await container('script'), { [probe]: { exec: { command: ['/bin/sh', '-c', /\.\/ok "a b"/] } } })
    t.match(await container('port'), { [probe]: { tcpSocket: {} } })
    t.equal(at(await container('udp'), probe), undefined)
  }
  t.notMatch(JSON.stringify(await container('http')), /"host"/)
})
