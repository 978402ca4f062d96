import t from 'tap'
import { scheduledVerdict } from '../../../src/jobs/status-scheduled.ts'
import type { KubeCronJob, KubeEvent, KubeJob } from '../../../src/jobs/wire.ts'
import { aCronJob, anEvent, aRun, endedWith, ofRun, runningSince } from '../../support/job-objects.ts'

const [ten, eleven] = ['2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z']
const at = (moment: string) => Date.parse(moment)
const complete = (moment: string) => ({
  conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: moment }],
})
const failed = (moment: string) => ({
  conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: moment }],
})

type Seen = Partial<Parameters<typeof scheduledVerdict>[1]>
const verdict = (cronJob: KubeCronJob, more: Seen = {}) =>
  scheduledVerdict(cronJob, { jobs: [], pods: [], events: [], now: at('2026-11-22T10:30:00Z'), ...more })
const codeOf = (cronJob: KubeCronJob, more: Seen = {}) => verdict(cronJob, more).cause.code

const about = (reason: string, more: Partial<KubeEvent> = {}): KubeEvent =>
  anEvent({
    reason,
    message: 'the words',
    lastTimestamp: '2026-11-22T10:20:00Z',
    involvedObject: { kind: 'CronJob', name: 'two', uid: 'cron-1' },
    ...more,
  })
const made = (cronJob: KubeCronJob, metadata: object): KubeCronJob => ({
  ...cronJob,
  metadata: { ...cronJob.metadata, ...metadata },
})
/** That ran last at ten, and well. */
const calm = { jobs: [aRun(ten, complete('2026-11-22T10:00:20Z'))] }
const ranAtTen = (spec: Parameters<typeof aCronJob>[1] = {}) => aCronJob({ lastScheduleTime: ten }, spec)

t.test('what is seen begins with the schedule, its time zone, and whether it is suspended', async t => {
  const first = (cronJob: KubeCronJob) => verdict(cronJob).cause.findings?.[0]
  t.strictSame(first(ranAtTen()), {
    object: 'cronjob/two',
    says: 'runs at 0 * * * *',
    since: '2026-11-20T10:00:00Z',
  })
  t.equal(first(ranAtTen({ timeZone: 'Europe/Berlin' }))?.says, 'runs at 0 * * * * (Europe/Berlin)')
  t.equal(first(ranAtTen({ suspend: true }))?.says, 'runs at 0 * * * *, suspended')
  t.equal(
    first(ranAtTen({ suspend: true, timeZone: 'Europe/Berlin' }))?.says,
    'runs at 0 * * * * (Europe/Berlin), suspended',
  )
  t.equal(first(ranAtTen({ suspend: false }))?.says, 'runs at 0 * * * *')
})

t.test('an object with hardly anything in it is told about as well', async t => {
  const bare: KubeCronJob[] = JSON.parse('[{}, {"metadata": {}}, {"metadata": {"annotations": {}}}, {"spec": null}]')
  for (const cronJob of bare) {
    t.match(verdict(cronJob), { short: 'pending', cause: { code: 'waiting_for_schedule' } })
    t.notOk('previous' in verdict(cronJob))
  }
  const runs: KubeJob[] = [{}, { metadata: {} }, { metadata: { name: 'x' } }]
  for (const run of runs) t.equal(verdict(ranAtTen(), { jobs: [run] }).previous, ten)
})

t.test('the last start is the latest one known, by the schedule or by a person', async t => {
  const previous = (cronJob: KubeCronJob, jobs: KubeJob[]) => verdict(cronJob, { jobs }).previous
  t.equal(previous(ranAtTen(), []), ten)
  t.equal(previous(aCronJob(), [aRun(ten)]), ten)
  t.equal(previous(ranAtTen(), [aRun('2026-11-22T10:15:00Z', {}, true)]), '2026-11-22T10:15:00Z')
  t.equal(previous(aCronJob({ lastScheduleTime: eleven }), [aRun(ten)]), eleven)
  const run = aRun(ten)
  const late = { ...run, metadata: { ...run.metadata, creationTimestamp: '2026-11-22T10:00:07Z' } }
  t.equal(previous(aCronJob(), [late]), ten, 'the time of the schedule, not the one when it was made')
})

t.test('events of a run, and of its pods that are gone, explain it', async t => {
  const [now, jobs] = [at('2026-11-22T10:00:30Z'), [aRun(ten)]]
  const name = `two-${ten}`
  const cause = (involvedObject: NonNullable<KubeEvent['involvedObject']>, events = 'FailedCreate') =>
    verdict(ranAtTen(), { jobs, now, events: [about(events, { message: 'exceeded quota: q', involvedObject })] }).cause
      .code
  const calmCode = verdict(ranAtTen(), { jobs, now }).cause.code
  t.equal(cause({ kind: 'Job', name, uid: `run-${ten}` }), 'quota_exceeded')
  for (const other of [
    { kind: 'Job', name, uid: 'run-of-before' },
    { kind: 'Job', name },
    { kind: 'Job', name: `${name}-abcde` },
    { kind: 'Pod', name: `${name}x-abcde` },
    { kind: 'Pod', name: 'another-abcde' },
  ])
    t.equal(cause(other), calmCode, JSON.stringify(other))
})

t.test('a run counts as missed only a minute after the deadline for its start', async t => {
  const missedAt = (now: number, spec = {}) => codeOf(ranAtTen(spec), { ...calm, now }) === 'start_deadline_missed'
  const due = at(eleven)
  t.notOk(missedAt(due))
  t.notOk(missedAt(due + 90_000 - 1))
  t.ok(missedAt(due + 90_000))
  t.notOk(missedAt(due + 660_000 - 1, { startingDeadlineSeconds: 600 }))
  t.ok(missedAt(due + 660_000, { startingDeadlineSeconds: 600 }))
  t.ok(missedAt(due + 60_000, { startingDeadlineSeconds: undefined }))
  t.notOk(missedAt(due + 60_000 - 1, { startingDeadlineSeconds: undefined }))
})

t.test('a missed run is told with its time, its deadline, and the words of the cluster', async t => {
  const says = (more: Seen, spec = {}) => verdict(ranAtTen(spec), { ...calm, ...more }).cause.says
  const now = at('2026-11-22T11:05:00Z')
  const begin = `The run of ${eleven} was missed: the cluster did not start it`
  t.equal(says({ now }), `${begin} within its 30 seconds`)
  t.equal(says({ now }, { startingDeadlineSeconds: 0 }), begin)
  const events = [about('MissSchedule', { lastTimestamp: eleven })]
  t.equal(says({ now, events }), `${begin} within its 30 seconds (the words)`)
  const early = verdict(ranAtTen(), { ...calm, events: [about('TooManyMissedTimes')] }).cause
  t.equal(early.says, 'A run was missed: the cluster did not start it within its 30 seconds (the words)')
  t.equal(early.findings?.at(-1)?.says, 'no run was started')
  t.equal(verdict(ranAtTen(), { ...calm, now }).cause.findings?.at(-1)?.says, `no run was started at ${eleven}`)
  t.match(verdict(ranAtTen(), { ...calm, now }), { short: 'succeeded', cause: { todo: /restart/ } })
})

t.test('an event is about a missed run only when it is of this job, and of after its last start', async t => {
  const code = (more: Partial<KubeEvent>) => codeOf(ranAtTen(), { ...calm, events: [about('MissSchedule', more)] })
  t.equal(code({}), 'start_deadline_missed')
  t.equal(code({ lastTimestamp: '2026-11-22T10:00:01Z' }), 'start_deadline_missed')
  t.equal(code({ lastTimestamp: ten }), 'finished_well')
  t.equal(code({ lastTimestamp: '2026-11-22T09:59:00Z' }), 'finished_well')
  t.equal(code({ involvedObject: { kind: 'CronJob', name: 'two', uid: 'cron-0' } }), 'finished_well')
  t.equal(code({ involvedObject: { kind: 'CronJob', name: 'two' } }), 'finished_well')
  const unknown = made(ranAtTen(), { uid: undefined })
  for (const uid of ['', undefined])
    t.equal(
      codeOf(unknown, {
        events: [
          about('UnparseableSchedule', { involvedObject: { kind: 'CronJob', ...(uid === undefined ? {} : { uid }) } }),
        ],
      }),
      'result_lost',
      'nothing is about an object without a uid',
    )
})

t.test('a first run that was missed is told from a later one', async t => {
  const now = at('2026-11-22T11:05:00Z')
  t.equal(codeOf(aCronJob(), { now }), 'never_scheduled')
  t.equal(codeOf(ranAtTen(), { ...calm, now }), 'start_deadline_missed')
})

t.test('nothing is missed that is suspended, or whose schedule may have been another one', async t => {
  const now = at('2026-11-22T11:05:00Z')
  t.equal(codeOf(ranAtTen({ suspend: true }), { now }), 'suspended')
  const code = (metadata: object) => codeOf(made(ranAtTen(), metadata), { ...calm, now })
  t.equal(code({}), 'start_deadline_missed')
  t.equal(code({ generation: 1 }), 'start_deadline_missed')
  t.equal(code({ generation: 2 }), 'finished_well')
  const [before, after] = [{ time: '2026-11-22T10:30:00Z' }, { time: '2026-11-22T11:01:00Z' }]
  t.equal(code({ generation: 2, managedFields: [before] }), 'start_deadline_missed')
  t.equal(code({ generation: 2, managedFields: [before, after] }), 'finished_well')
  t.equal(
    code({ generation: 2, managedFields: [before, { ...after, subresource: 'status' }] }),
    'start_deadline_missed',
  )
  t.equal(code({ generation: 2, managedFields: [{ ...before, subresource: 'status' }] }), 'finished_well')
  t.equal(code({ creationTimestamp: undefined }), 'finished_well')
  t.equal(code({ creationTimestamp: '2026-11-22T11:00:30Z' }), 'finished_well')
})

t.test('the schedule is read in its own time zone', async t => {
  const code = (spec: object, now: string) => codeOf(ranAtTen(spec), { ...calm, now: at(now) })
  const noon = { schedule: '0 12 * * *', timeZone: 'Europe/Berlin' }
  t.equal(code(noon, '2026-11-22T11:05:00Z'), 'start_deadline_missed')
  t.equal(code({ ...noon, timeZone: '' }, '2026-11-22T11:05:00Z'), 'finished_well')
  t.equal(code({ ...noon, timeZone: undefined }, '2026-11-22T12:05:00Z'), 'start_deadline_missed')
})

t.test('a run waits for the one before only where two may not run at once', async t => {
  const jobs = [aRun(ten, { active: 1 })]
  const pods = [ofRun(runningSince(ten), ten)]
  const now = at('2026-11-22T11:00:10Z')
  const code = (spec: object, more: Seen = {}) => codeOf(ranAtTen(spec), { jobs, pods, now, ...more })
  t.equal(code({}), 'previous_run_still_running')
  for (const concurrencyPolicy of ['Allow', 'Replace', undefined]) t.equal(code({ concurrencyPolicy }), 'running_well')
  t.equal(code({}, { now: at(eleven) }), 'previous_run_still_running')
  t.equal(code({}, { now: at(eleven) - 1 }), 'running_well')
  const { cause } = verdict(ranAtTen(), { jobs, pods, now })
  t.equal(
    cause.says,
    `The run of ${eleven} has not started: the run of ${ten} has not ended yet, and two never run at once`,
  )
  t.strictSame(cause.findings?.at(-1), { object: `job/two-${ten}`, says: 'has not ended yet', since: ten })
  const stuck = verdict(ranAtTen(), { jobs, pods: [], now })
  t.ok(
    stuck.notes.some(note => note.includes('has not started')),
    'told beside what is wrong with the run itself',
  )
})

t.test('a run that the cluster refuses is told with what to do', async t => {
  const quota =
    'exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=15, limited: count/jobs.batch=15'
  const { cause, notes } = verdict(ranAtTen(), { ...calm, events: [about('FailedCreate', { message: quota })] })
  t.match(cause, {
    code: 'quota_exceeded',
    says: /^A run was not started\. /,
    todo: /the next run starts if there is room/,
  })
  t.strictSame(notes, [])
  t.ok(
    cause.findings?.some(({ says, since }) => /refuses to make a run/.test(says) && since === '2026-11-22T10:20:00Z'),
  )
  const other = verdict(ranAtTen(), { ...calm, events: [about('FailedCreate', { message: 'denied the request: no' })] })
  t.not(other.cause.code, 'quota_exceeded')
  t.notMatch(other.cause.todo ?? '', /if there is room/)
})

t.test('a schedule that the cluster does not understand is told, and nothing besides', async t => {
  const now = at('2026-11-22T11:05:00Z')
  for (const reason of ['UnparseableSchedule', 'InvalidSchedule', 'UnknownTimeZone']) {
    const told = verdict(aCronJob(), { now, events: [about(reason)] })
    t.match(told, { short: 'failed', old: 'Failed', cause: { code: 'schedule_invalid', says: /\(the words\)/ } })
    t.strictSame(told.notes, [])
    t.match(told.cause.todo, /schedule or time zone/)
  }
  t.equal(codeOf(aCronJob(), { events: [about('Scheduled')], now: at('2026-11-20T10:30:00Z') }), 'waiting_for_schedule')
})

t.test('how the last run ended is told from what is left of it', async t => {
  const left = (success: string | undefined) =>
    verdict(aCronJob({ lastScheduleTime: ten, ...(success === undefined ? {} : { lastSuccessfulTime: success }) }))
  t.match(left(ten), {
    short: 'succeeded',
    since: ten,
    cause: { code: 'finished_well', says: `Its last run ended well at ${ten}` },
  })
  t.match(left('2026-11-22T10:00:20Z'), { short: 'succeeded', since: '2026-11-22T10:00:20Z' })
  for (const success of ['2026-11-22T09:59:59Z', undefined])
    t.match(left(success), { short: 'pending', cause: { code: 'result_lost' }, since: '2026-11-20T10:00:00Z' })
  t.equal(left(ten).old, `Last schedule time: ${ten}`)
})

t.test('while it is suspended that is told with every run', async t => {
  const suspended = /^It is suspended: no run starts until that is taken back$/
  const spec = { suspend: true }
  const running = verdict(ranAtTen(spec), { jobs: [aRun(ten, { active: 1 })], pods: [ofRun(runningSince(ten), ten)] })
  t.match([running.short, running.notes], ['running', [suspended]])
  t.equal(running.old, 'Running for 30m')
  const nextRuns = [eleven]
  const pods = [ofRun(endedWith(2), ten)]
  const bad = verdict(ranAtTen(spec), { jobs: [aRun(ten, failed(ten))], pods, nextRuns })
  t.match([bad.short, bad.notes], ['failed', [suspended]])
  t.equal(bad.notes.length, 1, 'and not when it would run next')
  t.match(verdict(ranAtTen(), { jobs: [aRun(ten, failed(ten))], pods, nextRuns }).notes, [`It runs next at ${eleven}`])
  const starting = verdict(ranAtTen(spec), { jobs: [aRun(ten)], now: at('2026-11-22T10:00:10Z') })
  t.match([starting.short, starting.notes.at(-1)], ['pending', suspended])
  t.match(verdict(ranAtTen(spec)), {
    short: 'pending',
    old: 'Suspended',
    cause: { code: 'suspended', todo: /restart/ },
  })
  t.match(verdict(ranAtTen(spec), calm), { short: 'pending', old: 'Suspended' })
})

t.test('what kept a run from starting is told by events of its pod, which is gone', async t => {
  const end = '2026-11-22T10:20:00Z'
  const tooLate = { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', lastTransitionTime: end }
  const name = `two-${ten}`
  const code = (involvedObject: NonNullable<KubeEvent['involvedObject']>) =>
    codeOf(ranAtTen(), {
      jobs: [{ ...aRun(ten, { conditions: [tooLate] }), spec: { activeDeadlineSeconds: 1200, template: {} } }],
      events: [
        about('FailedScheduling', {
          message: 'Insufficient memory',
          lastTimestamp: '2026-11-22T10:19:00Z',
          involvedObject,
        }),
      ],
    })
  t.equal(code({ kind: 'Pod', name: `${name}-abcde`, uid: 'gone' }), 'unschedulable')
  for (const other of [
    { kind: 'Pod', name: `${name}x-abcde`, uid: 'gone' },
    { kind: 'Pod', name: 'another-abcde', uid: 'gone' },
    { kind: 'Pod', uid: 'gone' },
    { kind: 'Job', name: `${name}-abcde`, uid: 'gone' },
  ])
    t.equal(code(other), 'deadline_exceeded', JSON.stringify(other))
})
