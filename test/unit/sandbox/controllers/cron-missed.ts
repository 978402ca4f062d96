import t from 'tap'
import { rfc3339 } from '../../../../src/platform/clock.ts'
import { mostRecent, untilNext } from '../../../../src/sandbox/controllers/cron-missed.ts'
import { createSchedule } from '../../../../src/sandbox/controllers/cron-schedule.ts'
import { cronJobs } from '../../../../src/sandbox/kinds/cron-job.ts'
import { createTestStore, jobSpec, newOf } from '../../../support/store.ts'

const ten = Date.UTC(2026, 10, 22, 10)
const second = 1000
const minute = 60 * second
const hour = 60 * minute

interface Case {
  schedule?: string
  /** When the last run was due. */
  last?: number
  startingDeadlineSeconds?: number
}

/** A cron job that was made at ten o'clock. */
function setup({ schedule = '*/10 * * * *', last, startingDeadlineSeconds }: Case = {}) {
  const { store } = createTestStore()
  const spec = { schedule, startingDeadlineSeconds, jobTemplate: { spec: jobSpec() } }
  const made = store.create(cronJobs, newOf(cronJobs, 'c', { spec }))
  const cronJob = { ...made, status: last === undefined ? {} : { lastScheduleTime: rfc3339(last) } }
  const times = createSchedule(schedule, undefined)
  return {
    recent: (now: number, deadline = true) => mostRecent(cronJob, times, { now, deadline }),
    wait: (now: number) => untilNext(cronJob, times, now),
  }
}

t.test('nothing is due before the first moment, then the first is, later the latest', async t => {
  const { recent } = setup()
  t.strictSame(
    recent(ten),
    { earliest: ten, moment: undefined, missed: 'none' },
    'the moment of its making does not count',
  )
  t.strictSame(recent(ten + 10 * minute), { earliest: ten, moment: ten + 10 * minute, missed: 'none' })
  t.equal(recent(ten + 19 * minute)?.moment, ten + 10 * minute)
  t.strictSame(recent(ten + 45 * minute), { earliest: ten, moment: ten + 40 * minute, missed: 'few' })
})

t.test('more than a hundred missed are many', async t => {
  const { recent } = setup()
  t.equal(recent(ten + 100 * 10 * minute)?.missed, 'few')
  t.strictSame(recent(ten + 101 * 10 * minute), { earliest: ten, moment: ten + 1010 * minute, missed: 'many' })
})

t.test('what was started counts no more', async t => {
  const { recent } = setup({ last: ten + hour })
  t.equal(recent(ten + hour + minute)?.moment, undefined)
  t.equal(recent(ten + hour + 10 * minute)?.moment, ten + hour + 10 * minute)
})

t.test('what is further back than the deadline allows is as if it had never been', async t => {
  const { recent } = setup({ startingDeadlineSeconds: 30 })
  t.equal(recent(ten + 10 * minute + 29 * second)?.moment, ten + 10 * minute)
  t.equal(recent(ten + 10 * minute + 30 * second)?.moment, undefined)
  t.equal(recent(ten + 10 * minute + 30 * second, false)?.moment, ten + 10 * minute, 'unless nobody asks for it')
  t.equal(recent(ten + 30 * 24 * hour)?.missed, 'none')
})

t.test('where the moments are uneven, the latest is overlooked when it is far back, as Kubernetes does', async t => {
  const { recent, wait } = setup({ schedule: '0,1,2 9,17 * * 1-5' })
  const five = Date.UTC(2026, 10, 27, 17)
  t.strictSame(recent(five - minute), { earliest: ten, moment: undefined, missed: 'many' })
  t.equal(wait(five - minute), minute + 100)
  t.strictSame(recent(five + minute), { earliest: ten, moment: five + minute, missed: 'many' })
})

t.test('a schedule that never comes up has no latest moment', async t => {
  const { recent, wait } = setup({ schedule: '0 0 30 2 *' })
  t.equal(recent(ten + hour), undefined)
  t.equal(wait(ten + hour), 0)
})

t.test('the next look is a tenth of a second after the next moment', async t => {
  const { wait } = setup()
  t.equal(wait(ten), 10 * minute + 100)
  t.equal(wait(ten + 10 * minute), 10 * minute + 100)
  t.equal(wait(ten + 45 * minute), 5 * minute + 100)
  t.equal(setup({ schedule: '@every 90s' }).wait(ten + minute), 30 * second + 100)
})
