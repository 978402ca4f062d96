import t from 'tap'
import { finishedAt } from '../../../../src/sandbox/controllers/job-pods.ts'
import type { Pod } from '../../../../src/sandbox/kinds/types.ts'

const at = (seconds: number): string => `2026-11-22T10:00:0${seconds}Z`
const time = (seconds: number): number => Date.parse(at(seconds))

const pod = (metadata: Partial<Pod['metadata']>, status: Pod['status']): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: at(1), ...metadata },
  spec: { containers: [] },
  status,
})

const container = (finished: string | undefined) => ({
  name: 'job',
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  state: finished === undefined ? { running: {} } : { terminated: { exitCode: 0, finishedAt: finished } },
})

t.test(
  'a pod ended with its last container, else when it stopped being ready, else when it was to go, else never',
  async t => {
    const deleted = { deletionTimestamp: at(9), deletionGracePeriodSeconds: 4 }
    const notReady = { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(4) }] }
    t.equal(finishedAt(pod({}, { containerStatuses: [container(at(3)), container(at(2))] })), time(3))
    t.equal(finishedAt(pod({}, { ...notReady, containerStatuses: [container(at(3)), container(undefined)] })), time(4))
    t.equal(finishedAt(pod(deleted, notReady)), time(4))
    t.equal(finishedAt(pod(deleted, {})), time(5))
    t.equal(finishedAt(pod({}, {})), time(1))
  },
)
