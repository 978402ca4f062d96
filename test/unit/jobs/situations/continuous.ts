import type { Lists } from '../../../../src/jobs/observed.ts'
import { aCopy, aDeployment, anEvent, serving } from '../../../support/job-objects.ts'
import { checkSituations, type Situation } from '../../../support/job-situations.ts'

const up = (ready: number, more: object = {}) => ({
  replicas: ready,
  updatedReplicas: ready,
  readyReplicas: ready,
  availableReplicas: ready,
  ...more,
})
const ended = (exitCode: number, finishedAt: string, reason = 'Error') => ({
  terminated: { exitCode, reason, startedAt: '2026-11-22T10:01:00Z', finishedAt },
})
const slow = {
  conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }],
}
const unhealthy = (message: string, lastTimestamp: string, name = 'aaaaa') =>
  anEvent({
    reason: 'Unhealthy',
    message,
    lastTimestamp,
    involvedObject: { kind: 'Pod', name: `web-aaaa-${name}`, uid: `copy-${name}` },
  })
const refused = (message: string, lastTimestamp: string) =>
  anEvent({
    reason: 'FailedCreate',
    message,
    lastTimestamp,
    involvedObject: { kind: 'ReplicaSet', name: 'web-aaaa', uid: 'rs' },
  })
const guarded = { container: { name: 'job', livenessProbe: { httpGet: { path: '/healthz', port: 8000 } } } }

/** Conditions of a pod on a node that has gone silent, or that waits for somebody's word. */
const cutOff = (reason?: string) => [
  {
    type: 'Ready',
    status: 'False',
    lastTransitionTime: '2026-11-22T10:01:00Z',
    ...(reason === undefined ? {} : { reason }),
  },
  { type: 'ContainersReady', status: 'True' },
]

interface Row extends Pick<Situation, 'what' | 'short' | 'code' | 'messages' | 'old'> {
  lists: Lists
  now?: string
}

const outOfQuota =
  'Error creating: pods "web-aaaa-x" is forbidden: exceeded quota: q, requested: limits.memory=1Gi, used: limits.memory=8Gi, limited: limits.memory=8Gi'

const rows: Row[] = [
  {
    what: 'just made',
    lists: { deployments: [aDeployment({ observedGeneration: 0 })] },
    short: 'pending',
    code: 'starting',
    messages: ['about to start'],
    old: 'Pending',
  },
  {
    what: 'nothing in it',
    lists: { deployments: [{}] },
    short: 'pending',
    code: 'starting',
    messages: ['about to start'],
  },
  {
    what: 'all copies run',
    lists: {
      deployments: [aDeployment(up(2), { replicas: 2 })],
      pods: [aCopy(serving()), aCopy(serving(), { name: 'bbbbb' })],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
    old: 'Running',
  },
  {
    what: 'a copy that has started and may not serve yet',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy({ state: { running: { startedAt: '2026-11-22T10:09:50Z' } } })],
    },
    short: 'pending',
    code: 'starting',
    messages: ['has not passed its health check yet'],
  },
  {
    what: 'a copy being made',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy({ state: { waiting: { reason: 'ContainerCreating' } } })],
    },
    short: 'pending',
    code: 'starting',
    messages: ['being started'],
  },
  {
    what: 'a copy without a node',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          {},
          {
            status: {
              phase: 'Pending',
              conditions: [
                {
                  type: 'PodScheduled',
                  status: 'False',
                  reason: 'Unschedulable',
                  message: '0/1 nodes are available: 1 Insufficient cpu.',
                },
              ],
            },
          },
        ),
      ],
    },
    short: 'pending',
    code: 'unschedulable',
    messages: ['No node has room'],
  },
  {
    what: 'not ready in time, and nothing says why',
    lists: {
      deployments: [aDeployment({ ...up(0, { replicas: 1, updatedReplicas: 1 }), ...slow })],
      pods: [aCopy({ state: { running: { startedAt: '2026-11-22T10:00:05Z' } } })],
    },
    short: 'failed',
    code: 'start_failed',
    messages: ['not ready within 600 seconds'],
  },
  {
    what: 'a first end, started again at once',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy({ state: ended(1, '2026-11-22T10:09:59Z') })],
    },
    short: 'pending',
    code: 'crash_loop',
    messages: ['exit code 1 \\(not started again yet\\)'],
  },
  {
    what: 'it failed hours ago, and runs well now',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [aCopy({ ...serving(), restartCount: 1, lastState: ended(9, '2026-11-22T08:00:00Z') })],
    },
    short: 'running',
    code: 'running_well',
    messages: ['^It was started again, and runs now; before: It keeps ending: exit code 9 \\(started again once\\)'],
  },
  {
    what: 'it failed last week, which is nothing to tell',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [aCopy({ ...serving(), restartCount: 4, lastState: ended(9, '2026-11-15T08:00:00Z') })],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
  },
  {
    what: 'it runs for a while and ends, again and again',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [
        aCopy({ ...serving('2026-11-22T10:09:50Z'), restartCount: 3, lastState: ended(1, '2026-11-22T10:09:40Z') }),
      ],
    },
    short: 'running',
    code: 'crash_loop',
    messages: ['It keeps ending: exit code 1 \\(started again 3 times\\)'],
  },
  {
    what: 'a check that ends it by SIGTERM, and the process then says 1',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          {
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: ended(1, '2026-11-22T10:05:10Z'),
          },
          guarded,
        ),
      ],
      events: [unhealthy('Liveness probe failed: HTTP probe failed with statuscode: 500', '2026-11-22T10:05:05Z')],
    },
    short: 'failed',
    code: 'health_check_failing',
    messages: ['GET /healthz on port 8000\\) fails: HTTP probe failed with statuscode: 500'],
  },
  {
    what: 'a process that ends by itself long after a check failed',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          {
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: ended(1, '2026-11-22T10:05:10Z'),
          },
          guarded,
        ),
      ],
      events: [unhealthy('Liveness probe failed: timeout', '2026-11-22T10:01:05Z')],
    },
    short: 'failed',
    code: 'crash_loop',
    messages: ['exit code 1'],
  },
  {
    what: 'out of memory is first, even where checks fail',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          {
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: ended(137, '2026-11-22T10:05:10Z', 'OOMKilled'),
          },
          guarded,
        ),
      ],
      events: [unhealthy('Liveness probe failed: timeout', '2026-11-22T10:05:05Z')],
    },
    short: 'failed',
    code: 'out_of_memory',
    messages: ['limit of 512Mi|its limit'],
  },
  {
    what: 'it serves, and its liveness check fails just now',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [aCopy(serving(), guarded)],
      events: [unhealthy('Liveness probe failed: timeout', '2026-11-22T10:09:55Z')],
    },
    short: 'running',
    code: 'health_check_failing',
    messages: ['fails: timeout'],
  },
  {
    what: 'it serves, and had not answered its first checks while it started',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [aCopy(serving(), guarded)],
      events: [unhealthy('Startup probe failed: dial tcp: connection refused', '2026-11-22T10:09:55Z')],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
  },
  {
    what: 'a check that failed before the process started anew',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [aCopy(serving(), guarded)],
      events: [unhealthy('Liveness probe failed: timeout', '2026-11-22T10:05:55Z')],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
  },
  {
    what: 'a change under way',
    lists: {
      deployments: [
        aDeployment(
          { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2, unavailableReplicas: 1 },
          { replicas: 2 },
        ),
      ],
      pods: [
        aCopy(serving()),
        aCopy(serving(), { name: 'bbbbb' }),
        aCopy(
          { state: { waiting: { reason: 'ContainerCreating' } } },
          { hash: 'bbbb', name: 'ccccc', made: '2026-11-22T10:09:58Z' },
        ),
      ],
    },
    short: 'running',
    code: 'rolling_out',
    messages: ['^Its last change is being carried out: 0 of 2 copies so far'],
  },
  {
    what: 'a change that the cluster has not seen yet',
    lists: { deployments: [aDeployment(up(1), {}, { generation: 2 })], pods: [aCopy(serving())] },
    short: 'running',
    code: 'rolling_out',
    messages: ['being carried out'],
  },
  {
    what: 'a change that the quota does not let begin',
    lists: {
      deployments: [
        aDeployment({
          replicas: 1,
          readyReplicas: 1,
          conditions: [
            {
              type: 'ReplicaFailure',
              status: 'True',
              reason: 'FailedCreate',
              message: outOfQuota.slice('Error creating: '.length),
            },
          ],
        }),
      ],
      pods: [aCopy(serving())],
    },
    short: 'running',
    code: 'quota_exceeded',
    messages: [
      'The last change does not start, and the version before goes on running: Unable to start, out of quota for memory',
    ],
  },
  {
    what: 'a change that somebody paused',
    lists: {
      deployments: [aDeployment({ replicas: 1, readyReplicas: 1 }, { paused: true }, { generation: 2 })],
      pods: [aCopy(serving())],
    },
    short: 'running',
    code: 'suspended',
    messages: ['rollout is paused'],
  },
  {
    what: 'one of two copies crashes',
    lists: {
      deployments: [aDeployment(up(1, { replicas: 2, updatedReplicas: 2 }), { replicas: 2 })],
      pods: [
        aCopy(serving()),
        aCopy(
          {
            restartCount: 5,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: ended(2, '2026-11-22T10:08:00Z'),
          },
          { name: 'bbbbb' },
        ),
      ],
    },
    short: 'running',
    code: 'crash_loop',
    messages: ['^1 of 2 copies run; of the others: It keeps ending: exit code 2'],
  },
  {
    what: 'more copies, being started',
    lists: {
      deployments: [aDeployment(up(1, { replicas: 2, updatedReplicas: 2 }), { replicas: 2 })],
      pods: [aCopy(serving()), aCopy({ state: { waiting: { reason: 'ContainerCreating' } } }, { name: 'bbbbb' })],
    },
    short: 'running',
    code: 'rolling_out',
    messages: ['1 of 2 copies run; the others are being started'],
  },
  {
    what: 'no quota from the start, as only events tell',
    lists: { deployments: [aDeployment()], events: [refused(outOfQuota, '2026-11-22T10:00:02Z')] },
    short: 'pending',
    code: 'quota_exceeded',
    messages: ['^Unable to start, out of quota for memory; it starts by itself'],
    old: 'Unable to start, out of quota for memory',
  },
  {
    what: 'what was refused before the last copy came',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }), { replicas: 2 })],
      pods: [aCopy({ state: { waiting: { reason: 'ContainerCreating' } } }, { made: '2026-11-22T10:05:00Z' })],
      events: [refused(outOfQuota, '2026-11-22T10:00:02Z')],
    },
    short: 'pending',
    code: 'starting',
    messages: ['being started'],
  },
  {
    what: 'what happened to a job of that name before',
    lists: {
      deployments: [aDeployment()],
      pods: [aCopy(serving(), { made: '2026-11-22T09:00:00Z' })],
      events: [refused(outOfQuota, '2026-11-22T09:00:02Z')],
    },
    short: 'pending',
    code: 'starting',
    messages: ['about to start'],
  },
  {
    what: 'being deleted',
    lists: {
      deployments: [aDeployment(up(1), {}, { deletionTimestamp: '2026-11-22T10:09:00Z' })],
      pods: [aCopy(serving())],
    },
    short: 'pending',
    code: 'being_deleted',
    messages: ['being deleted'],
  },
  {
    what: 'being stopped',
    lists: { deployments: [aDeployment(up(1), { replicas: 0 })], pods: [aCopy(serving())] },
    short: 'pending',
    code: 'stopped',
    messages: ['being stopped'],
    old: 'Stopped',
  },
  {
    what: 'a copy on a silent node',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy({}, { status: { phase: 'Unknown' } })],
    },
    short: 'unknown',
    code: 'node_lost',
    messages: ['does not answer'],
  },
  {
    what: 'a copy of which its node said last that it is ready, and the cluster says that it is not',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy(serving(), { status: { phase: 'Running', conditions: cutOff() } })],
    },
    short: 'unknown',
    code: 'node_lost',
    messages: ['does not answer'],
  },
  {
    what: 'a copy that waits for more than its container before it counts as ready',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [aCopy(serving(), { status: { phase: 'Running', conditions: cutOff('ReadinessGatesNotReady') } })],
    },
    short: 'pending',
    code: 'starting',
    messages: ['has not passed'],
  },
  {
    what: 'a health check with a variable in it',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          { state: { running: { startedAt: '2026-11-22T10:00:05Z' } } },
          { container: { name: 'job', livenessProbe: { exec: { command: ['sh', '-c', 'test -e $$HOME/well'] } } } },
        ),
      ],
      events: [unhealthy('Liveness probe failed: ', '2026-11-22T10:00:20Z')],
    },
    short: 'pending',
    code: 'health_check_failing',
    messages: ['\\(test -e \\$HOME/well\\)'],
  },
  {
    what: 'a copy that was evicted, and another in its place',
    lists: {
      deployments: [aDeployment(up(1))],
      pods: [
        aCopy({}, { status: { phase: 'Failed', reason: 'Evicted' } }),
        aCopy(serving(), { name: 'bbbbb', made: '2026-11-22T10:05:00Z' }),
      ],
    },
    short: 'running',
    code: 'running_well',
    messages: [],
  },
  {
    what: 'a copy that the cluster is just ending',
    lists: {
      deployments: [aDeployment(up(0, { replicas: 1, updatedReplicas: 1 }))],
      pods: [
        aCopy(
          { state: { running: { startedAt: '2026-11-22T10:00:05Z' } } },
          {
            status: {
              phase: 'Running',
              conditions: [
                { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'drained' },
              ],
            },
          },
        ),
      ],
    },
    short: 'pending',
    code: 'evicted',
    messages: ['EvictionByEvictionAPI: drained'],
  },
  {
    what: 'both copies serve, and a check fails on one just now',
    lists: {
      deployments: [aDeployment(up(2), { replicas: 2 })],
      pods: [aCopy(serving(), guarded), aCopy(serving(), { ...guarded, name: 'bbbbb' })],
      events: [unhealthy('Liveness probe failed: timeout', '2026-11-22T10:09:55Z')],
    },
    short: 'running',
    code: 'health_check_failing',
    messages: ['^Its health check'],
  },
  {
    what: 'a change that mends what crashed',
    lists: {
      deployments: [aDeployment(up(1, { replicas: 2, updatedReplicas: 1 }), { replicas: 2 })],
      pods: [
        aCopy({
          restartCount: 5,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: ended(2, '2026-11-22T10:08:00Z'),
        }),
        aCopy(serving(), { hash: 'bbbb', name: 'bbbbb', made: '2026-11-22T10:09:00Z' }),
      ],
    },
    short: 'running',
    code: 'rolling_out',
    messages: ['1 of 2 copies'],
  },
]

checkSituations(rows.map(row => ({ now: '2026-11-22T10:10:00Z', ...row })))
