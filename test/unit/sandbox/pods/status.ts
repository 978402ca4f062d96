import t from 'tap'
import type { Pod } from '../../../../src/sandbox/kinds/types.ts'
import { type ContainerRun, type PodRun, phaseOf, podStatus } from '../../../../src/sandbox/pods/status.ts'

const pod = (restartPolicy: string, status: Pod['status'] = { phase: 'Pending', qosClass: 'Burstable' }): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 1 },
  spec: { restartPolicy, containers: [] },
  status,
})

const waiting = { waiting: { reason: 'ContainerCreating' } }
const running = { running: {} }
const ended = (exitCode: number) => ({ terminated: { exitCode } })

const container = (state: ContainerRun['state'], lastState: ContainerRun['lastState'] = {}): ContainerRun => ({
  name: 'job',
  image: 'i',
  state,
  lastState,
  restartCount: 0,
})

const run = (containers: ContainerRun[], more: Partial<PodRun> = {}): PodRun => ({
  containers,
  startTime: '2026-11-22T10:00:00Z',
  address: '127.0.0.1',
  prepared: true,
  over: false,
  ...more,
})

t.test('the phase follows from the containers and the restart policy', async t => {
  const failure = { reason: 'DeadlineExceeded', message: '' }
  const table: [string, PodRun, string][] = [
    ['Never', run([container(waiting)]), 'Pending'],
    ['Never', run([container(running)]), 'Running'],
    ['Never', run([container(running), container(waiting)]), 'Pending'],
    ['Never', run([container(running), container(ended(1))]), 'Running'],
    ['Never', run([container(ended(0)), container(ended(0))]), 'Succeeded'],
    ['Never', run([container(ended(0)), container(ended(1))]), 'Failed'],
    ['OnFailure', run([container(ended(0))]), 'Succeeded'],
    ['OnFailure', run([container(ended(1))]), 'Running'],
    ['OnFailure', run([container(waiting, ended(1))]), 'Running'],
    ['OnFailure', run([container(ended(1))], { over: true }), 'Failed'],
    ['Always', run([container(ended(0))]), 'Running'],
    ['Always', run([container(ended(0))], { over: true }), 'Succeeded'],
    ['Never', run([container(waiting)], { over: true }), 'Failed'],
    ['Never', run([container(running)], { failure }), 'Running'],
    ['Never', run([container(ended(0))], { failure }), 'Failed'],
  ]
  for (const [policy, state, phase] of table) t.equal(phaseOf(pod(policy), state), phase, JSON.stringify(state))
})

t.test('a condition keeps its time as long as it is the same', async t => {
  const first = podStatus(pod('Never'), run([container(waiting)]), 1000)
  t.match(
    first.conditions?.map(({ type, status, reason, lastTransitionTime }) => [type, status, reason, lastTransitionTime]),
    [
      ['PodReadyToStartContainers', 'True', undefined, '1970-01-01T00:00:01Z'],
      ['Initialized', 'True', undefined, '1970-01-01T00:00:01Z'],
      ['Ready', 'False', 'ContainersNotReady', '1970-01-01T00:00:01Z'],
      ['ContainersReady', 'False', 'ContainersNotReady', '1970-01-01T00:00:01Z'],
      ['PodScheduled', 'True', undefined, '1970-01-01T00:00:01Z'],
    ],
  )
  t.equal(first.conditions?.[2]?.message, 'containers with unready status: [job]')
  const second = podStatus(pod('Never', first), run([container(running)]), 2000)
  t.match(
    second.conditions?.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime]),
    [
      ['PodReadyToStartContainers', 'True', '1970-01-01T00:00:01Z'],
      ['Initialized', 'True', '1970-01-01T00:00:01Z'],
      ['Ready', 'True', '1970-01-01T00:00:02Z'],
      ['ContainersReady', 'True', '1970-01-01T00:00:02Z'],
      ['PodScheduled', 'True', '1970-01-01T00:00:01Z'],
    ],
  )
  t.equal(second.conditions?.[0]?.observedGeneration, 1)
  t.equal(second.qosClass, 'Burstable')
})

t.test('a pod that is not prepared has no address, one that failed as a whole says why', async t => {
  t.equal(podStatus(pod('Never'), run([container(waiting)], { prepared: false }), 0).podIP, undefined)
  const failed = podStatus(pod('Never'), run([container(ended(143))], { failure: { reason: 'R', message: 'M' } }), 0)
  t.match(failed, { phase: 'Failed', reason: 'R', message: 'M', conditions: [{ status: 'False' }] })
})
