import t from 'tap'
import type { Observed } from '../../../src/jobs/observed.ts'
import { statusOf } from '../../../src/jobs/status.ts'
import { aJob, anEvent, aPod, endedWith, runningSince, waitingFor } from '../../support/job-objects.ts'

const now = Date.parse('2026-11-22T11:02:00Z')
const show = (observed: Partial<Observed>, upToDate = true) =>
  statusOf({ job: aJob(), pods: [], events: [], ...observed }, { now, upToDate })

const complete = { type: 'Complete', status: 'True', lastTransitionTime: '2026-11-22T11:01:00Z' }
const failed = { type: 'Failed', status: 'True', lastTransitionTime: '2026-11-22T11:01:00Z' }
const tooOften = { ...failed, reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
const refused = (message: string) => anEvent({ reason: 'FailedCreate', message })
const later = { name: 'one-fghij', uid: 'pod-2', creationTimestamp: '2026-11-22T10:10:00Z' }
const again = (pod: ReturnType<typeof aPod>) => ({ ...pod, metadata: { ...pod.metadata, ...later } })

type Case = [what: string, observed: Partial<Observed>, short: string, old: string, messages: (string | RegExp)[]]

const cases: Case[] = [
  ['a job just made', {}, 'pending', 'Pending', ['It is about to start']],
  ['a pod without a container', { pods: [aPod({ phase: 'Pending' })] }, 'pending', 'Pending', [/being started$/]],
  ['a container being made', { pods: [waitingFor('ContainerCreating')] }, 'pending', 'Pending', [/being started$/]],
  [
    'a mount that is not there',
    {
      pods: [waitingFor('ContainerCreating')],
      events: [
        anEvent({
          reason: 'FailedMount',
          involvedObject: { kind: 'Pod', uid: 'pod-1' },
          message: 'MountVolume.SetUp failed\nfor volume "home" : hostPath type check failed: /x is not a directory',
        }),
      ],
    },
    'pending',
    'Pending',
    [/^Its container cannot start yet: MountVolume\.SetUp failed for volume "home" : hostPath type check failed/],
  ],
  [
    'no room',
    {
      pods: [
        aPod({
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/3 nodes: Insufficient memory.',
            },
          ],
        }),
      ],
    },
    'pending',
    'Pending',
    [/^No node has room for it now \(0\/3 nodes: Insufficient memory\); it starts when there is room/],
  ],
  [
    'an image that cannot be fetched',
    { pods: [waitingFor('ImagePullBackOff', 'Back-off pulling image "x"')] },
    'pending',
    'Pending',
    [/^Its image cannot be fetched \(ImagePullBackOff: Back-off pulling image "x"\); if that lasts, delete/],
  ],
  [
    'a container that cannot be made',
    { pods: [waitingFor('CreateContainerConfigError', 'image will run as root')] },
    'pending',
    'Pending',
    ['Its container cannot be made (CreateContainerConfigError: image will run as root)'],
  ],
  [
    'out of quota',
    {
      events: [
        refused(
          'Error creating: pods "one-x" is forbidden: exceeded quota: tool-tf-test, requested: limits.cpu=1,limits.memory=1Gi,requests.memory=512Mi, used: limits.cpu=2,limits.memory=8Gi, limited: limits.cpu=2',
        ),
      ],
    },
    'pending',
    'Unable to start, out of quota for cpu, memory',
    ['Unable to start, out of quota for cpu, memory; it starts by itself when other jobs have ended'],
  ],
  [
    'out of quota, in unknown words',
    { events: [refused('exceeded quota')] },
    'pending',
    'Unable to start, out of quota for this kind of job',
    [/^Unable to start, out of quota/],
  ],
  [
    'out of quota before the attempt that was',
    {
      job: aJob({ failed: 1 }, { backoffLimit: 1 }),
      pods: [endedWith(3)],
      events: [anEvent({ reason: 'FailedCreate', message: 'exceeded quota', lastTimestamp: '2026-11-22T10:00:00Z' })],
    },
    'pending',
    'Pending',
    [/^Attempt 2 of 2; the one before: Exit code 3/],
  ],
  [
    'out of quota since the attempt that was',
    {
      job: aJob({ failed: 1 }, { backoffLimit: 1 }),
      pods: [endedWith(3)],
      events: [anEvent({ reason: 'FailedCreate', message: 'exceeded quota', lastTimestamp: '2026-11-22T10:00:09Z' })],
    },
    'pending',
    'Unable to start, out of quota for this kind of job',
    [/^Unable to start, out of quota/, /^Attempt 2 of 2/],
  ],
  [
    'refused by a policy',
    { events: [refused('Error creating: pods "one-x" is forbidden: maximum memory usage per Container is 4Gi.')] },
    'pending',
    'Pending',
    [/^Unable to start: pods "one-x" is forbidden: maximum memory usage per Container is 4Gi; delete the job and/],
  ],
  ['running', { pods: [runningSince('2026-11-22T10:00:00Z')] }, 'running', 'Running', []],
  [
    'a pod that has ended, and its job not yet',
    { pods: [endedWith(0, {}, 'Succeeded')] },
    'running',
    'Running',
    ['It is just ending'],
  ],
  ['a last pod that has failed', { pods: [endedWith(1)] }, 'running', 'Running', ['It is just ending']],
  ['a container that has ended', { pods: [endedWith(0, {}, 'Running')] }, 'running', 'Running', ['It is just ending']],
  [
    'between two attempts',
    { job: aJob({ failed: 1 }, { backoffLimit: 2 }), pods: [endedWith(3)] },
    'pending',
    'Pending',
    ['Attempt 2 of 3; the one before: Exit code 3; its logs may say why'],
  ],
  [
    'a second attempt that runs',
    {
      job: aJob({ failed: 1 }, { backoffLimit: 2 }),
      pods: [endedWith(127), again(runningSince('2026-11-22T11:00:00Z'))],
    },
    'running',
    'Running',
    [/^Attempt 2 of 3; the one before: Exit code 127: the command was not found/],
  ],
  [
    'a second attempt after a pod that nobody kept',
    { job: aJob({ failed: 1 }, { backoffLimit: 2 }), pods: [again(runningSince('2026-11-22T11:00:00Z'))] },
    'running',
    'Running',
    ['Attempt 2 of 3'],
  ],
  [
    'a pod on its way out is not the current one',
    { pods: [aPod({ phase: 'Running' }, { deletionTimestamp: '2026-11-22T11:00:00Z' })] },
    'pending',
    'Pending',
    ['It is about to start'],
  ],
  [
    'a pod that took the place of one that still runs somewhere',
    { pods: [aPod({ phase: 'Unknown' }), again(runningSince('2026-11-22T11:00:00Z'))] },
    'running',
    'Running',
    [],
  ],
  ['a lost node', { pods: [aPod({ phase: 'Unknown' })] }, 'unknown', 'Unknown', [/does not answer/]],
  ['suspended', { job: aJob({}, { suspend: true }) }, 'pending', 'Suspended', [/suspended/]],
  ['succeeded', { job: aJob({ succeeded: 1, conditions: [complete] }) }, 'succeeded', 'Completed', []],
  [
    'succeeded at the second attempt',
    {
      job: aJob({ succeeded: 1, failed: 1, conditions: [complete] }, { backoffLimit: 1 }),
      pods: [endedWith(1), again(endedWith(0, {}, 'Succeeded'))],
    },
    'succeeded',
    'Completed',
    [/^Attempt 2 of 2; the one before: Exit code 1/],
  ],
  [
    'a condition that does not hold',
    { job: aJob({ conditions: [{ ...failed, status: 'False' }] }) },
    'pending',
    'Pending',
    ['It is about to start'],
  ],
  ['failed', { job: aJob({ conditions: [tooOften] }), pods: [endedWith(1)] }, 'failed', 'Failed', [/^Exit code 1;/]],
  [
    'failed several times',
    { job: aJob({ failed: 3, conditions: [tooOften] }, { backoffLimit: 2 }), pods: [endedWith(2)] },
    'failed',
    'Failed',
    ['Exit code 2; its logs may say why (after 3 attempts)'],
  ],
  [
    'failed, and its pods are gone',
    { job: aJob({ conditions: [tooOften] }) },
    'failed',
    'Failed',
    ['Job has reached the specified backoff limit'],
  ],
  [
    'failed for no reason',
    { job: aJob({ conditions: [failed] }) },
    'failed',
    'Failed',
    ['The cluster does not say why'],
  ],
  [
    'out of time',
    { job: aJob({ conditions: [{ ...failed, reason: 'DeadlineExceeded' }] }, { activeDeadlineSeconds: 90 }) },
    'failed',
    'Failed',
    ['It took longer than its time limit of 1m30s'],
  ],
]

for (const [what, observed, short, old, messages] of cases)
  t.test(`${what}: ${short}`, async t => {
    const shown = show(observed)
    t.match(shown, { status: { short, up_to_date: true }, status_short: old })
    t.match(shown.status.messages, messages)
    t.equal(shown.status.messages.length, messages.length)
    t.ok(shown.status_long.startsWith(old.startsWith('Unable') ? 'Unable' : old))
  })

const endings: [number, { reason?: string; message?: string }, string][] = [
  [137, { reason: 'OOMKilled' }, 'Out of memory: it needed more than its limit of 512Mi; run it with more memory'],
  [137, { reason: 'Error' }, 'Exit code 137: it was ended by SIGKILL, as happens when memory runs out'],
  [143, { reason: 'Error' }, 'Exit code 143: it was ended by SIGTERM'],
  [139, {}, 'Exit code 139: it was ended by SIGSEGV'],
  [160, {}, 'Exit code 160: it was ended by signal 32'],
  [128, {}, 'Exit code 128; its logs may say why'],
  [126, {}, 'Exit code 126: the command cannot be executed; make its file executable (chmod +x)'],
  [127, {}, 'Exit code 127: the command was not found; check its path and the image'],
  [1, { message: 'what a tool wrote to its termination log' }, 'Exit code 1; its logs may say why'],
  [
    128,
    { reason: 'StartError', message: 'exec: "\u001b[31mno": executable file not found in $PATH: unknown' },
    'Its command could not be started (exec: "?[31mno": executable file not found in $PATH: unknown); check the command and the image',
  ],
]
for (const [code, details, text] of endings)
  t.test(`exit code ${code} ${details.reason ?? ''}: ${text}`, async t => {
    const { status } = show({ job: aJob({ conditions: [tooOften] }), pods: [endedWith(code, details)] })
    t.strictSame(status.messages, [text])
  })

t.test('a pod that the cluster stopped says so', async t => {
  const job = aJob({ conditions: [tooOften] })
  const evicted = aPod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })
  t.match(show({ job, pods: [evicted] }).status.messages, [
    'It was stopped by the cluster (Evicted: The node was low on resource: memory)',
  ])
})

t.test('how long it has been so counts from when it became so', async t => {
  t.equal(show({ pods: [runningSince('2026-11-22T10:00:00Z')] }).status.duration, '1h2m')
  t.equal(show({}).status.duration, '1h2m')
  t.equal(show({ job: aJob({ completionTime: '2026-11-22T11:00:00Z', conditions: [complete] }) }).status.duration, '2m')
  t.equal(show({ job: aJob({ conditions: [failed] }) }).status.duration, '1m')
  t.equal(show({ job: { status: {} } }).status.duration, undefined)
  t.equal(show({ pods: [runningSince('yesterday')] }).status.duration, undefined)
})

t.test('older clients get a sentence', async t => {
  t.equal(show({ pods: [runningSince('2026-11-22T10:00:00Z')] }).status_long, 'Running since 2026-11-22T10:00:00Z')
  t.match(show({}).status_long, /^Pending since .*Z\. It is about to start$/)
  t.equal(show({ job: { status: {} } }).status_long, 'Pending. It is about to start')
})

t.test('a job that differs from what was asked for is told so', async t => {
  t.match(show({}, false).status, {
    up_to_date: false,
    messages: ['It is about to start', /differs from what was asked/],
  })
})
