import type { KubeEvent, KubeJob, KubePod } from '../../src/jobs/wire.ts'

/** Objects as a cluster shows them, for the tests of what is read out of them. */

export const aJob = (
  status: NonNullable<KubeJob['status']> = {},
  spec: Partial<NonNullable<KubeJob['spec']>> = {},
): KubeJob => ({
  metadata: { name: 'one', uid: 'job-1', creationTimestamp: '2026-11-22T10:00:00Z' },
  spec: { backoffLimit: 0, template: {}, ...spec },
  status,
})

export const aPod = (
  status: NonNullable<KubePod['status']>,
  metadata: NonNullable<KubePod['metadata']> = {},
): KubePod => ({
  metadata: {
    name: 'one-abcde',
    uid: 'pod-1',
    creationTimestamp: '2026-11-22T10:00:01Z',
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'one', uid: 'job-1' }],
    ...metadata,
  },
  spec: { containers: [{ name: 'job', resources: { limits: { memory: '512Mi' } } }] },
  status,
})

type State = NonNullable<NonNullable<NonNullable<KubePod['status']>['containerStatuses']>[number]['state']>

const withState = (phase: string, state: State) => ({
  phase,
  containerStatuses: [{ name: 'job', image: 'i', imageID: '', ready: false, restartCount: 0, state }],
})

export const waitingFor = (reason: string, message = '') => aPod(withState('Pending', { waiting: { reason, message } }))
export const runningSince = (startedAt: string) => aPod(withState('Running', { running: { startedAt } }))
export const endedWith = (exitCode: number, details: { reason?: string; message?: string } = {}, phase = 'Failed') =>
  aPod(withState(phase, { terminated: { exitCode, ...details } }))

export const anEvent = (event: Partial<KubeEvent>): KubeEvent => ({
  metadata: {},
  type: 'Warning',
  involvedObject: { kind: 'Job', uid: 'job-1' },
  ...event,
})
