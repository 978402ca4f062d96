import { existsSync } from 'node:fs'
import t from 'tap'
import { at } from '../../../support/json.ts'
import { startSandbox } from '../../../support/sandbox.ts'
import { jobSpec } from '../../../support/store.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const jobs = '/apis/batch/v1/namespaces/default/jobs'
const cronJobs = '/apis/batch/v1/namespaces/default/cronjobs'
const day = 86_400
const images = [{ image: 'busybox:1', needs: [] }]

t.test('objects are of the time that the clock says', async t => {
  const { control, admin } = await startSandbox(t)
  await control.clock.setOffset(30 * day)
  const { now } = await control.clock.stop()
  await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'later' } } })
  const { body } = await admin.call('GET', '/api/v1/namespaces/later')
  t.equal(at(body, 'metadata', 'creationTimestamp'), now.replace(/\.\d+Z$/, 'Z'))
})

t.test('what waits in the cluster waits for the clock', async t => {
  const { control, admin } = await startSandbox(t, { pods: 'processes', images })
  await control.clock.stop()
  const body = { metadata: { name: 'j' }, spec: { ttlSecondsAfterFinished: 3600, ...jobSpec({ command: ['true'] }) } }
  t.equal((await admin.call('POST', jobs, { body })).status, 201)
  const job = async () => (await admin.call('GET', `${jobs}/j`)).body
  await waitUntil('the job to succeed', async () => at(await job(), 'status', 'succeeded') === 1)
  await control.clock.advance(3590)
  t.match(await job(), { kind: 'Job' })
  await control.clock.advance(20)
  t.match(await job(), { kind: 'Status', code: 404 })
})

t.test('a scheduled job has all its runs, however fast time passes, and each has its process', async t => {
  const { control, admin } = await startSandbox(t, { pods: 'processes', images })
  await control.clock.stop()
  const spec = {
    schedule: '0 * * * *',
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 100,
    jobTemplate: { spec: jobSpec({ command: ['true'] }) },
  }
  t.equal((await admin.call('POST', cronJobs, { body: { metadata: { name: 'c' }, spec } })).status, 201)
  await control.clock.advance(day)
  const items = Object.values(Object(at((await admin.call('GET', jobs)).body, 'items')))
  t.equal(items.length, 24)
  for (const item of items) {
    const name = String(at(item, 'metadata', 'name'))
    t.equal(at(item, 'status', 'succeeded'), 1, name)
    t.equal(Date.parse(String(at(item, 'metadata', 'creationTimestamp'))) % 3_600_000, 0, 'on the hour')
  }
})

t.test('a certificate is valid by the clock', async t => {
  const { control, admin } = await startSandbox(t)
  t.equal((await admin.call('GET', '/version')).status, 200)
  await control.clock.setOffset(11 * 365 * day)
  t.equal((await admin.call('GET', '/version')).status, 401, 'it was for ten years')
  await control.clock.setOffset(0)
  t.equal((await admin.call('GET', '/version')).status, 200)
})

t.test('what waits for clients goes by the machine', async t => {
  const { control, admin } = await startSandbox(t)
  await control.clock.stop()
  const watch = await admin.stream(`${jobs}?watch=true&timeoutSeconds=1`)
  for await (const _ of watch.lines);
  const open = await admin.stream(`${jobs}?watch=true&timeoutSeconds=3600`)
  await control.clock.advance(365 * day)
  t.equal((await control.state()).open.watches, 1)
  open.close()
})

t.test('a sandbox that is stopped lets time go, and takes its socket along', async t => {
  const { control, control_socket, sandbox, admin } = await startSandbox(t, { pods: 'processes', images })
  await control.clock.stop()
  const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']
  await admin.call('POST', jobs, { body: { metadata: { name: 'j' }, spec: jobSpec({ command: stubborn }) } })
  const running = async () => at((await admin.call('GET', `${jobs}/j`)).body, 'status', 'active') === 1
  await waitUntil('the job to run', running)
  await sandbox.stop()
  t.notOk(existsSync(control_socket))
  await sandbox.start()
  t.match(
    await control.state(),
    { clock: { stopped: false, offset_s: 0 }, faults: [] },
    'a new start begins with nothing',
  )
})

t.test('without a socket nobody controls it', async t => {
  const { sandbox, admin, control } = await startSandbox(t, {}, { controlled: false })
  t.equal((await admin.call('GET', '/version')).status, 200)
  await t.rejects(control.state(), { code: 'ENOENT' })
  t.ok(Math.abs(sandbox.now() - Date.now()) < 60_000)
})
