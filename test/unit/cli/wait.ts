import t from 'tap'
import { Unreachable } from '../../../src/cli/failure.ts'
import { pauseAfter, waitFor } from '../../../src/cli/wait.ts'
import { createClient } from '../../../src/contract/client.ts'
import { createTestClock } from '../../support/test-clock.ts'

type Look = string | number | Error

/** A service that answers with these statuses (or refuses with these numbers) in turn, the last one for ever. */
const waiting = (looks: readonly Look[], seconds = 600) => {
  const clock = createTestClock()
  const times: number[] = []
  const started = clock.now()
  const client = createClient(async () => {
    times.push(clock.now() - started)
    const look = looks[Math.min(times.length, looks.length) - 1] ?? 'unknown'
    if (look instanceof Error) throw look
    const status = typeof look === 'number' ? look : 200
    const body =
      typeof look === 'number' ? { error: ['no'], code: 'x', request_id: 'r' } : { job: { status: { short: look } } }
    return { status, text: async () => JSON.stringify(body), lines: async function* () {} }
  })
  const seen: (string | undefined)[] = []
  const stop = new AbortController()
  const outcome = waitFor({
    ...{ tool: 'tf-test', name: 'one', seconds, client, clock, signal: stop.signal },
    onLook: job => seen.push(job?.status.short),
  })
  outcome.catch(() => {})
  return { clock, times, seen, stop, outcome }
}

t.test('the looks come at once at first, then every second, then slower', async t => {
  t.equal(pauseAfter(0), 500)
  t.equal(pauseAfter(2000), 1000)
  t.equal(pauseAfter(30_000), 3000)
  t.equal(pauseAfter(600_000), 5000)
})

t.test('a job is looked at until it has ended', async t => {
  for (const end of ['succeeded', 'failed']) {
    const { clock, outcome, seen } = waiting(['pending', 'unknown', 'running', end])
    await clock.advance(10_000)
    t.match(await outcome, { end, job: { status: { short: end } } })
    t.same(seen, ['pending', 'unknown', 'running', end])
  }
})

t.test('when the time is over, the job as seen last is the outcome', async t => {
  const { clock, outcome, times } = waiting(['running'], 3)
  await clock.advance(10_000)
  t.match(await outcome, { end: 'late', job: { status: { short: 'running' } } })
  t.same(times, [500, 1000, 2000, 3000], 'a last look at the very end')
})

t.test('a job that is gone has not succeeded', async t => {
  const { clock, outcome } = waiting(['running', 404])
  await clock.advance(5000)
  t.same(await outcome, { end: 'gone' })
})

t.test('a service that does not answer for a while is asked again', async t => {
  const down = new Unreachable('down', { passing: true })
  const { clock, outcome, seen } = waiting([down, 503, 500, 'succeeded'])
  await clock.advance(10_000)
  t.match(await outcome, { end: 'succeeded' })
  t.same(seen, [undefined, undefined, undefined, 'succeeded'])
})

t.test('a refusal, and what waiting can not mend, end the wait', async t => {
  const cases: [look: Look, message: string][] = [
    [401, 'no'],
    [403, 'no'],
    [new Unreachable('not trusted', { passing: false }), 'not trusted'],
    [new TypeError('bug'), 'bug'],
  ]
  for (const [look, message] of cases) {
    const { clock, outcome } = waiting([look])
    await clock.advance(1000)
    await t.rejects(outcome, { message })
  }
})

t.test('an abort ends the wait at once', async t => {
  const { clock, outcome, stop } = waiting(['running'])
  await clock.advance(600)
  stop.abort(new Error('Ctrl-C'))
  await t.rejects(outcome, { message: 'Ctrl-C' })
  t.equal(clock.sleepers(), 0)
})
