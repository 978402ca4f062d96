import t, { type Test } from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { namespaceLifecycle } from '../../../../src/sandbox/admission/namespace-lifecycle.ts'
import { createCronJobController } from '../../../../src/sandbox/controllers/cron-job.ts'
import { createEvents } from '../../../../src/sandbox/controllers/events.ts'
import { startGarbageCollector } from '../../../../src/sandbox/gc.ts'
import { cronJobs } from '../../../../src/sandbox/kinds/cron-job.ts'
import { events } from '../../../../src/sandbox/kinds/event.ts'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import { namespaces } from '../../../../src/sandbox/kinds/namespace.ts'
import type { CronJob, Job } from '../../../../src/sandbox/kinds/types.ts'
import { forbidden } from '../../../../src/sandbox/status.ts'
import type { Admission } from '../../../../src/sandbox/store.ts'
import { createTestStore, found, jobSpec, newOf } from '../../../support/store.ts'

const ten = Date.UTC(2026, 10, 22, 10)
const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** A controller at work since ten o'clock; nobody runs the jobs but the test. */
function setup(t: Test, { admission = [] }: { admission?: Admission[] } = {}) {
  const { store, clock } = createTestStore({ admission: [namespaceLifecycle, ...admission] })
  const record = createEvents({ store, events, clock, log: quietLog }).recorder({ component: 'cronjob-controller' })
  t.teardown(startGarbageCollector(store))
  const startController = () => {
    const controller = createCronJobController({ store, cronJobs, jobs, record, clock, log: quietLog })
    controller.start()
    t.teardown(controller.stop)
    return controller
  }
  const controller = startController()

  const specOf = (spec: object) => ({ schedule: '* * * * *', jobTemplate: { spec: jobSpec() }, ...spec })
  return {
    store,
    clock,
    controller,
    startController,
    create: async (spec: object = {}, name = 'c') => {
      const made = store.create(cronJobs, newOf(cronJobs, name, { spec: specOf(spec) }))
      await clock.advance(0)
      return made
    },
    change: async (spec: object, name = 'c') => {
      const now = found(store, cronJobs, name)
      store.update(cronJobs, { ...now, spec: { ...now.spec, ...spec } })
      await clock.advance(0)
    },
    get: (name = 'c'): CronJob => found(store, cronJobs, name),
    /** The names of what is there, without the cron job's. */
    runs: (): string[] => store.list(jobs).items.map(({ metadata }) => metadata.name),
    active: (name = 'c') => found(store, cronJobs, name).status.active?.map(job => job.name) ?? [],
    /** What a job's controller does in the end. */
    end: async (name: string, type: 'Complete' | 'Failed' = 'Complete') => {
      const job: Job = found(store, jobs, name)
      const time = rfc3339(clock.now())
      const status = {
        startTime: job.metadata.creationTimestamp,
        conditions: [{ type, status: 'True' }],
        ...(type === 'Complete' ? { completionTime: time } : {}),
      }
      store.update(jobs, { ...job, status }, { subresource: 'status' })
      await clock.advance(0)
    },
    said: () => store.list(events).items.map(({ reason, message, count }) => [reason, message, count]),
  }
}

/** The name of the run for a moment. */
const run = (moment: number, name = 'c'): string => `${name}-${moment / minute}`

t.test('a run starts when its time has come, and the status tells of it', async t => {
  const { clock, create, get, runs, active, said, store } = setup(t)
  await create()
  await clock.advance(minute)
  t.strictSame(runs(), [])
  await clock.advance(100)
  t.strictSame(runs(), [run(ten + minute)])
  t.strictSame(active(), runs())
  t.equal(get().status.lastScheduleTime, '2026-11-22T10:01:00Z')
  t.strictSame(said(), [['SuccessfulCreate', `Created job ${run(ten + minute)}`, 1]])
  t.equal(get().metadata.generation, 1)
  t.equal(get().status.active?.[0]?.resourceVersion, found(store, jobs, run(ten + minute)).metadata.resourceVersion)
  await clock.advance(2 * minute)
  t.equal(runs().length, 3, 'Allow: one a minute, whether or not others run')
  t.strictSame(active(), runs())
})

t.test('a run that is over is active no more, and success is remembered by its time', async t => {
  const { clock, create, get, active, end, said } = setup(t)
  await create()
  await clock.advance(minute + 5 * second)
  await end(run(ten + minute), 'Failed')
  t.strictSame(active(), [])
  t.equal(get().status.lastSuccessfulTime, undefined)
  await clock.advance(minute)
  await end(run(ten + 2 * minute))
  t.equal(get().status.lastSuccessfulTime, '2026-11-22T10:02:05Z')
  t.strictSame(
    said().filter(([reason]) => reason === 'SawCompletedJob'),
    [
      ['SawCompletedJob', `Saw completed job: ${run(ten + minute)}, condition: Failed`, 1],
      ['SawCompletedJob', `Saw completed job: ${run(ten + 2 * minute)}, condition: Complete`, 1],
    ],
  )
})

t.test('Forbid: nothing starts beside a run, and when it is over, what was missed does', async t => {
  const { clock, create, get, runs, end, said } = setup(t)
  await create({ concurrencyPolicy: 'Forbid' })
  await clock.advance(3 * minute + 5 * second)
  t.strictSame(runs(), [run(ten + minute)])
  t.strictSame(said()[1], [
    'JobAlreadyActive',
    'Not starting job because prior execution is running and concurrency policy is Forbid',
    2,
  ])
  await end(run(ten + minute))
  t.strictSame(runs(), [run(ten + minute), run(ten + 3 * minute)])
  t.equal(get().status.lastScheduleTime, '2026-11-22T10:03:00Z')
})

t.test('Forbid with a deadline: what is too late by then is left out, without a word', async t => {
  const { clock, create, runs, end, said } = setup(t)
  await create({ concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 10 })
  await clock.advance(3 * minute + 15 * second)
  await end(run(ten + minute))
  t.strictSame(runs(), [run(ten + minute)])
  t.notOk(
    said().some(([reason]) => reason === 'MissSchedule'),
    'as Kubernetes 1.36',
  )
  await clock.advance(minute)
  t.strictSame(runs(), [run(ten + minute), run(ten + 4 * minute)])
})

t.test('Replace: what still runs gives way', async t => {
  const { clock, create, runs, active, said } = setup(t)
  await create({ concurrencyPolicy: 'Replace' })
  await clock.advance(2 * minute + 5 * second)
  t.strictSame(runs(), [run(ten + 2 * minute)])
  t.strictSame(active(), runs())
  t.strictSame(said()[1], ['SuccessfulDelete', `Deleted job ${run(ten + minute)}`, 1])
})

t.test('of runs that are over so many are kept as is asked for, the oldest go', async t => {
  const { clock, create, runs, end, said } = setup(t)
  await create({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 })
  for (let n = 1; n <= 4; n++) {
    await clock.advance(minute)
    await clock.advance(second)
    await end(run(ten + n * minute))
  }
  t.strictSame(runs(), [run(ten + 3 * minute), run(ten + 4 * minute)])
  await clock.advance(minute)
  await end(run(ten + 5 * minute), 'Failed')
  t.notOk(runs().includes(run(ten + 5 * minute)))
  const messages = said().map(([, message]) => message)
  t.ok(messages.includes(`Deleted job ${run(ten + 5 * minute)}`))
  t.notOk(messages.includes(`Saw completed job: ${run(ten + 5 * minute)}, condition: Failed`), 'as Kubernetes')
})

t.test('suspended nothing starts; resumed, the latest that was missed does, unless it is too late', async t => {
  const { clock, create, change, runs } = setup(t)
  await create({ suspend: true })
  await create({ suspend: true, startingDeadlineSeconds: 20 }, 'late')
  await clock.advance(10 * minute + 30 * second)
  t.strictSame(runs(), [])
  await change({ suspend: false })
  await change({ suspend: false }, 'late')
  t.strictSame(runs(), [run(ten + 10 * minute)])
})

t.test('more than a hundred missed are reported, and the latest starts', async t => {
  const { clock, create, change, runs, said } = setup(t)
  await create({ suspend: true })
  await clock.advance(101 * minute + second)
  await change({ suspend: false })
  t.strictSame(runs(), [run(ten + 101 * minute)])
  t.strictSame(said()[0], [
    'TooManyMissedTimes',
    'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    1,
  ])
})

t.test('a new schedule begins with its next moment', async t => {
  const { clock, create, change, runs, get } = setup(t)
  await create({ schedule: '0 0 1 1 *' })
  await clock.advance(hour + 30 * second)
  await change({ schedule: '*/10 * * * *' })
  t.strictSame(runs(), [], 'although there would have been some in the last hour')
  await clock.advance(9 * minute)
  t.strictSame(runs(), [])
  await clock.advance(minute)
  t.strictSame(runs(), [run(ten + 70 * minute)])
  await change({ timeZone: 'Asia/Kolkata', schedule: '0 17 * * *' })
  await clock.advance(hour)
  t.equal(get().status.lastScheduleTime, '2026-11-22T11:30:00Z', 'half past eleven is five in the afternoon there')
})

t.test('a run that is gone is active no more', async t => {
  const { clock, create, store, active, said } = setup(t)
  await create({ schedule: '1 * * * *' })
  await clock.advance(minute + second)
  store.remove(jobs, found(store, jobs, run(ten + minute)).metadata, { propagation: 'Background' })
  await clock.advance(0)
  t.strictSame(active(), [])
  t.strictSame(said()[1], ['MissingJob', `Active job went missing: ${run(ten + minute)}`, 1])
})

t.test('a job made by hand is seen and cleared away, but holds nothing back', async t => {
  const { clock, create, store, runs, active, said, end, get } = setup(t)
  const made = await create({ concurrencyPolicy: 'Forbid', successfulJobsHistoryLimit: 0 })
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'c', uid: made.metadata.uid, controller: true }
  store.create(jobs, newOf(jobs, 'by-hand', { spec: jobSpec(), metadata: { ownerReferences: [owner] } }))
  await clock.advance(0)
  t.strictSame(said()[0]?.slice(0, 2), [
    'UnexpectedJob',
    'Saw a job that the controller did not create or forgot: by-hand',
  ])
  t.strictSame(active(), [])
  await clock.advance(minute + second)
  t.strictSame(runs(), ['by-hand', run(ten + minute)])
  await end('by-hand')
  t.strictSame(runs(), [run(ten + minute)])
  t.equal(get().status.lastSuccessfulTime, '2026-11-22T10:01:01Z')
})

t.test('a run whose name is taken is adopted when it is ours, else left alone', async t => {
  const { clock, create, store, active, get, said } = setup(t)
  const made = await create()
  store.create(jobs, newOf(jobs, run(ten + minute), { spec: jobSpec() }))
  await clock.advance(minute + second)
  t.strictSame(active(), [])
  t.equal(get().status.lastScheduleTime, undefined)
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'c', uid: made.metadata.uid, controller: true }
  store.remove(jobs, { namespace: 'ns', name: run(ten + minute) }, { propagation: 'Background' })
  const metadata = { ownerReferences: [owner] }
  store.create(jobs, newOf(jobs, run(ten + minute), { spec: jobSpec(), metadata }))
  await clock.advance(0)
  t.strictSame(active(), [run(ten + minute)])
  t.equal(get().status.lastScheduleTime, '2026-11-22T10:01:00Z')
  t.notOk(said().some(([reason]) => reason === 'SuccessfulCreate'))
})

t.test('what may not be made is tried again, and the reason told', async t => {
  let full = true
  const quota: Admission = {
    validate: ({ kind, object }) => {
      if (full && kind.plural === 'jobs') throw forbidden(kind, { name: object.metadata.name, why: 'no room' })
    },
  }
  const { clock, create, runs, said } = setup(t, { admission: [quota] })
  await create()
  await clock.advance(minute + second)
  const name = run(ten + minute)
  t.strictSame(said()[0]?.slice(0, 2), [
    'FailedCreate',
    `Error creating job: jobs.batch "${name}" is forbidden: no room`,
  ])
  full = false
  await clock.advance(30 * second)
  t.strictSame(runs(), [name])
})

t.test('a schedule that never comes up is called invalid', async t => {
  const { clock, create, change, said, runs } = setup(t)
  await create({ schedule: '0 0 30 2 *' })
  const why = 'time difference between two schedules is less than 1 second'
  t.strictSame(said(), [['InvalidSchedule', `invalid schedule: 0 0 30 2 * : ${why}`, 1]])
  await change({ schedule: '0 0 31 2 *' })
  t.equal(said()[1]?.[1], `invalid schedule: 0 0 31 2 * : ${why}`)
  await change({ schedule: '* * * * *' })
  await clock.advance(minute + second)
  t.strictSame(runs(), [run(ten + minute)], 'until it is changed')
})

t.test('deleted it starts nothing, and its runs go with it', async t => {
  const { clock, create, store, runs } = setup(t)
  for (const propagation of ['Background', 'Foreground'] as const) {
    const { metadata } = await create({ successfulJobsHistoryLimit: 0 }, propagation.toLowerCase())
    await clock.advance(minute + second)
    t.equal(runs().length, 1)
    store.remove(cronJobs, metadata, { propagation })
    await clock.advance(5 * minute)
    t.strictSame(runs(), [])
    t.strictSame(store.list(cronJobs).items, [])
  }
})

t.test('while its deletion waits for others it starts nothing', async t => {
  const { clock, create, store, runs, end, active } = setup(t)
  await create({ successfulJobsHistoryLimit: 0 })
  await clock.advance(minute + second)
  const before = found(store, cronJobs, 'c')
  store.update(cronJobs, { ...before, metadata: { ...before.metadata, finalizers: ['example.org/wait'] } })
  store.remove(cronJobs, before.metadata, { propagation: 'Background' })
  await clock.advance(5 * minute)
  t.strictSame(runs(), [run(ten + minute)])
  await end(run(ten + minute))
  t.strictSame(active(), [], 'but it goes on keeping book')
  t.strictSame(found(store, cronJobs, 'c').metadata.finalizers, ['example.org/wait'])
})

t.test('in a namespace that is ending nothing starts, and nothing is said', async t => {
  const { clock, create, store, runs, said } = setup(t)
  await create()
  const ns = store.list(namespaces).items.find(({ metadata }) => metadata.name === 'ns')
  store.remove(namespaces, { name: ns?.metadata.name ?? '' })
  await clock.advance(minute + second)
  t.strictSame(runs(), [])
  t.strictSame(said(), [])
})

t.test('a controller that comes back starts the latest of what was missed meanwhile', async t => {
  const { clock, create, controller, startController, runs } = setup(t)
  await create()
  controller.stop()
  await clock.advance(3 * minute + second)
  t.strictSame(runs(), [])
  startController()
  await clock.advance(0)
  t.strictSame(runs(), [run(ten + 3 * minute)])
})

t.test('a month of nights passes at once', async t => {
  const { clock, create, runs, end, get } = setup(t)
  await create({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' })
  for (let day = 1; day <= 30; day++) {
    await clock.advance(24 * hour)
    const [last] = get().status.active ?? []
    await end(last?.name ?? '')
  }
  t.equal(runs().length, 3)
  t.equal(get().status.lastScheduleTime, '2026-12-22T01:30:00Z')
})
