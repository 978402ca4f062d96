import t from 'tap'
import { controllerOf, referenceTo, runFor, runName } from '../../../../src/sandbox/controllers/cron-run.ts'
import { cronJobs } from '../../../../src/sandbox/kinds/cron-job.ts'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import { createTestStore, jobSpec, newOf } from '../../../support/store.ts'

const moment = Date.UTC(2026, 10, 22, 10)

function setup(spec: object = {}, metadata: object = {}) {
  const { store } = createTestStore()
  const jobTemplate = { metadata, spec: jobSpec() }
  const cronJob = store.create(cronJobs, newOf(cronJobs, 'c', { spec: { schedule: '@daily', ...spec, jobTemplate } }))
  return { cronJob, job: store.create(jobs, runFor(cronJob, moment)) }
}

t.test('a run is named after its minute, and made of the template', async t => {
  const { cronJob, job } = setup({}, { labels: { a: 'b' }, annotations: { c: 'd' }, name: 'x' })
  t.equal(job.metadata.name, `c-${moment / 60_000}`)
  t.equal(runName(cronJob, moment + 59_999), job.metadata.name)
  t.strictSame(job.metadata.labels, { a: 'b' })
  t.strictSame(job.metadata.annotations, {
    c: 'd',
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-11-22T10:00:00Z',
  })
  t.equal(job.spec.backoffLimit, 6, 'it gets the defaults of a job')
})

t.test('its time is told in the time zone of the schedule', async t => {
  const { job } = setup({ timeZone: 'Asia/Tokyo' })
  t.strictSame(job.metadata.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-11-22T19:00:00+09:00',
  })
})

t.test('each knows the other', async t => {
  const { cronJob, job } = setup()
  t.strictSame(controllerOf(job), {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: 'c',
    uid: cronJob.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  })
  const { name, namespace, uid, resourceVersion } = job.metadata
  t.strictSame(referenceTo(job), { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion })
})
