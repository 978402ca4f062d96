import t from 'tap'
import { sleepUntil } from '../../../src/platform/sleep-until.ts'

function sleeper() {
  let now = 0
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      signal?.throwIfAborted()
      slept.push(milliseconds)
      now += milliseconds
    },
  }
}

t.test('it sleeps until a moment, in spans that a timer can hold', async t => {
  const clock = sleeper()
  await sleepUntil(clock, 2.5 * 86_400_000)
  t.strictSame(clock.slept, [86_400_000, 86_400_000, 43_200_000])
  await sleepUntil(clock, 1)
  t.equal(clock.slept.length, 3, 'a moment that is over is not waited for')
})

t.test('a signal ends it', async t => {
  await t.rejects(sleepUntil(sleeper(), 1, AbortSignal.abort(new Error('gone'))), { message: 'gone' })
})
