import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Clock, systemClock } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createEvents } from '../../../../src/sandbox/controllers/events.ts'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import type { Pod, PodSpec } from '../../../../src/sandbox/kinds/types.ts'
import type { LogRequest } from '../../../../src/sandbox/pod-logs.ts'
import { marked } from '../../../../src/sandbox/pods/proc.ts'
import { createPodRunner, type RunnerConfig } from '../../../../src/sandbox/pods/runner.ts'
import { createStore } from '../../../../src/sandbox/store.ts'
import { createTestClock } from '../../../support/test-clock.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const namespace = 'tool-a'
const image = 'sandbox.local/bookworm:latest'

function setup(t: Test, { clock = systemClock, ...config }: Partial<RunnerConfig> & { clock?: Clock } = {}) {
  const directory = t.testdir({})
  const store = createStore({ kinds: [pods, events], clock, log: quietLog })
  const { recorder } = createEvents({ store, events, clock, log: quietLog })
  const record = {
    scheduler: recorder({ component: 'default-scheduler' }),
    kubelet: recorder({ component: 'kubelet' }),
  }
  const images = [
    { image, needs: ['sh'] },
    { image: 'odd', needs: ['no-such-program'] },
  ]
  const runner = createPodRunner(
    { pods: 'processes', directory, images, ...config },
    { store, pods, record, clock, log: quietLog },
  )
  runner.start()
  t.teardown(() => runner.stop())

  const states: Pod['status'][] = []
  store.subscribe(pods, ({ object }) => states.push(object.status))
  const get = (name = 'p'): Pod => {
    const pod = store.get(pods, { namespace, name })
    if (pod === undefined) throw new Error(`no pod ${name}`)
    return pod
  }
  const create = (script: string, spec: Partial<PodSpec> & { name?: string } = {}): Pod => {
    const { name = 'p', ...more } = spec
    const containers = [{ name: 'job', image, command: ['sh', '-c', script] }]
    return store.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: { restartPolicy: 'Never', containers, ...more },
    })
  }
  const until = (what: string, check: (pod: Pod) => boolean, name = 'p'): Promise<Pod> =>
    waitUntil(what, () => {
      const pod = store.get(pods, { namespace, name })
      return pod !== undefined && check(pod) ? pod : undefined
    })
  const phase = (wanted: string, name = 'p') => until(wanted, ({ status }) => status.phase === wanted, name)
  const removed = (name = 'p') => waitUntil('its removal', () => store.get(pods, { namespace, name }) === undefined)
  const log = async (pod: Pod, request: Partial<LogRequest> = {}, container = 'job'): Promise<string> => {
    const chunks: Uint8Array[] = []
    const all = { follow: false, previous: false, timestamps: false, signal: new AbortController().signal, ...request }
    for await (const chunk of runner.logs.read(pod, container, all)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  const told = (): string[] =>
    store.list(events).items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  const left = (pod: Pod): number[] => marked(`SANDBOX_CONTAINER=${pod.metadata.uid}/job`)
  return { directory, store, runner, states, get, create, until, phase, removed, log, told, left }
}

const terminated = ({ status }: Pod) => status.containerStatuses?.[0]?.state?.terminated

t.test('a pod runs, and says so as a kubelet does', async t => {
  const { create, phase, log, told, states } = setup(t)
  create('echo hello; echo oops >&2')
  const pod = await phase('Succeeded')
  t.equal(pod.spec.nodeName, 'sandbox')
  const { startedAt, finishedAt, containerID, ...state } = terminated(pod) ?? {}
  t.strictSame(state, { exitCode: 0, reason: 'Completed' })
  t.match([startedAt, finishedAt], [/Z$/, /Z$/])
  t.match(containerID, /^process:\/\/[0-9a-f]{64}$/)
  t.match(pod.status, {
    phase: 'Succeeded',
    qosClass: 'BestEffort',
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: /Z$/,
    containerStatuses: [{ name: 'job', image, ready: false, started: false, restartCount: 0, lastState: {} }],
  })
  t.same(
    pod.status.conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['PodReadyToStartContainers', 'False', undefined],
      ['Initialized', 'True', 'PodCompleted'],
      ['Ready', 'False', 'PodCompleted'],
      ['ContainersReady', 'False', 'PodCompleted'],
      ['PodScheduled', 'True', undefined],
    ],
  )
  t.match(
    states.map(({ phase, containerStatuses }) => [phase, Object.keys(containerStatuses?.[0]?.state ?? {})[0]]),
    [
      ['Pending', undefined],
      ['Pending', undefined],
      ['Pending', 'waiting'],
      ['Running', 'running'],
      ['Succeeded', 'terminated'],
    ],
  )
  t.same((await log(pod)).split('\n').sort(), ['', 'hello', 'oops'])
  t.same(told(), [
    'Normal Scheduled: Successfully assigned tool-a/p to sandbox',
    `Normal Pulled: Container image "${image}" already present on machine and can be accessed by the pod`,
    'Normal Created: Container created',
    'Normal Started: Container started',
  ])
})

t.test('a failed program is a failed pod with its exit code', async t => {
  const { create, phase } = setup(t)
  create('exit 3')
  const pod = await phase('Failed')
  t.match(terminated(pod), { exitCode: 3, reason: 'Error' })
  t.match(pod.status.conditions?.[2], { type: 'Ready', status: 'False', reason: 'PodFailed' })
})

t.test('a program that is not there is a StartError', async t => {
  const { create, phase, told, log } = setup(t)
  create('', { containers: [{ name: 'job', image, command: ['nonesuch'] }] })
  const pod = await phase('Failed')
  t.match(terminated(pod), {
    exitCode: 128,
    reason: 'StartError',
    message: /exec: "nonesuch": executable file not found in \$PATH: unknown$/,
    startedAt: '1970-01-01T00:00:00Z',
  })
  t.match(told().join('\n'), /Warning Failed: Error: failed to create containerd task: .*nonesuch/)
  t.equal(await log(pod), '')
})

t.test('too much memory is OOMKilled', async t => {
  const { create, phase } = setup(t)
  const script = 'const held = Buffer.alloc(80e6, 1); setInterval(() => held.length, 1000)'
  const resources = { limits: { memory: '64M' } }
  create('', { containers: [{ name: 'job', image, command: [process.execPath, '-e', script], resources }] })
  t.match(terminated(await phase('Failed')), { exitCode: 137, reason: 'OOMKilled' })
})

t.test('command, arguments and variables are expanded; working directory and fields are given', async t => {
  const { create, phase, log, directory } = setup(t)
  mkdirSync(join(directory, 'home'))
  create('', {
    containers: [
      {
        name: 'job',
        image,
        command: ['sh', '-c', 'echo "$0|$A|$B|$C|$HOSTNAME|$HOME"; pwd -P'],
        args: ['$(B) $$(A) $(NOPE)'],
        workingDir: join(directory, 'home'),
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', value: '$(A)b $(C)' },
          { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'HOME', value: '/h' },
        ],
      },
    ],
  })
  const pod = await phase('Succeeded')
  t.equal(await log(pod), `ab $(C) $(A) $(NOPE)|a|ab $(C)|p|p|/h\n${join(directory, 'home')}\n`)
})

t.test('deletion ends the processes, then the pod is gone, and its log with it', async t => {
  const { create, phase, store, removed, left, told, directory, states } = setup(t)
  const pod = create('sleep 100 & sleep 100', { terminationGracePeriodSeconds: 60 })
  await phase('Running')
  t.equal(readdirSync(join(directory, 'logs')).length, 1)
  store.remove(pods, pod.metadata)
  t.equal(store.get(pods, pod.metadata)?.metadata.deletionGracePeriodSeconds, 60)
  await removed()
  t.match(states.at(-1), { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 143 } } }] })
  t.same(left(pod), [])
  t.match(told().join('\n'), 'Normal Killing: Stopping container job')
  await waitUntil('its log to go', () => !existsSync(join(directory, 'logs', pod.metadata.uid)))
})

t.test('who ignores SIGTERM is killed after the grace; a deletion without grace does not wait', async t => {
  const { create, until, phase, store, removed, states, log, left } = setup(t)
  const stubborn = 'trap "" TERM; echo ready; while :; do sleep 0.05; done'
  const first = create(stubborn, { terminationGracePeriodSeconds: 1 })
  await waitUntil('ready', async () => (await log(await phase('Running'))) !== '')
  store.remove(pods, first.metadata)
  await removed()
  t.match(states.at(-1), { containerStatuses: [{ state: { terminated: { exitCode: 137 } } }] })
  const second = create(stubborn, { name: 'q', terminationGracePeriodSeconds: 100 })
  await until('running', ({ status }) => status.phase === 'Running', 'q')
  store.remove(pods, second.metadata, { gracePeriodSeconds: 0 })
  t.equal(store.get(pods, second.metadata), undefined)
  await waitUntil('no process', () => left(second).length === 0)
})

t.test('a pod with a finalizer ends, but stays until that is taken away', async t => {
  const { store, phase, removed, get } = setup(t)
  store.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace, finalizers: ['example.org/f'] },
    spec: { restartPolicy: 'Never', containers: [{ name: 'job', image, command: ['sleep', '100'] }] },
  })
  const pod = await phase('Running')
  store.remove(pods, pod.metadata)
  await phase('Failed')
  await waitUntil('the end of its grace', () => get().metadata.deletionGracePeriodSeconds === 0)
  t.equal(terminated(get())?.exitCode, 143)
  const { finalizers: _, resourceVersion: __, ...metadata } = get().metadata
  store.update(pods, { ...get(), metadata })
  await removed()
})

t.test('the time limit of a pod', async t => {
  const { create, phase, told } = setup(t)
  create('sleep 100', { activeDeadlineSeconds: 1 })
  const pod = await phase('Failed')
  const message = 'Pod was active on the node longer than the specified deadline'
  t.match(pod.status, { reason: 'DeadlineExceeded', message })
  t.match(terminated(pod), { exitCode: 143 })
  t.match(told().join('\n'), `Normal DeadlineExceeded: ${message}`)
})

t.test('restarts: at once, then after a back-off, with the log of the run before', async t => {
  const clock = createTestClock()
  const { create, until, log, told } = setup(t, { clock })
  create('echo run; exit 1', { restartPolicy: 'OnFailure' })
  const waiting = await until(
    'the first back-off',
    ({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
  )
  t.equal(waiting.status.phase, 'Running')
  const id = `p_tool-a(${waiting.metadata.uid})`
  t.match(waiting.status.containerStatuses, [
    {
      restartCount: 1,
      ready: false,
      state: { waiting: { message: `back-off 10s restarting failed container=job pod=${id}` } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    },
  ])
  t.match(told().join('\n'), `Warning BackOff: Back-off restarting failed container job in pod ${id}`)
  t.equal(await log(waiting), 'run\n')
  t.equal(await log(waiting, { previous: true }), 'run\n')
  await clock.advance(10_000)
  const again = await until(
    'the second',
    ({ status }) =>
      status.containerStatuses?.[0]?.restartCount === 2 && status.containerStatuses[0].state?.waiting !== undefined,
  )
  t.match(again.status.containerStatuses?.[0]?.state?.waiting?.message, /^back-off 20s/)
})

t.test('OnFailure ends with a success', async t => {
  const { create, phase, directory } = setup(t)
  const mark = join(directory, 'mark')
  create(`if [ -e ${mark} ]; then exit 0; fi; touch ${mark}; exit 1`, { restartPolicy: 'OnFailure' })
  const pod = await phase('Succeeded')
  t.match(pod.status.containerStatuses, [{ restartCount: 1, lastState: { terminated: { exitCode: 1 } } }])
})

t.test('an image that is not known is never pulled, and can be deleted', async t => {
  const clock = createTestClock()
  const { create, until, store, removed, log, told } = setup(t, { clock })
  create('', { containers: [{ name: 'job', image: 'nosuch:1', command: ['sh'] }] })
  const waiting = ({ status }: Pod) => status.containerStatuses?.[0]?.state?.waiting?.reason
  const first = await until('ErrImagePull', pod => waiting(pod) === 'ErrImagePull')
  t.equal(first.status.phase, 'Pending')
  await t.rejects(log(first), {
    code: 400,
    message: 'container "job" in pod "p" is waiting to start: image can\'t be pulled',
  })
  await clock.advance(1000)
  const second = await until('ImagePullBackOff', pod => waiting(pod) === 'ImagePullBackOff')
  await t.rejects(log(second), { message: /trying and failing to pull image/ })
  await clock.advance(10_000)
  await until('another try', pod => waiting(pod) === 'ErrImagePull')
  t.match(told().join('\n'), /Warning Failed: Error: ErrImagePull/)
  store.remove(pods, second.metadata)
  await removed()
})

t.test('what an image lacks on this machine is said, and the pod runs', async t => {
  const { create, phase, told } = setup(t)
  create('', { containers: [{ name: 'job', image: 'odd', command: ['true'] }] })
  await phase('Succeeded')
  t.match(
    told().join('\n'),
    /Warning SandboxLimitation: .*this machine has no no-such-program, which the image odd promises/,
  )
})

t.test('what the sandbox cannot give is refused aloud', async t => {
  const { create, phase, until, told, store, removed } = setup(t)
  const containers = [{ name: 'job', image, command: ['true'] }]
  create('', { containers, initContainers: [{ name: 'init', image, command: ['true'] }] })
  t.match((await phase('Failed')).status, { message: /does not run init containers/ })
  const valueFrom = { secretKeyRef: { name: 's', key: 'k' } }
  create('', { name: 'q', containers: [{ ...containers[0], name: 'job', env: [{ name: 'S', valueFrom }] }] })
  const held = await until(
    'held',
    ({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    'q',
  )
  t.match(told().join('\n'), /cannot give a container the variable S by secretKeyRef/)
  store.remove(pods, held.metadata)
  await removed('q')
})

t.test('several containers all run, and the pod ends with the last', async t => {
  const { create, phase, log } = setup(t)
  const one = (name: string, script: string) => ({ name, image, command: ['sh', '-c', script] })
  create('', { containers: [one('a', 'echo a'), one('b', 'sleep 0.2; echo b; exit 2')] })
  const pod = await phase('Failed')
  t.same(
    pod.status.containerStatuses?.map(({ state }) => state?.terminated?.exitCode),
    [0, 2],
  )
  t.equal((await log(pod, {}, 'a')) + (await log(pod, {}, 'b')), 'a\nb\n')
})

t.test('a log is followed to the end of its container', async t => {
  const { create, phase, log, directory } = setup(t)
  const go = join(directory, 'go')
  create(`echo one; while [ ! -e ${go} ]; do sleep 0.02; done; echo two; printf three`)
  const followed = log(await phase('Running'), { follow: true })
  writeFileSync(go, '')
  t.equal(await followed, 'one\ntwo\nthree')
})

t.test('a log may be asked for in part, and by time', async t => {
  const { create, phase, log } = setup(t)
  create('echo one; echo two; echo three')
  const pod = await phase('Succeeded')
  t.equal(await log(pod, { tailLines: 1 }), 'three\n')
  t.equal(await log(pod, { limitBytes: 5 }), 'one\nt')
  t.equal(await log(pod, { sinceTime: new Date(Date.now() + 60_000).toISOString() }), '')
  t.equal(await log(pod, { sinceTime: new Date(Date.now() - 60_000).toISOString() }), 'one\ntwo\nthree\n')
  t.equal(await log(pod, { sinceSeconds: 600 }), 'one\ntwo\nthree\n')
  t.match(await log(pod, { timestamps: true, tailLines: 1 }), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/)
  await t.rejects(log(pod, { previous: true }), { message: 'previous terminated container "job" in pod "p" not found' })
  await t.rejects(log(pod, {}, 'nope'), { code: 400 })
})

t.test('with no processes, pods are placed and go when they are deleted', async t => {
  const { create, get, store, removed, log } = setup(t, { pods: 'none' })
  const pod = create('echo no')
  t.match(get(), { spec: { nodeName: 'sandbox' }, status: { phase: 'Pending' } })
  await t.rejects(log(get()), { code: 400 })
  store.remove(pods, pod.metadata)
  await removed()
})

t.test('pods that are there before the node are taken up; stop leaves no process', async t => {
  const { store, runner, create, phase, left } = setup(t)
  const pod = create('setsid sleep 100 & trap "" TERM; while :; do sleep 0.05; done', {
    terminationGracePeriodSeconds: 600,
  })
  await phase('Running')
  await waitUntil('all its processes', () => left(pod).length >= 3)
  await runner.stop()
  t.same(left(pod), [])
  t.match(terminated(store.get(pods, pod.metadata) ?? pod), { exitCode: 137 })
  create('true', { name: 'late' })
  t.equal(store.get(pods, { namespace, name: 'late' })?.spec.nodeName, undefined)
})
