import type { Lists } from '../../../../src/jobs/observed.ts'
import type { KubePod } from '../../../../src/jobs/wire.ts'
import { aJob, anEvent, aPod, endedWith, runningSince, waitingFor } from '../../../support/job-objects.ts'
import { checkSituations, type Situation } from '../../../support/job-situations.ts'

const now = '2026-11-22T10:00:30Z'
const failed = (reason: string, at = '2026-11-22T10:00:20Z') =>
  aJob({
    startTime: '2026-11-22T10:00:00Z',
    conditions: [{ type: 'Failed', status: 'True', reason, lastTransitionTime: at }],
  })
const aboutPod = (reason: string, message: string, lastTimestamp = '2026-11-22T10:00:10Z') =>
  anEvent({ reason, message, lastTimestamp, involvedObject: { kind: 'Pod', name: 'one-abcde', uid: 'pod-1' } })
const refused = (message: string) => anEvent({ reason: 'FailedCreate', message, lastTimestamp: '2026-11-22T10:00:09Z' })

type Row = [what: string, lists: Lists, short: string, code: string, messages: string[], old?: string]

const withPod = (pod: KubePod, ...events: Lists['events'] & object): Lists => ({ jobs: [aJob()], pods: [pod], events })
const gone = (reason: string, message = '', status: Partial<NonNullable<KubePod['status']>> = {}): Lists => ({
  jobs: [failed('BackoffLimitExceeded')],
  pods: [aPod({ phase: 'Failed', reason, message, ...status })],
})
const disrupted = (reason: string) =>
  gone('', '', {
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message: 'something happened' }],
    ...endedWith(143).status,
    phase: 'Failed',
  })
const init = (state: object): KubePod => ({
  ...waitingFor('PodInitializing'),
  spec: { containers: [{ name: 'job' }], initContainers: [{ name: 'prepare', image: 'init:1' }] },
  status: {
    ...waitingFor('PodInitializing').status,
    initContainerStatuses: [{ name: 'prepare', image: '', imageID: '', ready: false, restartCount: 0, state }],
  },
})
const pull = (message: string) => waitingFor('ErrImagePull', message)

const rows: Row[] = [
  ['a job just made', { jobs: [aJob()] }, 'pending', 'starting', ['^It is about to start$'], 'Pending'],
  ['a job by other software, with nothing in it', { jobs: [{}] }, 'pending', 'starting', ['about to start']],
  ['running', withPod(runningSince('2026-11-22T10:00:02Z')), 'running', 'running_well', [], 'Running'],
  [
    'one container among others, called otherwise',
    withPod({
      ...aPod({
        phase: 'Running',
        containerStatuses: [
          { name: 'main', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
          {
            name: 'side',
            image: '',
            imageID: '',
            ready: true,
            restartCount: 0,
            state: { terminated: { exitCode: 1 } },
          },
        ],
      }),
      spec: { containers: [{ name: 'main' }, { name: 'side' }] },
    }),
    'running',
    'running_well',
    [],
  ],
  ['a container being made', withPod(waitingFor('ContainerCreating')), 'pending', 'starting', ['being started']],
  [
    'what a node warns of without any harm',
    withPod(waitingFor('ContainerCreating'), aboutPod('DNSConfigForming', 'Nameserver limits were exceeded')),
    'pending',
    'starting',
    ['being started'],
  ],
  [
    'no memory left on any node',
    withPod(
      aPod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
          },
        ],
      }),
    ),
    'pending',
    'unschedulable',
    [
      '^No node has room for it now \\(0/3 nodes are available: 3 Insufficient memory\\); it starts when there is room, and sooner',
    ],
  ],
  [
    'a volume claim that is not there',
    withPod(
      aPod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: persistentvolumeclaim "store" not found. not found',
          },
        ],
      }),
    ),
    'pending',
    'volume_missing',
    ['^A volume that it needs is not there .*it starts when the volume is there'],
  ],
  [
    'a volume claim without a volume, said in an event only',
    withPod(
      aPod({ phase: 'Pending' }),
      aboutPod('FailedScheduling', '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.'),
    ),
    'pending',
    'volume_missing',
    ['^A volume that it needs is not there'],
  ],
  [
    'volumes on other nodes than those with room',
    withPod(
      aPod({ phase: 'Pending' }),
      aboutPod(
        'FailedScheduling',
        '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had volume node affinity conflict.',
      ),
    ),
    'pending',
    'unschedulable',
    ['^No node has room'],
  ],
  [
    'the scheduler said so in an event only',
    withPod(aPod({ phase: 'Pending' }), aboutPod('FailedScheduling', '0/3 nodes are available: 3 Too many pods.')),
    'pending',
    'unschedulable',
    ['^No node has room'],
  ],
  [
    'a scheduling gate',
    withPod(
      aPod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    ),
    'pending',
    'unschedulable',
    ['scheduling gate'],
  ],
  [
    'a registry that wants a password',
    withPod(pull('failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized')),
    'pending',
    'image_pull_denied',
    ['registry refuses it to the cluster'],
  ],
  [
    'a registry that does not answer',
    withPod(pull('failed to do request: Head "https://r.example/v2/a": dial tcp 192.0.2.1:443: i/o timeout')),
    'pending',
    'image_pull_failed',
    ['cannot be fetched .*tries again'],
  ],
  [
    'a container that the runtime cannot start',
    withPod(waitingFor('RunContainerError', 'exec: "/home/me/run.sh": permission denied: unknown')),
    'pending',
    'not_executable',
    ['could not be started .*chmod'],
  ],
  [
    'trouble of the node that nobody knows',
    withPod(waitingFor('CreatePodSandboxError', 'no')),
    'pending',
    'start_failed',
    ['cannot be made \\(CreatePodSandboxError: no\\)'],
  ],
  [
    'no network on the node',
    withPod(waitingFor('ContainerCreating'), aboutPod('FailedCreatePodSandBox', 'plugin type="calico" failed (add)')),
    'pending',
    'cluster_trouble',
    ['cannot start yet: plugin'],
  ],
  [
    'an init container whose image is not there',
    withPod(init({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off: code = NotFound' } })),
    'pending',
    'image_not_found',
    ['^Its image init:1 cannot be fetched'],
  ],
  [
    'an init container at work',
    withPod(init({ running: { startedAt: '2026-11-22T10:00:02Z' } })),
    'pending',
    'starting',
    ['being started'],
  ],
  [
    'a webhook that says no',
    {
      jobs: [aJob()],
      events: [refused('Error creating: admission webhook "x.example" denied the request: no latest tag')],
    },
    'pending',
    'admission_denied',
    ['the cluster refuses it: admission webhook "x.example" denied the request: no latest tag'],
  ],
  [
    'the rules for pods',
    {
      jobs: [aJob()],
      events: [
        refused('Error creating: pods "one-x" is forbidden: violates PodSecurity "restricted:latest": privileged'),
      ],
    },
    'pending',
    'admission_denied',
    ['violates PodSecurity'],
  ],
  [
    'a webhook that is down',
    {
      jobs: [aJob()],
      events: [
        refused('Error creating: Internal error occurred: failed calling webhook "x": connect: connection refused'),
      ],
    },
    'pending',
    'cluster_trouble',
    ['the cluster is in trouble'],
  ],
  [
    'a service account that is not there',
    {
      jobs: [aJob()],
      events: [
        refused(
          'Error creating: pods "one-x" is forbidden: error looking up service account a/b: serviceaccount "b" not found',
        ),
      ],
    },
    'pending',
    'admission_denied',
    ['serviceaccount "b" not found'],
  ],
  [
    'a cluster that does nothing',
    { jobs: [{ ...aJob(), metadata: { uid: 'job-1', name: 'one', creationTimestamp: '2026-11-22T09:00:00Z' } }] },
    'pending',
    'cluster_trouble',
    ['has not started it for 1h; if it lasts'],
  ],
  [
    'a node out of memory',
    gone('Evicted', 'The node was low on resource: memory.'),
    'failed',
    'evicted',
    ['Evicted: The node was low'],
  ],
  [
    'a node that shut down',
    gone('Terminated', 'Pod was terminated in response to imminent node shutdown.'),
    'failed',
    'evicted',
    ['imminent node shutdown'],
  ],
  ['a more important pod', disrupted('PreemptionByScheduler'), 'failed', 'evicted', ['PreemptionByScheduler']],
  [
    'a node that went silent',
    disrupted('DeletionByTaintManager'),
    'failed',
    'node_lost',
    ['node that ran it was lost'],
  ],
  ['a node that was removed', disrupted('DeletionByPodGC'), 'failed', 'node_lost', ['node that ran it was lost']],
  [
    'a node that would not take it',
    gone('OutOfcpu', 'Node did not have enough resource: cpu'),
    'failed',
    'cluster_trouble',
    ['did not take it'],
  ],
  [
    'a lost container',
    { jobs: [failed('BackoffLimitExceeded')], pods: [endedWith(137, { reason: 'ContainerStatusUnknown' })] },
    'failed',
    'node_lost',
    ['lost'],
  ],
  [
    'a pod with a limit of its own',
    gone('DeadlineExceeded', 'Pod was active on the node longer'),
    'failed',
    'deadline_exceeded',
    ['time limit'],
  ],
  ['no reason at all', gone(''), 'failed', 'cluster_trouble', ['does not say why']],
  [
    'a pod on a silent node',
    withPod(aPod({ phase: 'Unknown' })),
    'unknown',
    'node_lost',
    ['does not answer'],
    'Unknown',
  ],
  [
    'a pod of which its node said last that it is ready, and the cluster says that it is not',
    withPod(
      aPod({
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'ContainersReady', status: 'True' },
        ],
        containerStatuses: [
          {
            name: 'job',
            image: 'i',
            imageID: '',
            ready: true,
            restartCount: 0,
            state: { running: { startedAt: '2026-11-22T10:00:02Z' } },
          },
        ],
      }),
    ),
    'unknown',
    'node_lost',
    ['does not answer'],
    'Unknown',
  ],
  [
    'a pod on a node of which the cluster says so',
    withPod(runningSince('2026-11-22T10:00:02Z'), aboutPod('NodeNotReady', 'Node is not ready')),
    'unknown',
    'node_lost',
    ['does not answer'],
  ],
  [
    'an image that came only when the time was over',
    {
      jobs: [failed('DeadlineExceeded')],
      events: [
        anEvent({
          reason: 'Failed',
          message: 'Failed to pull image "x:1": rpc error: code = NotFound desc = x:1: not found',
          lastTimestamp: '2026-11-22T10:00:15Z',
          involvedObject: { kind: 'Pod', name: 'one-zzzzz', uid: 'gone' },
        }),
      ],
    },
    'failed',
    'image_not_found',
    ['^It could not start within its time limit of 0s: Its image cannot be fetched'],
  ],
  [
    'trouble at the start of a run that then took too long',
    {
      jobs: [failed('DeadlineExceeded', '2026-11-22T11:00:00Z')],
      events: [
        anEvent({
          reason: 'FailedMount',
          message: 'not yet',
          lastTimestamp: '2026-11-22T10:00:05Z',
          involvedObject: { kind: 'Pod', name: 'one-zzzzz', uid: 'gone' },
        }),
      ],
    },
    'failed',
    'deadline_exceeded',
    ['It took longer'],
  ],
  [
    'out of quota only before the attempt that was',
    {
      jobs: [aJob({ failed: 1 }, { backoffLimit: 1 })],
      pods: [endedWith(3)],
      events: [anEvent({ reason: 'FailedCreate', message: 'exceeded quota', lastTimestamp: '2026-11-22T10:00:00Z' })],
    },
    'pending',
    'exit_code',
    ['^Attempt 2 of 2 is about to start; the one before: Exit code 3'],
  ],
]

checkSituations(
  rows.map(
    ([what, lists, short, code, messages, old]): Situation => ({
      what,
      now,
      lists,
      short,
      code,
      messages,
      ...(old === undefined ? {} : { old }),
    }),
  ),
)
