import t from 'tap'
import { type Run, runVerdict } from '../../../src/jobs/status-run.ts'
import type { KubeEvent, KubeJob } from '../../../src/jobs/wire.ts'
import { aJob, anEvent, endedWith, runningSince, waitingFor } from '../../support/job-objects.ts'

const now = Date.parse('2026-11-22T10:10:00Z')
const verdict = (job: KubeJob, more: Partial<Run> = {}) => runVerdict({ job, pods: [], events: [], now, ...more })

const aboutPod = (event: Partial<KubeEvent>) =>
  anEvent({ reason: 'Failed', involvedObject: { kind: 'Pod', uid: 'pod-9', name: 'one-xyz' }, ...event })
const refusedAt = (
  lastTimestamp: string,
  message = 'exceeded quota: q, requested: pods=1, used: pods=9, limited: pods=9',
) => anEvent({ reason: 'FailedCreate', message, lastTimestamp })

/** A Job that ran from 10:00 to 10:10, and no longer. */
const late = (status: NonNullable<KubeJob['status']> = {}) =>
  aJob(
    {
      startTime: '2026-11-22T10:00:00Z',
      conditions: [
        { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', lastTransitionTime: '2026-11-22T10:10:00Z' },
      ],
      ...status,
    },
    { activeDeadlineSeconds: 600 },
  )

t.test('a run that took too long is out of time', async t => {
  const { cause, short } = verdict(late())
  t.match(cause, { code: 'deadline_exceeded', says: 'It took longer than its time limit of 10m' })
  t.equal(short, 'failed')
  t.match(cause.findings, [{ object: 'job/one', says: 'failed: DeadlineExceeded', since: '2026-11-22T10:10:00Z' }])
})

t.test('unless something kept it from starting up to the end', async t => {
  const pulled = (lastTimestamp: string, more: Partial<KubeEvent> = {}) =>
    aboutPod({ message: 'Failed to pull image "x": code = NotFound', lastTimestamp, ...more })
  const code = (...events: KubeEvent[]) => verdict(late(), { events }).cause.code
  t.match(verdict(late(), { events: [pulled('2026-11-22T10:09:00Z')] }).cause, {
    code: 'image_not_found',
    says: /^It could not start within its time limit of 10m: /,
  })
  t.equal(code(pulled('2026-11-22T10:05:00Z')), 'image_not_found', 'from half of the time on')
  t.equal(code(pulled('2026-11-22T10:04:59Z')), 'deadline_exceeded', 'what was over by then was not it')
  t.equal(code(pulled('2026-11-22T10:09:00Z'), aboutPod({ reason: 'Started' })), 'deadline_exceeded', 'it had begun')
  t.equal(code(pulled('2026-11-22T10:09:00Z', { reason: 'Pulling' })), 'deadline_exceeded', 'that is no trouble')
  const ofJob = { involvedObject: { kind: 'Job', uid: 'job-1' } }
  t.equal(code(pulled('2026-11-22T10:09:00Z', ofJob)), 'deadline_exceeded', 'what is told of a pod')
  const network = aboutPod({
    reason: 'NetworkNotReady',
    message: 'network is not ready',
    lastTimestamp: '2026-11-22T10:09:00Z',
  })
  t.equal(code(network), 'cluster_trouble')
  const began = { pods: [runningSince('2026-11-22T10:01:00Z')], events: [pulled('2026-11-22T10:09:00Z')] }
  t.equal(verdict(late(), began).cause.code, 'deadline_exceeded')
  t.equal(verdict(late(), { ...began, pods: [endedWith(1)] }).cause.code, 'deadline_exceeded')
  t.equal(verdict(late(), { ...began, pods: [waitingFor('ContainerCreating')] }).cause.code, 'image_not_found')
})

t.test('or no pod of it was ever made', async t => {
  const events = [refusedAt('2026-11-22T10:00:10Z')]
  t.equal(verdict(late(), { events }).cause.code, 'quota_exceeded', 'whenever that was told')
  t.equal(verdict(late({ failed: 1 }), { events }).cause.code, 'deadline_exceeded')
})

t.test('a failure whose pods are gone is told as that', async t => {
  const failed = (more: object) =>
    aJob({ conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2026-11-22T10:05:00Z', ...more }] })
  const lost = verdict(failed({ reason: 'BackoffLimitExceeded', message: 'Too many.' })).cause
  t.match(lost, {
    code: 'result_lost',
    says: 'It failed, and its pods are gone (Too many)',
    todo: /log files may say why/,
  })
  t.equal(lost.findings?.[0]?.says, 'failed: BackoffLimitExceeded')
  t.equal(verdict(failed({})).cause.says, 'It failed, and its pods are gone')
  t.equal(verdict(failed({ message: 'so' })).cause.findings?.[0]?.says, 'failed: so')
})

t.test('attempts are counted, and the one before is told', async t => {
  const retried = (failed: number, backoffLimit = 2) => aJob({ failed }, { backoffLimit })
  const running = { pods: [endedWith(3), runningSince('2026-11-22T10:05:00Z')] }
  t.match(verdict(retried(1), running), {
    short: 'running',
    notes: ['Attempt 2 of 3; the one before: Exit code 3; its logs may say why'],
  })
  t.equal(verdict(retried(1), running).cause.findings?.[0]?.says, 'Attempt 2 of 3')
  t.match(verdict(retried(1), { pods: [runningSince('2026-11-22T10:05:00Z')] }).notes, ['Attempt 2 of 3'])
  const first = verdict(retried(0), { pods: [runningSince('2026-11-22T10:05:00Z')] })
  t.same([first.notes, first.cause.findings?.[0]?.says], [[], 'has a pod'])
  t.match(verdict(retried(1), { pods: [endedWith(3)] }), {
    short: 'pending',
    notes: [],
    cause: { says: 'Attempt 2 of 3 is about to start; the one before: Exit code 3; its logs may say why' },
  })
  t.match(verdict(retried(3), { pods: [endedWith(3)] }), { short: 'running', cause: { says: 'It is just ending' } })
})

t.test('a Job without a pod says why, as far as anybody does', async t => {
  const job = aJob()
  t.match(verdict(job, { events: [refusedAt('2026-11-22T10:00:05Z')] }), {
    short: 'pending',
    old: /quota/,
    cause: { code: 'quota_exceeded', findings: [{ says: 'has no pod: the cluster refuses to make one' }] },
  })
  t.equal(verdict(job, { events: [refusedAt('2026-11-22T10:00:05Z', 'no')] }).old, 'Pending')
  const stranger = { ...refusedAt('2026-11-22T10:00:05Z'), involvedObject: { kind: 'Job', uid: 'job-0' } }
  t.equal(verdict(job, { events: [stranger] }).cause.code, 'cluster_trouble', 'that was said of one of before')
  t.match(verdict(job), {
    cause: {
      code: 'cluster_trouble',
      says: 'The cluster has not started it for 10m',
      findings: [{ object: 'job/one', says: 'has no pod, and nothing says why' }],
    },
  })
  const after = (milliseconds: number) =>
    verdict(job, { now: Date.parse('2026-11-22T10:00:00Z') + milliseconds }).cause.code
  t.same([after(60_000), after(60_001)], ['starting', 'cluster_trouble'])
})

t.test('one that is suspended, or ends well, says so', async t => {
  t.match(verdict(aJob({}, { suspend: true })), { short: 'pending', old: 'Suspended', cause: { code: 'suspended' } })
  const complete = [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-11-22T10:06:00Z' }]
  const done = verdict(aJob({ completionTime: '2026-11-22T10:05:00Z', conditions: complete }))
  t.match(done, {
    short: 'succeeded',
    since: '2026-11-22T10:05:00Z',
    cause: { code: 'finished_well', says: 'It ended well' },
  })
  t.match(done.cause.findings, [{ object: 'job/one', says: 'ended well', since: '2026-11-22T10:05:00Z' }])
  t.equal(verdict(aJob({ conditions: complete })).since, '2026-11-22T10:06:00Z')
  t.match(verdict(aJob(), { pods: [endedWith(0, {}, 'Succeeded')] }), {
    short: 'running',
    notes: ['It is just ending'],
  })
})
