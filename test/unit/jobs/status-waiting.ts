import t from 'tap'
import { podFacts } from '../../../src/jobs/pod-status.ts'
import { isAbout, waitingCause } from '../../../src/jobs/status-waiting.ts'
import type { KubeEvent, KubePod } from '../../../src/jobs/wire.ts'
import { anEvent, aPod, waitingFor } from '../../support/job-objects.ts'

const causeOf = (pod: KubePod, events: readonly KubeEvent[] = []) => waitingCause(podFacts(pod), events)
const creating = waitingFor('ContainerCreating')
const about = (reason: string, message = '', more: Partial<KubeEvent> = {}) =>
  anEvent({ reason, message, involvedObject: { kind: 'Pod', uid: 'pod-1' }, ...more })
const unscheduled = (reason: string, message: string) =>
  aPod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason, message }] })

t.test('a pod that nothing is said about is being started', async t => {
  t.strictSame(causeOf(creating), {
    code: 'starting',
    says: 'Its container is being started',
    findings: [{ object: 'pod/one-abcde', says: 'is starting', since: '2026-11-22T10:00:01Z' }],
  })
  for (const reason of ['', 'PodInitializing']) t.equal(causeOf(waitingFor(reason)).code, 'starting')
})

t.test('an event is taken for the cause only when it is about this very pod, and tells of trouble', async t => {
  for (const [reason, code] of [
    ['FailedMount', 'volume_missing'],
    ['FailedAttachVolume', 'volume_missing'],
    ['FailedMapVolume', 'volume_missing'],
    ['FailedScheduling', 'unschedulable'],
    ['FailedCreatePodSandBox', 'cluster_trouble'],
    ['NetworkNotReady', 'cluster_trouble'],
    ['FailedPostStartHook', 'start_failed'],
    ['Failed', 'start_failed'],
    ['Scheduled', 'starting'],
    ['Unhealthy', 'starting'],
    ['DNSConfigForming', 'starting'],
    ['', 'starting'],
  ] as const)
    t.equal(causeOf(creating, [about(reason, 'why')]).code, code, reason)
  const others = [{ kind: 'Pod', uid: 'pod-2' }, { kind: 'Pod' }, { kind: 'Pod', name: 'one-abcde', uid: '' }]
  for (const involvedObject of others)
    t.equal(causeOf(creating, [about('FailedMount', 'why', { involvedObject })]).code, 'starting')
  t.equal(causeOf(creating, [{ metadata: {}, reason: 'FailedMount' } as KubeEvent]).code, 'starting')
  const first = [about('Pulled'), about('FailedMount', 'one'), about('NetworkNotReady', 'two')]
  t.equal(causeOf(creating, first).code, 'volume_missing', 'the first one that tells of trouble')
})

t.test('nothing is about a pod that has no uid', async t => {
  const nameless = podFacts({ metadata: { name: 'x' }, status: {} })
  for (const uid of ['', undefined])
    t.equal(
      isAbout(nameless, anEvent({ involvedObject: { kind: 'Pod', ...(uid === undefined ? {} : { uid }) } })),
      false,
    )
  t.equal(isAbout(podFacts(creating), about('x')), true)
})

t.test('what was seen is told with the object, the words of the cluster, and the moment', async t => {
  const lastTimestamp = '2026-11-22T10:05:00Z'
  t.strictSame(causeOf(creating, [about('FailedMount', 'no such folder', { lastTimestamp })]).findings, [
    { object: 'pod/one-abcde', says: 'FailedMount: no such folder', since: lastTimestamp },
  ])
  t.match(causeOf(creating, [about('FailedMount', 'no such folder')]).says, /no such folder/)
  t.strictSame(causeOf(waitingFor('CreateContainerError', 'a name is taken')).findings, [
    { object: 'pod/one-abcde', says: 'waits: CreateContainerError: a name is taken', since: '2026-11-22T10:00:01Z' },
  ])
  t.strictSame(causeOf(waitingFor('CreateContainerError')).findings, [
    { object: 'pod/one-abcde', says: 'waits: CreateContainerError', since: '2026-11-22T10:00:01Z' },
  ])
  t.match(causeOf(waitingFor('Odd\u001b[2J', 'x')).findings?.[0]?.says, 'waits: Odd?[2J: x')
})

t.test('a container that the node cannot make: by its settings, or by the node', async t => {
  for (const [reason, code] of [
    ['CreateContainerConfigError', 'config_error'],
    ['CreateContainerError', 'config_error'],
    ['PostStartHookError', 'config_error'],
    ['SomethingNew', 'start_failed'],
  ] as const) {
    const { code: found, says, todo } = causeOf(waitingFor(reason, 'the words'), [about('FailedMount')])
    t.equal(found, code, reason)
    t.equal(says, `Its container cannot be made (${reason}: the words)`)
    t.equal(typeof todo, 'string')
  }
  t.equal(
    causeOf(waitingFor('RunContainerError', 'exec: "x": executable file not found in $PATH')).code,
    'command_not_found',
  )
  t.equal(causeOf(waitingFor('ImagePullBackOff', 'x')).findings?.[0]?.says, 'waits: ImagePullBackOff: x')
})

t.test('a pod that no node takes: no room, no such node, no volume, or a gate', async t => {
  for (const [message, code, says] of [
    ['0/3 nodes are available: 3 Insufficient memory.', 'unschedulable', /^No node has room for it now/],
    ['0/3 nodes are available: 3 Too many pods.', 'unschedulable', /^No node has room for it now/],
    ["0/3 nodes are available: 3 node(s) didn't match", 'unschedulable', /^No node takes it now/],
    ['persistentvolumeclaim "x" not found', 'volume_missing', /^A volume that it needs is not there/],
    ['PersistentVolumeClaim is being deleted', 'volume_missing', /volume/],
    ['pod has unbound immediate pvc(s)', 'volume_missing', /volume/],
    ["didn't find available persistent volumes to bind", 'volume_missing', /volume/],
  ] as const) {
    const cause = causeOf(unscheduled('Unschedulable', message), [about('NetworkNotReady')])
    t.match(cause, { code, says }, message)
    t.ok(cause.says.endsWith(`(${message.replace(/\.$/, '')})`), cause.says)
    t.equal(causeOf(creating, [about('FailedScheduling', message)]).code, code, 'an event says the same')
  }
  const [room, node] = ['Insufficient cpu', 'no match'].map(
    message => causeOf(unscheduled('Unschedulable', message)).todo,
  )
  t.not(room, node, 'less memory helps against the one only')
  const gated = causeOf(unscheduled('SchedulingGated', 'Insufficient cpu'))
  t.match(gated, { code: 'unschedulable', says: /gate/ })
  t.match(gated.findings, [{ says: 'waits: SchedulingGated: Insufficient cpu' }])
})
