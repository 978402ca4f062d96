import t from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { planCron } from '../../../../src/sandbox/controllers/cron-plan.ts'
import { referenceTo, runFor } from '../../../../src/sandbox/controllers/cron-run.ts'
import { cronJobs } from '../../../../src/sandbox/kinds/cron-job.ts'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import type { CronJob, Job } from '../../../../src/sandbox/kinds/types.ts'
import { createTestStore, jobSpec, newOf } from '../../../support/store.ts'

const ten = Date.UTC(2026, 10, 22, 10)
const minute = 60_000

/** A cron job that was made at ten, and some of its runs by the minutes after ten at which they were due. */
function setup(spec: object = {}) {
  const { store } = createTestStore()
  const fields = { spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec() }, ...spec } }
  const made = store.create(cronJobs, newOf(cronJobs, 'c', fields))
  return {
    made,
    runAt: (minutes: number, status: Job['status'] = {}): Job => ({
      ...store.create(jobs, runFor(made, ten + minutes * minute)),
      status,
    }),
    plan: (runs: readonly Job[], status: CronJob['status'], { minutes = 0, exists = false }) =>
      planCron({
        cronJob: { ...made, status },
        jobs: runs,
        exists: () => exists,
        now: ten + minutes * minute,
      }),
  }
}

const ended = (type: 'Complete' | 'Failed', minutes?: number): Job['status'] => ({
  conditions: [{ type, status: 'True' }],
  ...(minutes === undefined ? {} : { startTime: rfc3339(ten + minutes * minute) }),
})

t.test('the oldest by their start go first; what never started is the youngest', async t => {
  const { runAt, plan } = setup({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1, suspend: true })
  const runs = [
    runAt(1, ended('Complete', 9)),
    runAt(2, ended('Complete', 2)),
    runAt(3, ended('Failed')),
    runAt(4, ended('Failed', 4)),
    runAt(5),
  ]
  const names = plan(runs, {}, { minutes: 10 }).expired.map(({ metadata }) => metadata.name)
  t.strictSame(names, [runs[1]?.metadata.name, runs[3]?.metadata.name])
})

t.test('the latest success counts, in whatever order they come', async t => {
  const { runAt, plan } = setup({ suspend: true })
  const success = (minutes: number) => ({ ...ended('Complete'), completionTime: rfc3339(ten + minutes * minute) })
  const runs = [runAt(1, success(7)), runAt(2, success(3))]
  t.equal(plan(runs, {}, { minutes: 10 }).status.lastSuccessfulTime, '2026-11-22T10:07:00Z')
  const before = { lastSuccessfulTime: '2026-11-22T10:08:00Z' }
  t.strictSame(plan(runs, before, { minutes: 10 }).status, before)
})

t.test('an active job that is no run any more is missing only when it is gone', async t => {
  const { runAt, plan } = setup({ suspend: true })
  const active = [referenceTo(runAt(1))]
  t.strictSame(plan([], { active }, { minutes: 2, exists: true }).status, { active })
  const gone = plan([], { active }, { minutes: 2, exists: false })
  t.strictSame(gone.status, {})
  t.equal(gone.events[0]?.reason, 'MissingJob')
})

t.test('in one minute there is one run, however often the schedule comes up', async t => {
  const { runAt, plan } = setup({ schedule: '@every 10s' })
  const run = runAt(1)
  const status = { active: [referenceTo(run)], lastScheduleTime: rfc3339(ten + minute) }
  t.equal(plan([run], status, { minutes: 1.5 }).start, undefined)
  t.equal(plan([run], status, { minutes: 2 }).start?.moment, ten + 2 * minute)
})

t.test('what is to be replaced is what is active, not what is over', async t => {
  const { runAt, plan } = setup({ concurrencyPolicy: 'Replace' })
  const [over, running] = [runAt(1, ended('Failed', 1)), runAt(2)]
  const status = { active: [over, running].map(referenceTo), lastScheduleTime: rfc3339(ten + 2 * minute) }
  t.strictSame(plan([over, running], status, { minutes: 3 }).start, {
    moment: ten + 3 * minute,
    replaces: [referenceTo(running)],
  })
})

t.test('suspended, it waits for a change', async t => {
  const { plan } = setup({ suspend: true })
  t.hasStrict(plan([], {}, { minutes: 5 }), { start: undefined, wait: Number.POSITIVE_INFINITY })
  t.hasStrict(setup().plan([], {}, { minutes: 0 }), { start: undefined, wait: minute + 100 })
})
