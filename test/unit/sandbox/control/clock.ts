import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { systemClock } from '../../../../src/platform/clock.ts'
import { createSteerableClock } from '../../../../src/sandbox/control/clock.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const second = 1000
const year = 365 * 86_400 * second

/** A clock over a machine whose time the test moves, too. */
function steered(options: Parameters<typeof createSteerableClock>[1] = {}) {
  const machine = createTestClock()
  return { machine, clock: createSteerableClock(machine, options), start: machine.now() }
}

t.test('it goes with the machine until it is stopped', async t => {
  const { machine, clock, start } = steered()
  let woken = 0
  void clock.sleep(10 * second).then(() => woken++)
  await machine.advance(4 * second)
  t.equal(clock.now(), start + 4 * second)
  clock.stop()
  await machine.advance(60 * second)
  t.match(clock.state(), { now: start + 4 * second, stopped: true, offset: -60 * second, sleepers: 1 })
  t.equal(woken, 0)
  clock.go()
  await machine.advance(5 * second)
  t.equal(woken, 0, 'what it slept before counts, the stop does not')
  await machine.advance(second)
  t.equal(woken, 1)
  t.match(clock.state(), { stopped: false, offset: -60 * second, sleepers: 0 })
})

t.test('who sleeps wakes in the order of time, and goes on before the next one', async t => {
  const { clock, start } = steered()
  clock.stop()
  const told: string[] = []
  const chain = async (name: string, ...steps: number[]) => {
    for (const step of steps) {
      await clock.sleep(step)
      for (let turn = 0; turn < 2; turn++) await setImmediate()
      told.push(`${name} ${(clock.now() - start) / second}`)
    }
  }
  void chain('a', 3 * second, 3 * second)
  void chain('b', 2 * second, 2 * second, 2 * second)
  void chain('late', year)
  await clock.advance(6 * second)
  t.same(told, ['b 2', 'a 3', 'b 4', 'a 6', 'b 6'], 'also those that go to sleep meanwhile')
  t.equal(clock.now(), start + 6 * second)
})

t.test('a long chain of work is done before the next one wakes', async t => {
  let activity = 0
  const { clock } = steered({ activity: () => activity })
  clock.stop()
  const told: string[] = []
  void clock.sleep(1).then(async () => {
    for (; activity < 20; activity++) await setImmediate()
    told.push('first')
  })
  void clock.sleep(2).then(() => told.push('second'))
  await clock.advance(2)
  t.same(told, ['first', 'second'])
})

t.test('what never comes to rest does not keep time from passing', async t => {
  let activity = 0
  const { clock, start } = steered({ activity: () => activity++ })
  clock.stop()
  await clock.advance(second)
  t.equal(clock.now(), start + second)
})

t.test('what goes on outside is waited for', async t => {
  const outside: (() => void)[] = []
  const { clock, start } = steered({ rest: () => new Promise(resolve => outside.push(resolve)) })
  clock.stop()
  const passed = clock.advance(second)
  while (outside.length === 0) await setImmediate()
  t.equal(clock.now(), start)
  while (clock.now() === start) {
    outside.pop()?.()
    await setImmediate()
  }
  while (outside.length === 0) await setImmediate()
  outside.pop()?.()
  await passed
})

t.test('a running clock that is advanced goes on from there', async t => {
  const { machine, clock, start } = steered()
  let woken = 0
  void clock.sleep(year / 2).then(() => woken++)
  void clock.sleep(year + 2 * second).then(() => woken++)
  await clock.advance(year)
  t.match({ woken, ...clock.state() }, { woken: 1, now: start + year, stopped: false, offset: year })
  await machine.advance(2 * second)
  t.equal(woken, 2)
})

t.test('it is set forward as time passes, and back without keeping anybody longer', async t => {
  const { machine, clock, start } = steered()
  let woken = 0
  void clock.sleep(10 * second).then(() => woken++)
  await clock.setOffset(6 * second)
  t.equal(woken, 0)
  await clock.setOffset(-year)
  t.equal(clock.now(), start - year)
  await machine.advance(3 * second)
  t.equal(woken, 0)
  await machine.advance(second)
  t.equal(woken, 1, 'ten seconds in all')
  clock.stop()
  await clock.setOffset(0)
  t.match(clock.state(), { stopped: true, offset: 0 })
})

t.test('advances come one after the other, and can be broken off', async t => {
  const { clock, start } = steered()
  clock.stop()
  const stop = new AbortController()
  let woken = 0
  void clock.sleep(second).then(() => {
    woken++
    stop.abort(new Error('enough'))
  })
  void clock.sleep(2 * second).then(() => woken++)
  const first = clock.advance(10 * second, stop.signal)
  const next = clock.advance(500)
  await t.rejects(first, { message: 'enough' })
  await next
  t.same([woken, clock.now()], [1, start + 1500], 'time stays where it came to')
  await t.rejects(clock.advance(second, AbortSignal.abort(new Error('never begun'))), { message: 'never begun' })
})

t.test('who stops sleeping is not woken', async t => {
  const { clock } = steered()
  const stop = new AbortController()
  const slept = clock.sleep(second, stop.signal)
  stop.abort(new Error('up'))
  await t.rejects(slept, { message: 'up' })
  await t.rejects(clock.sleep(second, stop.signal), { message: 'up' })
  t.equal(clock.state().sleepers, 0)
  await clock.advance(second)
})

t.test('over the real clock sleeps longer than a timer can be set to do not end at once', async t => {
  const clock = createSteerableClock(systemClock)
  const stop = new AbortController()
  let woken = false
  const slept = clock.sleep(year, stop.signal).then(
    () => {
      woken = true
    },
    () => {},
  )
  await clock.sleep(20)
  t.equal(woken, false)
  stop.abort()
  await slept
})
