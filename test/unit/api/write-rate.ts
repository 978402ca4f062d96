import t from 'tap'
import { createWriteRate } from '../../../src/api/write-rate.ts'
import { DomainError } from '../../../src/contract/errors.ts'

function rate(perMinute: number, burst: number) {
  const clock = { time: 1_000_000, now: () => clock.time, sleep: () => Promise.resolve() }
  const { take } = createWriteRate({ perMinute, burst }, clock)
  /** Undefined when it went through, else the seconds to wait. */
  const attempt = (tool: string) => {
    try {
      return take(tool)
    } catch (error) {
      return error instanceof DomainError && error.code === 'too_many' ? error.retryAfter : error
    }
  }
  return { clock, attempt }
}

t.test('a burst goes through, then one each interval, and the refusal says when', async t => {
  const { clock, attempt } = rate(60, 3)
  t.same(
    [1, 2, 3, 4].map(() => attempt('a')),
    [undefined, undefined, undefined, 1],
  )
  clock.time += 400
  t.equal(attempt('a'), 0.6)
  clock.time += 600
  t.equal(attempt('a'), undefined)
  t.equal(attempt('a'), 1)
})

t.test('a refused attempt costs nothing, and rest fills the burst again but no more', async t => {
  const { clock, attempt } = rate(60, 2)
  for (let at = 0; at < 50; at++) attempt('a')
  clock.time += 3_600_000
  t.same(
    [1, 2, 3].map(() => attempt('a')),
    [undefined, undefined, 1],
  )
})

t.test('tools do not use up each other', async t => {
  const { attempt } = rate(1, 1)
  t.equal(attempt('a'), undefined)
  t.equal(attempt('b'), undefined)
  t.equal(attempt('a'), 60)
})

t.test('ten thousand tools are counted rightly while those at rest are forgotten', async t => {
  const { clock, attempt } = rate(60, 1)
  for (let at = 0; at < 10_000; at++) {
    if (attempt(`t${at}`) !== undefined) t.fail(`t${at}`)
    clock.time += 1
  }
  t.ok(attempt('t9999'), 'one of just now is still known')
})
