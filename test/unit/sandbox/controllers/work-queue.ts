import t from 'tap'
import { quietLog } from '../../../../src/platform/log.ts'
import { createWorkQueue, type Outcome } from '../../../../src/sandbox/controllers/work-queue.ts'
import { createTestClock } from '../../../support/test-clock.ts'

const never = Number.POSITIVE_INFINITY

function setup(outcome: (key: string, turn: number) => Outcome) {
  const clock = createTestClock(0)
  const done: string[] = []
  const queue = createWorkQueue(
    key => {
      done.push(`${key}@${clock.now()}`)
      return outcome(key, done.length)
    },
    { clock, log: quietLog },
  )
  t.teardown(queue.stop)
  return { clock, done, queue }
}

t.test('many calls for a key are one piece of work, and keys are apart', async t => {
  const { clock, done, queue } = setup(() => ({ wait: never, failed: false }))
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
  t.same(done, [])
  await clock.advance(1_000_000)
  t.same(done, ['a@0', 'b@0'])
})

t.test('work comes again after the time that it asked for, or when it is called for', async t => {
  const { clock, done, queue } = setup((_, turn) => ({ wait: turn < 3 ? 1000 : never, failed: false }))
  queue.add('a')
  await clock.advance(400)
  queue.add('a')
  await clock.advance(10_000)
  t.same(done, ['a@0', 'a@400', 'a@1400'])
  t.equal(clock.sleepers(), 0)
})

t.test('failing work is tried again after 1, 2, 4 … seconds; a success starts the row anew', async t => {
  const { clock, done, queue } = setup((_, turn) => ({ wait: never, failed: turn !== 4 && turn < 6 }))
  queue.add('a')
  await clock.advance(60_000)
  queue.add('a')
  await clock.advance(60_000)
  t.same(done, ['a@0', 'a@1000', 'a@3000', 'a@7000', 'a@60000', 'a@61000'])
})

t.test('work that throws is work that failed', async t => {
  const { clock, done, queue } = setup((_, turn) => {
    if (turn === 1) throw new Error('broken')
    return { wait: never, failed: false }
  })
  queue.add('a')
  await clock.advance(60_000)
  t.same(done, ['a@0', 'a@1000'])
})

t.test('a wait longer than a timer can be is not a wait of nothing', async t => {
  const { clock, done, queue } = setup(() => ({ wait: 2 ** 40, failed: false }))
  queue.add('a')
  await clock.advance(60_000)
  t.same(done, ['a@0'])
})

t.test('work can be put off, and comes sooner when it is called for', async t => {
  const { clock, done, queue } = setup((_, turn) => ({ wait: turn === 1 ? 1000 : never, failed: false }))
  queue.add('a')
  await clock.advance(0)
  queue.addAfter('a', 5000)
  queue.addAfter('b', 3000)
  await clock.advance(2000)
  queue.add('b')
  await clock.advance(60_000)
  t.same(done, ['a@0', 'b@2000', 'a@5000'], 'instead of when it would have come')
})

t.test('after a stop nothing is done', async t => {
  const { clock, done, queue } = setup(() => ({ wait: 1000, failed: false }))
  queue.add('a')
  await clock.advance(0)
  queue.add('b')
  queue.stop()
  queue.add('c')
  queue.addAfter('d', 1000)
  await clock.advance(60_000)
  t.same(done, ['a@0'])
  t.equal(clock.sleepers(), 0)
})
