import t from 'tap'
import { cronJobs } from '../../../../src/sandbox/kinds/cron-job.ts'
import { tableOf } from '../../../../src/sandbox/table.ts'
import { createTestStore, found, jobSpec, newOf, refusalOf } from '../../../support/store.ts'

const cronJob = (spec: object = {}, { name = 'c', job = {} }: { name?: string; job?: object } = {}) =>
  newOf(cronJobs, name, { spec: { schedule: '@daily', jobTemplate: { spec: { ...jobSpec(), ...job } }, ...spec } })

t.test('a new cron job gets defaults, its template only those of pods', async t => {
  const { store } = createTestStore()
  const { spec, status, metadata } = store.create(cronJobs, { ...cronJob(), status: { lastScheduleTime: 'x' } })
  t.hasStrict(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  t.strictSame(Object.keys(spec.jobTemplate.spec), ['template'])
  t.equal(spec.jobTemplate.spec.template.spec.dnsPolicy, 'ClusterFirst')
  t.strictSame(status, {})
  t.equal(metadata.generation, 1)
})

t.test('anything may be changed later', async t => {
  const { store } = createTestStore()
  store.create(cronJobs, cronJob())
  const change = { schedule: '@weekly', timeZone: 'UTC', concurrencyPolicy: 'Forbid', suspend: true }
  store.update(cronJobs, cronJob(change, { job: { backoffLimit: 1 } }))
  const { spec, metadata } = found(store, cronJobs, 'c')
  t.hasStrict(spec, { ...change, jobTemplate: { spec: { backoffLimit: 1 } } })
  t.equal(metadata.generation, 2)
})

t.test('what is wrong is refused, all of it at once', async t => {
  const { store } = createTestStore()
  const refusal = (spec: object, job: object = {}) => {
    const { message } = refusalOf(() => store.create(cronJobs, cronJob(spec, { job })))
    return message.replace('CronJob.batch "c" is invalid: ', '')
  }
  t.equal(refusal({ schedule: undefined }), 'spec.schedule: Required value')
  t.equal(
    refusal({ schedule: '0 0 * * 7', startingDeadlineSeconds: -1, timeZone: 'Nowhere', concurrencyPolicy: 'x' }),
    '[spec.schedule: Invalid value: "0 0 * * 7": end of range (7) above maximum (6): 7, spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0, spec.timeZone: Invalid value: "Nowhere": unknown time zone Nowhere, spec.concurrencyPolicy: Unsupported value: "x": supported values: "Allow", "Forbid", "Replace"]',
  )
  t.equal(
    refusal({ successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -2 }),
    '[spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0, spec.failedJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0]',
  )
  t.equal(
    refusal({}, { selector: {}, manualSelector: true, parallelism: -1 }),
    '[spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0, spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated, spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"]',
  )
})

t.test('a time zone has a field of its own, and is one that everybody knows', async t => {
  const { store } = createTestStore()
  const field = 'use timeZone field instead'
  const refusal = (spec: object) => refusalOf(() => store.create(cronJobs, cronJob(spec))).message
  t.match(refusal({ schedule: 'TZ=UTC @daily' }), `cannot use TZ or CRON_TZ in schedule, ${field}`)
  t.match(refusal({ timeZone: '' }), 'timeZone must be nil or non-empty string')
  t.match(refusal({ timeZone: 'Local' }), 'must be an explicit time zone')
  t.match(refusal({ timeZone: 'local' }), /must be an explicit time zone.*unknown time zone local/)
  for (const timeZone of ['a//b', '../etc', '-x', 'a b', 'Europe/Berlin/', 'ABCDEFGHIJKLMNO', '+0100']) {
    t.match(refusal({ timeZone }), `unknown time zone ${timeZone}`, timeZone)
  }
})

t.test('a name leaves room for that of a run', async t => {
  const { store } = createTestStore()
  const name = 'x'.repeat(53)
  const { message } = refusalOf(() => store.create(cronJobs, cronJob({}, { name })))
  t.match(message, `metadata.name: Invalid value: "${name}": must be no more than 52 characters`)
  t.ok(store.create(cronJobs, cronJob({}, { name: 'x'.repeat(52) })))
})

t.test('kubectl shows what it does and since when', async t => {
  const { store, clock } = createTestStore()
  const rows = () => {
    const object = found(store, cronJobs, 'c')
    return tableOf(cronJobs, [object], {
      meta: { resourceVersion: '1' },
      query: new URLSearchParams(),
      now: clock.now(),
    }).rows
  }
  const made = store.create(cronJobs, cronJob({ timeZone: 'Asia/Tokyo' }))
  t.strictSame(rows()[0]?.cells, [
    'c',
    '@daily',
    'Asia/Tokyo',
    'False',
    0,
    '<none>',
    '0s',
    'job',
    'busybox:1',
    '<none>',
  ])
  const status = { lastScheduleTime: made.metadata.creationTimestamp, active: [{ name: 'x' }] }
  store.update(cronJobs, { ...cronJob(), status }, { subresource: 'status' })
  store.update(cronJobs, cronJob({ suspend: true }))
  await clock.advance(30_000)
  t.strictSame(rows()[0]?.cells.slice(0, 7), ['c', '@daily', '<none>', 'True', 1, '30s', '30s'])
})
