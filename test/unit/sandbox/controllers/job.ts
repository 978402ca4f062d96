import t, { type Test } from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createEvents } from '../../../../src/sandbox/controllers/events.ts'
import { createJobController } from '../../../../src/sandbox/controllers/job.ts'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import { pods } from '../../../../src/sandbox/kinds/pod.ts'
import type { Job, Pod } from '../../../../src/sandbox/kinds/types.ts'
import { forbidden } from '../../../../src/sandbox/status.ts'
import { type Admission, createStore } from '../../../../src/sandbox/store.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const namespace = 'tool-a'

function setup(t: Test, { admission = [] }: { admission?: Admission[] } = {}) {
  const clock = createTestClock()
  const store = createStore({ kinds: [jobs, pods, events], clock, log: quietLog, admission })
  const record = createEvents({ store, events, clock, log: quietLog }).recorder({ component: 'job-controller' })
  const controller = createJobController({ store, jobs, pods, record, clock, log: quietLog })
  controller.start()
  t.teardown(controller.stop)

  const settle = () => clock.advance(0)
  const create = async (spec: Partial<Job['spec']> = {}, name = 'j') => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'i', command: ['sh'] }] } }
    store.create(jobs, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace },
      spec: { template, ...spec },
    })
    await settle()
  }
  const get = (name = 'j'): Job => {
    const job = store.get(jobs, { namespace, name })
    if (job === undefined) throw new Error(`no job ${name}`)
    return job
  }
  const allPods = (): Pod[] =>
    store
      .list(pods, { namespace })
      .items.toSorted((a, b) =>
        a.metadata.uid === b.metadata.uid ? 0 : Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion),
      )
  const setStatus = (pod: Pod, status: Partial<Pod['status']>): void => {
    const { resourceVersion: _, ...metadata } = pod.metadata
    store.update(pods, { ...pod, metadata, status: { ...pod.status, ...status } }, { subresource: 'status' })
  }
  /** What a node does: the pod runs, and ends. */
  const place = (pod: Pod): void => {
    const { resourceVersion: _, ...metadata } = pod.metadata
    store.update(pods, { ...pod, metadata, spec: { ...pod.spec, nodeName: 'n' } }, { subresource: 'binding' })
  }
  const run = async (pod: Pod | undefined) => {
    if (pod === undefined) throw new Error('no pod')
    place(pod)
    setStatus(store.get(pods, pod.metadata) ?? pod, {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
    })
    await settle()
  }
  const finish = async (pod: Pod | undefined, exitCode: number) => {
    const now = pod && store.get(pods, pod.metadata)
    if (now === undefined) throw new Error('no pod')
    const terminated = { exitCode, finishedAt: rfc3339(clock.now()) }
    setStatus(now, {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [
        { name: 'job', image: 'i', imageID: '', ready: false, restartCount: 0, state: { terminated } },
      ],
    })
    await settle()
  }
  /** What a kubelet does with a pod that is being deleted, in the end. */
  const reap = async (pod: Pod) => {
    await finish(pod, 143)
    if (store.get(pods, pod.metadata) !== undefined) store.remove(pods, pod.metadata, { gracePeriodSeconds: 0 })
    await settle()
  }
  const active = (): Pod[] =>
    allPods().filter(
      p => p.metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(p.status.phase ?? ''),
    )
  const told = (): string[] =>
    store
      .list(events, { namespace })
      .items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(event => `${event.type} ${event.reason}: ${event.message}`)
  return { clock, store, controller, create, get, allPods, active, run, finish, reap, told, settle, place }
}

const reasons = (job: Job): string[] =>
  (job.status.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)

t.test('a job makes a pod that belongs to it, and completes with it', async t => {
  const { clock, create, get, allPods, run, finish, told } = setup(t)
  await create()
  const [pod] = allPods()
  const job = get()
  const started = rfc3339(clock.now())
  t.match(pod?.metadata.name, /^j-[a-z0-9]{5}$/)
  t.equal(pod?.metadata.generateName, 'j-')
  t.same(pod?.metadata.labels, {
    'batch.kubernetes.io/controller-uid': job.metadata.uid,
    'batch.kubernetes.io/job-name': 'j',
    'controller-uid': job.metadata.uid,
    'job-name': 'j',
  })
  t.same(pod?.metadata.finalizers, ['batch.kubernetes.io/job-tracking'])
  t.same(pod?.metadata.ownerReferences, [
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      name: 'j',
      uid: job.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ])
  const begun = { startTime: started, terminating: 0, uncountedTerminatedPods: {} }
  t.strictSame(job.status, { ...begun, active: 1, ready: 0 })
  await run(pod)
  t.strictSame(get().status, { ...begun, active: 1, ready: 1 })
  await clock.advance(5000)
  await finish(pod, 0)
  const time = rfc3339(clock.now())
  const condition = {
    status: 'True',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
    lastProbeTime: time,
    lastTransitionTime: time,
  }
  t.strictSame(get().status, {
    ...begun,
    ready: 0,
    succeeded: 1,
    completionTime: time,
    conditions: [
      { ...condition, type: 'SuccessCriteriaMet' },
      { ...condition, type: 'Complete' },
    ],
  })
  t.equal(allPods()[0]?.metadata.finalizers, undefined)
  t.same(told(), [`Normal SuccessfulCreate: Created pod: ${pod?.metadata.name}`, 'Normal Completed: Job completed'])
  t.equal(clock.sleepers(), 0)
})

t.test('a failed pod is the end of a job that may not retry', async t => {
  const { create, get, allPods, run, finish, told } = setup(t)
  await create({ backoffLimit: 0 })
  const [pod] = allPods()
  await run(pod)
  await finish(pod, 3)
  const why = 'BackoffLimitExceeded: Job has reached the specified backoff limit'
  t.same(reasons(get()), [`FailureTarget=True ${why}`, `Failed=True ${why}`])
  t.equal(get().status.failed, 1)
  t.equal(get().status.completionTime, undefined)
  t.equal(told().at(-1), `Warning ${why}`)
  t.equal(allPods().length, 1)
})

t.test('failed pods are replaced after 10, 20, 40 seconds, until the limit', async t => {
  const { clock, create, get, active, finish } = setup(t)
  await create({ backoffLimit: 3 })
  for (const [failures, pause] of [10, 20, 40].entries()) {
    t.equal(active().length, 1)
    await finish(active()[0], 1)
    t.equal(get().status.failed, failures + 1)
    await clock.advance(pause * 1000 - 1)
    t.equal(active().length, 0, `nothing before ${pause} s`)
    await clock.advance(1)
    t.equal(active().length, 1, `a new pod after ${pause} s`)
  }
  await finish(active()[0], 1)
  t.equal(get().status.failed, 4)
  t.match(reasons(get()).join(), 'BackoffLimitExceeded')
  await clock.advance(3_600_000)
  t.equal(active().length, 0)
})

t.test('a retried job may still succeed', async t => {
  const { clock, create, get, active, finish } = setup(t)
  await create({ backoffLimit: 1 })
  await finish(active()[0], 1)
  await clock.advance(10_000)
  await finish(active()[0], 0)
  t.match(get().status, { failed: 1, succeeded: 1 })
  t.match(reasons(get()).join(), 'Complete=True')
})

t.test('a job that takes too long fails once its pod has gone', async t => {
  const { clock, create, get, allPods, run, reap, told } = setup(t)
  await create({ activeDeadlineSeconds: 5, backoffLimit: 0 })
  const [pod] = allPods()
  await run(pod)
  await clock.advance(4999)
  t.same(reasons(get()), [])
  await clock.advance(1)
  const why = 'DeadlineExceeded: Job was active longer than specified deadline'
  t.same(reasons(get()), [`FailureTarget=True ${why}`])
  t.match(get().status, { failed: 1, terminating: 1, ready: 0 })
  t.equal(get().status.active, undefined)
  const [leaving] = allPods()
  t.type(leaving?.metadata.deletionTimestamp, 'string')
  t.equal(leaving?.metadata.finalizers, undefined)
  if (leaving !== undefined) await reap(leaving)
  t.same(reasons(get()), [`FailureTarget=True ${why}`, `Failed=True ${why}`])
  t.match(get().status, { failed: 1, terminating: 0 })
  t.same(told().slice(1), [`Normal SuccessfulDelete: Deleted pod: ${pod?.metadata.name}`, `Warning ${why}`])
})

t.test('a deleted pod counts as failed and is replaced', async t => {
  const { clock, store, create, get, allPods, active, run } = setup(t)
  await create({ backoffLimit: 2 })
  const [pod] = allPods()
  await run(pod)
  if (pod !== undefined) store.remove(pods, pod.metadata)
  await clock.advance(0)
  t.match(get().status, { failed: 1, terminating: 1 })
  await clock.advance(40_000)
  t.equal(active().length, 1)
})

const overQuota: Admission = {
  admit: ({ kind, object, operation }) => {
    if (operation !== 'CREATE' || kind !== pods) return
    const why = 'exceeded quota: q, requested: limits.memory=128Mi, used: limits.memory=0, limited: limits.memory=64Mi'
    throw forbidden(pods, { name: object.metadata.name, why })
  },
}

t.test('a pod refused by quota is told of, and tried again less and less often', async t => {
  const { clock, create, get, told } = setup(t, { admission: [overQuota] })
  await create()
  t.equal(told().length, 1)
  t.match(
    told()[0],
    /^Warning FailedCreate: Error creating: pods "j-.{5}" is forbidden: exceeded quota: q, requested: limits\.memory=128Mi, used: limits\.memory=0, limited: limits\.memory=64Mi$/,
  )
  t.strictSame(get().status, {
    startTime: rfc3339(clock.now()),
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
  })
  for (const [tries, pause] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    await clock.advance(pause * 1000 - 1)
    t.equal(told().length, tries + 1, `not before ${pause} s`)
    await clock.advance(1)
    t.equal(told().length, tries + 2)
  }
})

t.test('a finished job goes after its time, with its pods left to the collector', async t => {
  const { clock, store, create, active, finish } = setup(t)
  await create({ ttlSecondsAfterFinished: 60 })
  await finish(active()[0], 0)
  await clock.advance(59_999)
  t.equal(store.list(jobs).items[0]?.metadata.deletionTimestamp, undefined)
  await clock.advance(1)
  t.same(store.list(jobs).items[0]?.metadata.finalizers, ['foregroundDeletion'])
})

t.test('a suspended job has no pods; its time begins when it is resumed', async t => {
  const { clock, store, create, get, allPods, active, run, told, settle } = setup(t)
  const suspend = async (suspend: boolean) => {
    const { resourceVersion: _, ...metadata } = get().metadata
    store.update(jobs, { ...get(), metadata, spec: { ...get().spec, suspend } })
    await settle()
  }
  await create({ suspend: true, activeDeadlineSeconds: 10 })
  t.equal(allPods().length, 0)
  t.equal(get().status.startTime, undefined)
  t.same(reasons(get()), ['Suspended=True JobSuspended: Job suspended'])
  await clock.advance(60_000)
  await suspend(false)
  t.same(reasons(get()), ['Suspended=False JobResumed: Job resumed'])
  t.equal(get().status.startTime, rfc3339(clock.now()))
  t.equal(active().length, 1)
  await run(active()[0])
  await suspend(true)
  t.equal(active().length, 0)
  t.equal(get().status.failed, undefined)
  t.equal(get().status.startTime, undefined)
  t.same(
    told().filter(text => !text.includes('pod:')),
    ['Normal Resumed: Job resumed', 'Normal Suspended: Job suspended'],
  )
})

t.test('several completions, so many at a time', async t => {
  const { create, get, active, finish } = setup(t)
  await create({ completions: 3, parallelism: 2 })
  t.equal(active().length, 2)
  await finish(active()[0], 0)
  t.equal(active().length, 2)
  await finish(active()[0], 0)
  t.equal(active().length, 1)
  await finish(active()[0], 0)
  t.match(get().status, { succeeded: 3 })
  t.match(reasons(get()).join(), 'Complete=True')
})

t.test('restarts within a pod count where the pod may restart', async t => {
  const { store, create, get, allPods, run, settle } = setup(t)
  const containers = [{ name: 'job', image: 'i', command: ['sh'] }]
  await create({ backoffLimit: 2, template: { spec: { restartPolicy: 'OnFailure', containers } } })
  await run(allPods()[0])
  const restarted = async (restartCount: number) => {
    const [pod] = allPods()
    if (pod === undefined) return
    const { resourceVersion: _, ...metadata } = pod.metadata
    const containerStatuses = [{ name: 'job', image: 'i', imageID: '', ready: true, restartCount }]
    store.update(pods, { ...pod, metadata, status: { ...pod.status, containerStatuses } }, { subresource: 'status' })
    await settle()
  }
  await restarted(1)
  t.same(reasons(get()), [])
  await restarted(2)
  t.match(reasons(get())[0], 'FailureTarget=True BackoffLimitExceeded')
})

t.test('when a job is gone, nothing holds its pods', async t => {
  const { store, create, get, allPods, run, settle } = setup(t)
  await create()
  await run(allPods()[0])
  store.remove(jobs, get().metadata, { propagation: 'Background' })
  await settle()
  t.equal(allPods()[0]?.metadata.finalizers, undefined)
})

t.test('a job of the same name as one before starts from the beginning', async t => {
  const { store, create, get, active, finish } = setup(t)
  await create({ backoffLimit: 5 })
  await finish(active()[0], 1)
  store.remove(jobs, get().metadata, { propagation: 'Background' })
  await create({ backoffLimit: 5 })
  t.equal(active().length, 1, 'no back-off')
  t.equal(get().status.failed, undefined)
})

t.test('jobs that were there before the controller are taken up', async t => {
  const { clock, store, controller, create, active } = setup(t)
  controller.stop()
  await create()
  t.equal(active().length, 0)
  const next = createJobController({ store, jobs, pods, record: () => {}, clock, log: quietLog })
  next.start()
  t.teardown(next.stop)
  await clock.advance(0)
  t.equal(active().length, 1)
})

t.test('what the sandbox cannot run is said, not half done', async t => {
  const { create, get, told, allPods } = setup(t)
  await create({ completionMode: 'Indexed', completions: 2 })
  t.same(told(), ['Warning SandboxLimitation: the sandbox does not run indexed jobs; a Kubernetes cluster does'])
  t.equal(allPods().length, 0)
  t.strictSame(get().status, {})
})

t.test('when nothing happens, nothing is written and nobody sleeps', async t => {
  const { clock, store, create, run, active } = setup(t)
  await create()
  await run(active()[0])
  const version = store.version()
  await clock.advance(3_600_000)
  t.equal(store.version(), version)
  t.equal(clock.sleepers(), 0)
})
