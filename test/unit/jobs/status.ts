import t from 'tap'
import { type Lists, observe } from '../../../src/jobs/observed.ts'
import { statusOf } from '../../../src/jobs/status.ts'
import { aCronJob, aDeployment, aJob, aPod, aRun, endedWith, ofRun, runningSince } from '../../support/job-objects.ts'

/** What each situation is told as stands in the files of the folder situations; here is how it is told. */

const now = Date.parse('2026-11-22T11:02:00Z')
const show = (lists: Lists, more: Partial<Parameters<typeof statusOf>[1]> = {}) => {
  const [observed] = observe(lists)
  if (observed === undefined) throw new Error('there is no job in these lists')
  return statusOf(observed, { now, upToDate: true, ...more })
}
const complete = { type: 'Complete', status: 'True', lastTransitionTime: '2026-11-22T11:01:00Z' }
const failed = { type: 'Failed', status: 'True', lastTransitionTime: '2026-11-22T11:01:00Z' }
const running = [runningSince('2026-11-22T10:00:00Z')]

t.test('a retried job that succeeds has succeeded, and tells of the attempt before (D3)', async t => {
  const second = {
    ...endedWith(0, {}, 'Succeeded'),
    metadata: { ...endedWith(0).metadata, name: 'b', uid: 'b', creationTimestamp: '2026-11-22T10:10:00Z' },
  }
  const job = (status: object) => aJob({ failed: 1, ...status }, { backoffLimit: 1 })
  const told = /^Attempt 2 of 2; the one before: Exit code 1; its logs may say why$/
  t.match(show({ jobs: [job({ conditions: [complete] })], pods: [endedWith(1), second] }), {
    status: { short: 'succeeded', messages: [told] },
    status_short: 'Completed',
  })
  const again = { ...runningSince('2026-11-22T11:00:00Z'), metadata: second.metadata }
  t.match(show({ jobs: [job({})], pods: [endedWith(1), again] }), {
    status: { short: 'running', messages: [told] },
    status_short: 'Running',
  })
  t.match(show({ jobs: [job({})], pods: [endedWith(1)] }).status, {
    short: 'pending',
    messages: [/^Attempt 2 of 2 is about to start; the one before: Exit code 1; its logs may say why$/],
  })
})

t.test('how long it has been so counts from when it became so', async t => {
  t.equal(show({ jobs: [aJob()], pods: running }).status.duration, '1h2m')
  t.equal(show({ jobs: [aJob()] }).status.duration, '1h2m')
  t.equal(
    show({ jobs: [aJob({ completionTime: '2026-11-22T11:00:00Z', conditions: [complete] })] }).status.duration,
    '2m',
  )
  t.equal(show({ jobs: [aJob({ conditions: [failed] })] }).status.duration, '1m')
  t.equal(show({ jobs: [{ status: {} }] }).status.duration, undefined)
  t.equal(show({ jobs: [aJob()], pods: [runningSince('yesterday')] }).status.duration, undefined)
})

t.test('older clients get a sentence', async t => {
  const long = (lists: Lists) => show(lists).status_long
  t.equal(long({ jobs: [aJob()], pods: running }), 'Running since 2026-11-22T10:00:00Z')
  t.match(long({ jobs: [{ status: {} }] }), 'Pending. It is about to start')
  t.equal(long({ deployments: [aDeployment({}, { replicas: 0 })] }).split('.')[0], 'Stopped since 2026-11-22T10:00:00Z')
  const at = '2026-11-22T11:00:00Z'
  const cronjobs = [aCronJob({ lastScheduleTime: at })]
  t.equal(
    long({ cronjobs, jobs: [aRun(at)], pods: [ofRun(runningSince('2026-11-22T11:00:30Z'), at)] }),
    'Running for 1m30s',
  )
  t.equal(long({ cronjobs, jobs: [aRun(at, { conditions: [complete] })] }), 'Last schedule time: 2026-11-22T11:00:00Z')
})

t.test('a scheduled job tells its last run and three of the next', async t => {
  const nextRuns = ['2026-11-22T12:00:00Z', '2026-11-22T13:00:00Z', '2026-11-22T14:00:00Z', '2026-11-22T15:00:00Z']
  const { status } = show({ cronjobs: [aCronJob({ lastScheduleTime: '2026-11-22T11:00:00Z' })] }, { nextRuns })
  t.match(status, { previous_schedule: '2026-11-22T11:00:00Z', next_schedule: '2026-11-22T12:00:00Z' })
  t.strictSame(status.next_runs, nextRuns.slice(0, 3))
  const before = show({ cronjobs: [aCronJob()] }).status
  t.notOk('previous_schedule' in before || 'next_schedule' in before || 'next_runs' in before)
  t.notOk('next_runs' in show({ jobs: [aJob()] }, { nextRuns }).status, 'no other job')
  const manual = show({ cronjobs: [aCronJob()], jobs: [aRun('2026-11-22T11:01:00Z', {}, true)] }).status
  t.equal(manual.previous_schedule, '2026-11-22T11:01:00Z')
})

t.test('a job that differs from what was asked for is told so', async t => {
  t.match(show({ jobs: [aJob()], pods: running }, { upToDate: false }).status, {
    up_to_date: false,
    messages: [/differs from what was asked/],
  })
})

t.test('a pod on its way out is not the current one', async t => {
  const leaving = aPod({ phase: 'Running' }, { deletionTimestamp: '2026-11-22T11:00:00Z' })
  t.match(show({ jobs: [aJob()], pods: [leaving] }, { now: now - 3_700_000 }).status, {
    short: 'pending',
    messages: ['It is about to start'],
  })
})

t.test('a job whose last pod has ended is just ending', async t => {
  for (const pods of [[endedWith(0, {}, 'Succeeded')], [endedWith(1)], [endedWith(0, {}, 'Running')]])
    t.match(show({ jobs: [aJob()], pods }).status, { short: 'running', messages: ['It is just ending'] })
})
