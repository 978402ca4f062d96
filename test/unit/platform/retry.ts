import fc from 'fast-check'
import t from 'tap'
import { backoffDelay, untilDone } from '../../../src/platform/retry.ts'

t.test('a wait is never above its limit, and never below half of the doubled time', async t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.float({ min: 0, max: Math.fround(0.99), noNaN: true }),
      (first, attempt, random) => {
        const most = first * 50
        const wait = backoffDelay({ first, most }, attempt, () => random)
        const full = Math.min(most, first * 2 ** (attempt - 1))
        return wait >= full / 2 && wait <= full
      },
    ),
  )
  t.pass()
})

t.test('work is tried until it is done, with a wait in between', async t => {
  const slept: number[] = []
  const clock = { now: () => 0, sleep: async (milliseconds: number) => void slept.push(milliseconds) }
  let calls = 0
  const work = async () => {
    calls += 1
    if (calls < 4) throw new Error('not yet')
    return 'done'
  }
  const errors: unknown[] = []
  const signal = new AbortController().signal
  const result = await untilDone(work, {
    clock,
    backoff: { first: 100, most: 150 },
    signal,
    onError: error => errors.push(error),
  })
  t.equal(result, 'done')
  t.equal(errors.length, 3)
  t.equal(slept.length, 3)
  t.ok(slept.every(milliseconds => milliseconds <= 150))
})

t.test('an aborted wait ends the attempts', async t => {
  const stop = new AbortController()
  const clock = { now: () => 0, sleep: async (_: number, signal?: AbortSignal) => signal?.throwIfAborted() }
  const work = async () => {
    stop.abort(new Error('enough'))
    throw new Error('no')
  }
  await t.rejects(untilDone(work, { clock, backoff: { first: 1, most: 1 }, signal: stop.signal, onError: () => {} }), {
    message: 'enough',
  })
})
