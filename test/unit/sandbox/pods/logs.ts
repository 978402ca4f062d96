import { readdirSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { quietLog } from '../../../../src/platform/log.ts'
import type { Pod } from '../../../../src/sandbox/kinds/types.ts'
import type { LogRequest } from '../../../../src/sandbox/pod-logs.ts'
import { createContainerLogs, runToRead } from '../../../../src/sandbox/pods/logs.ts'
import { createTestClock } from '../../../support/test-clock.ts'

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number]

const podWith = (status: Partial<ContainerStatus>, nodeName = 'sandbox'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'tool-a', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { nodeName, containers: [] },
  status: {
    containerStatuses: [{ name: 'job', image: 'i', imageID: '', ready: false, restartCount: 0, ...status }],
  },
})

const ended = (containerID: string) => ({ terminated: { exitCode: 1, containerID } })

t.test('the run whose log is meant, as a kubelet finds it', async t => {
  const running = podWith({ state: { running: {} }, containerID: 'b', lastState: ended('a') })
  t.equal(runToRead(running, 'job', false), 'b')
  t.equal(runToRead(running, 'job', true), 'a')
  t.equal(runToRead(podWith({ state: ended('b'), lastState: {} }), 'job', false), 'b')
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } }
  t.equal(runToRead(podWith({ state: waiting, lastState: ended('a') }), 'job', false), 'a')
  const refused: [Pod, boolean, string][] = [
    [
      podWith({ state: { waiting: { reason: 'ContainerCreating' } } }),
      false,
      'container "job" in pod "p" is waiting to start: ContainerCreating',
    ],
    [
      podWith({ state: { waiting: { reason: 'ErrImagePull' } } }),
      false,
      'container "job" in pod "p" is waiting to start: image can\'t be pulled',
    ],
    [
      podWith({ state: { waiting: { reason: 'ImagePullBackOff' } } }),
      false,
      'container "job" in pod "p" is waiting to start: trying and failing to pull image',
    ],
    [podWith({ state: ended('b') }), true, 'previous terminated container "job" in pod "p" not found'],
    [podWith({ name: 'other' }), false, 'container "job" in pod "p" is not available'],
  ]
  for (const [pod, previous, message] of refused) {
    t.throws(() => runToRead(pod, 'job', previous), { code: 400, message })
  }
})

function setup(t: Test) {
  const clock = createTestClock()
  const directory = t.testdir({})
  const logs = createContainerLogs(directory, { clock, log: quietLog })
  t.teardown(() => logs.remove('u'))
  const write = async (id: string, text: string) => {
    const file = logs.open({ pod: 'u', container: 'job', id })
    const stdout = new PassThrough()
    const recorded = file.record({ stdout, stderr: new PassThrough().end() })
    stdout.end(text)
    await recorded
    return file
  }
  const read = async (pod: Pod, request: Partial<LogRequest> = {}) => {
    const chunks: Uint8Array[] = []
    const all = { follow: false, previous: false, timestamps: false, signal: new AbortController().signal, ...request }
    for await (const chunk of logs.read(pod, 'job', all)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  return { clock, directory, logs, write, read }
}

t.test('each run has its own log; that of the run before last goes', async t => {
  const { write, read, directory } = setup(t)
  for (const id of ['x://a', 'x://b', 'x://c']) await write(id, `${id}\n`)
  const pod = podWith({ state: { running: {} }, containerID: 'x://c', lastState: ended('x://b') })
  t.equal(await read(pod), 'x://c\n')
  t.equal(await read(pod, { previous: true }), 'x://b\n')
  t.same(readdirSync(`${directory}/u`), ['b', 'c'])
})

t.test('of sinceTime the whole seconds count, sinceSeconds counts from now', async t => {
  const { clock, write, read } = setup(t)
  await clock.advance(500)
  await write('x://a', 'line\n')
  const pod = podWith({ state: { running: {} }, containerID: 'x://a' })
  t.equal(await read(pod, { sinceTime: '2026-11-22T10:00:00.9Z' }), 'line\n')
  t.equal(await read(pod, { sinceTime: '2026-11-22T11:00:00.9+01:00' }), 'line\n')
  t.equal(await read(pod, { sinceTime: '2026-11-22T10:00:01Z' }), '')
  await clock.advance(1000)
  t.equal(await read(pod, { sinceSeconds: 1 }), 'line\n')
  await clock.advance(1)
  t.equal(await read(pod, { sinceSeconds: 1 }), '')
})

t.test('a pod that is nowhere yet has an empty log, as has one whose log is gone', async t => {
  const { read } = setup(t)
  t.equal(await read(podWith({ state: { waiting: {} } }, '')), '')
  t.equal(await read(podWith({ state: ended('x://gone') })), '')
})

t.test('a reader learns at once that there is a log, though nothing is in it', async t => {
  const { logs } = setup(t)
  logs.open({ pod: 'u', container: 'job', id: 'x://a' })
  const pod = podWith({ state: { running: {} }, containerID: 'x://a' })
  const gone = new AbortController()
  const request = { follow: true, previous: false, timestamps: false, signal: gone.signal }
  const pieces = logs.read(pod, 'job', request)[Symbol.asyncIterator]()
  t.same(await pieces.next(), { done: false, value: new Uint8Array() })
  const next = pieces.next()
  gone.abort()
  t.equal((await next).done, true)
})

t.test('removing a log ends those who follow it', async t => {
  const { logs, write } = setup(t)
  await write('x://a', 'line\n')
  const pod = podWith({ state: { running: {} }, containerID: 'x://a' })
  const request = { follow: true, previous: false, timestamps: false, signal: new AbortController().signal }
  const pieces = logs.read(pod, 'job', request)[Symbol.asyncIterator]()
  await pieces.next()
  t.equal(String(Buffer.from((await pieces.next()).value ?? [])), 'line\n')
  const next = pieces.next()
  logs.remove('u')
  t.equal((await next).done, true)
})
