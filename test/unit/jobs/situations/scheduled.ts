import type { Lists } from '../../../../src/jobs/observed.ts'
import { aCronJob, anEvent, aRun, endedWith, ofRun, runningSince } from '../../../support/job-objects.ts'
import { checkSituations, type Situation } from '../../../support/job-situations.ts'

const complete = (at: string) => ({ conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: at }] })
const failed = (at: string) => ({
  conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: at }],
})
const about = (reason: string, message: string, lastTimestamp: string) =>
  anEvent({ reason, message, lastTimestamp, involvedObject: { kind: 'CronJob', name: 'two', uid: 'cron-1' } })

const [ten, eleven] = ['2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z']
const ran = (at: string) => ({ lastScheduleTime: at })
const exit2 = (at: string) => ofRun(endedWith(2), at)

interface Row extends Pick<Situation, 'what' | 'short' | 'code' | 'messages' | 'old'> {
  lists: Lists
  now?: string
}
const well = { short: 'succeeded', code: 'finished_well', messages: [] }

const rows: Row[] = [
  {
    what: 'before the first run',
    lists: {
      cronjobs: [aCronJob({}, {})].map(one => ({
        ...one,
        metadata: { ...one.metadata, creationTimestamp: '2026-11-22T11:01:00Z' },
      })),
    },
    short: 'pending',
    code: 'waiting_for_schedule',
    messages: ['^It has not run yet$', '^It runs next at 2026-11-22T12:00:00Z$'],
    old: 'Waiting for scheduled time',
  },
  {
    what: 'a run at work',
    lists: {
      cronjobs: [aCronJob(ran(eleven))],
      jobs: [aRun(ten, complete(ten)), aRun(eleven, { active: 1 })],
      pods: [exit2(ten), ofRun(runningSince('2026-11-22T11:00:30Z'), eleven)],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
    old: 'Running for 1m30s',
  },
  {
    what: 'the newest run ended well, one before did not',
    lists: {
      cronjobs: [aCronJob(ran(eleven))],
      jobs: [aRun(eleven, complete('2026-11-22T11:00:10Z')), aRun(ten, failed(ten))],
      pods: [exit2(ten)],
    },
    ...well,
    old: `Last schedule time: ${eleven}`,
  },
  {
    what: 'the newest run failed, one before did not',
    lists: {
      cronjobs: [aCronJob(ran(eleven))],
      jobs: [aRun(ten, complete(ten)), aRun(eleven, failed('2026-11-22T11:00:10Z'))],
      pods: [exit2(eleven)],
    },
    short: 'failed',
    code: 'exit_code',
    messages: ['^The last run failed\\. Exit code 2; its logs', '^It runs next at 2026-11-22T12:00:00Z$'],
    old: `Last schedule time: ${eleven} (failed)`,
  },
  {
    what: 'a run that somebody started is the newest',
    lists: {
      cronjobs: [aCronJob(ran(eleven))],
      jobs: [aRun(eleven, complete(eleven)), aRun('2026-11-22T11:01:00Z', failed('2026-11-22T11:01:10Z'), true)],
      pods: [exit2('2026-11-22T11:01:00Z')],
    },
    short: 'failed',
    code: 'exit_code',
    messages: ['^The last run failed\\.', 'runs next'],
    old: 'Last schedule time: 2026-11-22T11:01:00Z (failed)',
  },
  {
    what: 'a run being deleted does not count',
    lists: {
      cronjobs: [aCronJob(ran(eleven))],
      jobs: [
        aRun(ten, complete(ten)),
        {
          ...aRun(eleven, failed(eleven)),
          metadata: { ...aRun(eleven).metadata, deletionTimestamp: '2026-11-22T11:01:00Z' },
        },
      ],
    },
    ...well,
  },
  {
    what: 'runs that were removed, the last one well',
    lists: { cronjobs: [aCronJob({ ...ran(eleven), lastSuccessfulTime: '2026-11-22T11:00:20Z' })] },
    ...well,
  },
  {
    what: 'runs that were removed, the last one not well',
    lists: { cronjobs: [aCronJob({ ...ran(eleven), lastSuccessfulTime: ten })] },
    short: 'pending',
    code: 'result_lost',
    messages: [`^It ran last at ${eleven}; how that ended is no longer known`, 'runs next'],
  },
  {
    what: 'suspended after a run that failed',
    lists: {
      cronjobs: [aCronJob(ran(eleven), { suspend: true })],
      jobs: [aRun(eleven, failed(eleven))],
      pods: [exit2(eleven)],
    },
    short: 'failed',
    code: 'exit_code',
    messages: ['The last run failed', 'suspended'],
  },
  {
    what: 'suspended after a run that ended well, for longer than a slot',
    lists: { cronjobs: [aCronJob(ran(ten), { suspend: true })], jobs: [aRun(ten, complete(ten))] },
    short: 'pending',
    code: 'suspended',
    messages: ['^It is suspended: no run starts'],
    old: 'Suspended',
  },
  {
    what: 'a run that the cluster did not start, and nothing says why',
    lists: { cronjobs: [aCronJob(ran(ten))], jobs: [aRun(ten, complete(ten))] },
    short: 'succeeded',
    code: 'start_deadline_missed',
    messages: [
      `^The run of ${eleven} was missed: the cluster did not start it within its 30 seconds; to run it now, restart it`,
    ],
  },
  {
    what: 'a run that is only a little late',
    lists: { cronjobs: [aCronJob(ran(ten))], jobs: [aRun(ten, complete(ten))] },
    now: '2026-11-22T11:00:40Z',
    ...well,
  },
  {
    what: 'a first run that was missed',
    lists: { cronjobs: [aCronJob()] },
    short: 'pending',
    code: 'never_scheduled',
    messages: [`^The run of 2026-11-20T11:00:00Z was missed`, 'runs next'],
  },
  {
    what: 'a missed run, as the cluster tells',
    lists: {
      cronjobs: [aCronJob(ran(ten))],
      jobs: [aRun(ten, complete(ten))],
      events: [about('MissSchedule', 'Missed scheduled time to start a job: 11:00', '2026-11-22T11:00:50Z')],
    },
    now: '2026-11-22T11:00:55Z',
    short: 'succeeded',
    code: 'start_deadline_missed',
    messages: ['was missed: .*\\(Missed scheduled time to start a job: 11:00\\)'],
  },
  {
    what: 'a missed run after one that failed is told beside it',
    lists: { cronjobs: [aCronJob(ran(ten))], jobs: [aRun(ten, failed(ten))], pods: [exit2(ten)] },
    short: 'failed',
    code: 'exit_code',
    messages: ['The last run failed', 'runs next', 'was missed'],
  },
  {
    what: 'a schedule that was changed since, so that nothing was missed',
    lists: {
      cronjobs: [aCronJob(ran(ten))].map(one => ({
        ...one,
        metadata: {
          ...one.metadata,
          managedFields: [{ time: '2026-11-22T11:01:00Z' }, { subresource: 'status', time: ten }],
        },
      })),
      jobs: [aRun(ten, complete(ten))],
    },
    ...well,
  },
  {
    what: 'the run before is not over',
    lists: {
      cronjobs: [aCronJob(ran(ten))],
      jobs: [aRun(ten, { active: 1 })],
      pods: [ofRun(runningSince(ten), ten)],
    },
    short: 'running',
    code: 'previous_run_still_running',
    messages: [`^The run of ${eleven} has not started: the run of ${ten} has not ended yet`],
  },
  {
    what: 'no room for a first run',
    lists: {
      cronjobs: [aCronJob()],
      events: [
        about(
          'FailedCreate',
          'Error creating job: jobs.batch "two-1" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=15, limited: count/jobs.batch=15',
          '2026-11-22T11:00:05Z',
        ),
      ],
    },
    short: 'pending',
    code: 'quota_exceeded',
    messages: [
      '^A run was not started\\. Unable to start, out of quota for jobs; delete what is not needed',
      'runs next',
    ],
  },
  {
    what: 'a time zone that the cluster does not know',
    lists: {
      cronjobs: [aCronJob({}, { timeZone: 'Mars/Base' })],
      events: [about('UnknownTimeZone', 'invalid timeZone: "Mars/Base"', eleven)],
    },
    short: 'failed',
    code: 'schedule_invalid',
    messages: ['does not understand its schedule'],
  },
  {
    what: 'nothing in it',
    lists: { cronjobs: [{ spec: { schedule: '', jobTemplate: {} } }] },
    short: 'pending',
    code: 'waiting_for_schedule',
    messages: ['not run yet', 'runs next'],
    now: '2026-11-22T11:00:10Z',
  },
  {
    what: 'a run that somebody started does not stand for the one that was missed',
    lists: {
      cronjobs: [aCronJob(ran(ten))],
      jobs: [aRun('2026-11-22T11:00:10Z', complete('2026-11-22T11:00:20Z'), true)],
    },
    short: 'succeeded',
    code: 'start_deadline_missed',
    messages: [`^The run of ${eleven} was missed`],
  },
  {
    what: 'a schedule that was changed nobody knows when, so that nothing is claimed',
    lists: {
      cronjobs: [aCronJob(ran(ten))].map(one => ({ ...one, metadata: { ...one.metadata, generation: 2 } })),
      jobs: [aRun(ten, complete(ten))],
    },
    ...well,
  },
  {
    what: 'several runs were missed: the first of them is named',
    lists: { cronjobs: [aCronJob(ran(ten))], jobs: [aRun(ten, complete(ten))] },
    now: '2026-11-22T14:30:00Z',
    short: 'succeeded',
    code: 'start_deadline_missed',
    messages: [`^The run of ${eleven} was missed`],
  },
]

checkSituations(rows.map(row => ({ now: '2026-11-22T11:02:00Z', nextRuns: ['2026-11-22T12:00:00Z'], ...row })))
