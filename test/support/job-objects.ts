import type { KubeCronJob, KubeDeployment, KubeEvent, KubeJob, KubePod } from '../../src/jobs/wire.ts'

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

export const aCronJob = (
  status: NonNullable<KubeCronJob['status']> = {},
  spec: Partial<NonNullable<KubeCronJob['spec']>> = {},
): KubeCronJob => ({
  metadata: { name: 'two', uid: 'cron-1', creationTimestamp: '2026-11-20T10:00:00Z' },
  spec: {
    schedule: '0 * * * *',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 30,
    jobTemplate: {},
    ...spec,
  },
  status,
})

/** A run of it that was due at a moment, or that somebody started then. */
export const aRun = (at: string, status: NonNullable<KubeJob['status']> = {}, manual = false): KubeJob => ({
  metadata: {
    name: `two-${at}`,
    uid: `run-${at}`,
    creationTimestamp: at,
    annotations: manual
      ? { 'cronjob.kubernetes.io/instantiate': 'manual' }
      : { 'batch.kubernetes.io/cronjob-scheduled-timestamp': at },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'two', uid: 'cron-1', controller: true }],
  },
  spec: { backoffLimit: 0, template: {} },
  status: { startTime: at, ...status },
})

/** A pod as that of a run. */
export const ofRun = (pod: KubePod, at: string): KubePod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    name: `two-${at}-abcde`,
    uid: `pod-${at}`,
    creationTimestamp: at,
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: `two-${at}`, uid: `run-${at}`, controller: true }],
  },
})

export const aDeployment = (
  status: NonNullable<KubeDeployment['status']> = {},
  spec: Partial<NonNullable<KubeDeployment['spec']>> = {},
  metadata: NonNullable<KubeDeployment['metadata']> = {},
): KubeDeployment => ({
  metadata: { name: 'web', uid: 'dep-1', creationTimestamp: '2026-11-22T10:00:00Z', generation: 1, ...metadata },
  spec: { replicas: 1, selector: {}, template: {}, ...spec },
  status: { observedGeneration: 1, ...status },
})

type ContainerStatus = NonNullable<NonNullable<KubePod['status']>['containerStatuses']>[number]

/** One copy of it, of the version that the hash names. */
export const aCopy = (
  container: Partial<ContainerStatus>,
  { hash = 'aaaa', name = 'aaaaa', made = '2026-11-22T10:00:01Z', ...more }: CopyOptions = {},
): KubePod => ({
  metadata: {
    name: `web-${hash}-${name}`,
    uid: `copy-${name}`,
    creationTimestamp: made,
    labels: { 'pod-template-hash': hash },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${hash}`, uid: `rs-${hash}`, controller: true },
    ],
    ...more.metadata,
  },
  spec: {
    restartPolicy: 'Always',
    containers: [{ name: 'job', resources: { limits: { memory: '512Mi' } }, ...more.container }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'job', image: 'i', imageID: '', ready: false, restartCount: 0, ...container }],
    ...more.status,
  },
})

interface CopyOptions {
  hash?: string
  name?: string
  made?: string
  metadata?: KubePod['metadata']
  container?: Partial<NonNullable<KubePod['spec']>['containers'][number]>
  status?: KubePod['status']
}

/** A container that serves since a moment. */
export const serving = (startedAt = '2026-11-22T10:00:05Z'): Partial<ContainerStatus> => ({
  ready: true,
  state: { running: { startedAt } },
})
