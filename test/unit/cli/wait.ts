import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Unreachable } from '../../../src/cli/failure.ts'
import { pauseAfter } from '../../../src/cli/follow.ts'
import { waitFor } from '../../../src/cli/wait.ts'
import { createClient, type WireReply } from '../../../src/contract/client.ts'
import { createTestClock } from '../../support/test-clock.ts'

type Look = string | number | Error

const refusal = (status: number): WireReply => ({
  status,
  text: async () => JSON.stringify({ error: ['no'], code: 'x', request_id: 'r' }),
  lines: async function* () {},
})

/** What a stream does: these events, and then it stays open until it is broken. */
interface Stream {
  readonly events: object[]
  readonly stays: boolean
}

/**
 * A service that answers with these statuses (or refuses with these numbers) in turn, the last one for ever, and has the
 * streams in turn (or refuses with that number for ever).
 */
const waiting = (
  looks: readonly Look[],
  { seconds = 600, streams = 404 }: { seconds?: number; streams?: number | Stream[] } = {},
) => {
  const clock = createTestClock()
  const times: number[] = []
  const opened: number[] = []
  const started = clock.now()
  const stream = async (signal: AbortSignal | undefined): Promise<WireReply> => {
    opened.push(clock.now() - started)
    const said = typeof streams === 'number' ? undefined : streams[opened.length - 1]
    if (said === undefined) return refusal(typeof streams === 'number' ? streams : 503)
    const lines = async function* () {
      yield ': hello'
      for (const event of said.events) yield `data: ${JSON.stringify(event)}`
      if (said.stays) await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      throw new Unreachable('broken', { passing: true })
    }
    return { status: 200, text: async () => '', lines }
  }
  const client = createClient(async ({ operation }, signal) => {
    signal?.throwIfAborted()
    if (operation === 'events') return stream(signal)
    times.push(clock.now() - started)
    const look = looks[Math.min(times.length, looks.length) - 1] ?? 'unknown'
    if (look instanceof Error) throw look
    if (typeof look === 'number') return refusal(look)
    const body = { job: { name: 'one', status: { short: look } } }
    return { status: 200, text: async () => JSON.stringify(body), lines: async function* () {} }
  })
  const seen: (string | undefined)[] = []
  const stop = new AbortController()
  const outcome = waitFor({
    ...{ tool: 'tf-test', name: 'one', seconds, client, clock, signal: stop.signal },
    onLook: job => seen.push(job?.status.short),
  })
  outcome.catch(() => {})
  return { clock, times, opened, seen, stop, outcome }
}

const event = (short: string, name = 'one') => ({ type: 'job', job: { name, status: { short } } })

t.test('the looks come at once at first, then every second, then slower', async t => {
  t.equal(pauseAfter(0), 500)
  t.equal(pauseAfter(2000), 1000)
  t.equal(pauseAfter(30_000), 3000)
  t.equal(pauseAfter(600_000), 5000)
})

t.test('the stream tells of the end at once, without any pause', async t => {
  for (const end of ['succeeded', 'failed']) {
    const stream = { events: [event('failed', 'another'), event('running'), event(end)], stays: true }
    const { clock, outcome, seen, times } = waiting(['pending'], { streams: [stream] })
    t.match(await outcome, { end, job: { status: { short: end } } })
    t.same(seen, ['pending', 'running', end])
    t.same(times, [0], 'one look when it began')
    await setImmediate()
    t.equal(clock.sleepers(), 0, 'nothing is left behind')
  }
})

t.test('a job that is deleted is gone, be it seen in the stream or missing when it begins', async t => {
  t.same(await waiting(['running'], { streams: [{ events: [{ type: 'gone', name: 'one' }], stays: true }] }).outcome, {
    end: 'gone',
  })
  t.same(await waiting([404], { streams: [{ events: [], stays: true }] }).outcome, { end: 'gone' })
})

t.test('beside a silent stream there is a look now and then', async t => {
  const { clock, outcome, times } = waiting(['running', 'succeeded'], { streams: [{ events: [], stays: true }] })
  await clock.advance(30_000)
  t.match(await outcome, { end: 'succeeded' })
  t.same(times, [0, 30_000])
})

t.test('when the stream breaks the job is looked at, and another stream is opened', async t => {
  const broken = { events: [event('running')], stays: false }
  const { clock, outcome, times, opened } = waiting(['pending', 'running'], {
    streams: [broken, { events: [event('succeeded')], stays: true }],
  })
  await clock.advance(500)
  t.match(await outcome, { end: 'succeeded' })
  t.same(opened, [0, 500])
  t.same(times, [0, 0, 500])
})

t.test('without a stream a job is looked at until it has ended', async t => {
  for (const streams of [404, 405, 500, 503, 429]) {
    const { clock, outcome, seen, opened } = waiting(['pending', 'unknown', 'running', 'succeeded'], { streams })
    await clock.advance(10_000)
    t.match(await outcome, { end: 'succeeded', job: { status: { short: 'succeeded' } } })
    t.same(seen, ['pending', 'unknown', 'running', 'succeeded'])
    t.equal(opened.length, streams >= 429 ? 4 : 1, 'one that is not there is not asked for again')
  }
})

t.test('when the time is over, the job as seen last is the outcome', async t => {
  const { clock, outcome, times } = waiting(['running'], { seconds: 3 })
  await clock.advance(10_000)
  t.match(await outcome, { end: 'late', job: { status: { short: 'running' } } })
  t.same(times, [0, 500, 1000, 2000, 3000], 'a last look at the very end')
  const just = waiting(['running', 'succeeded'], { seconds: 3, streams: [{ events: [], stays: true }] })
  await just.clock.advance(3000)
  t.match(await just.outcome, { end: 'succeeded' }, 'which may still find the end')
})

t.test('a job that is gone has not succeeded', async t => {
  const { clock, outcome } = waiting(['running', 404])
  await clock.advance(5000)
  t.same(await outcome, { end: 'gone' })
})

t.test('a service that does not answer for a while is asked again', async t => {
  const down = new Unreachable('down', { passing: true })
  const { clock, outcome, seen } = waiting([down, 503, 500, 429, 'succeeded'])
  await clock.advance(10_000)
  t.match(await outcome, { end: 'succeeded' })
  t.same(seen, [undefined, undefined, undefined, undefined, 'succeeded'])
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
  await t.rejects(waiting(['running'], { streams: 403 }).outcome, { message: 'no' })
})

t.test('an abort ends the wait at once', async t => {
  for (const streams of [404, [{ events: [], stays: true }]]) {
    const { clock, outcome, stop } = waiting(['running'], { streams })
    await clock.advance(600)
    stop.abort(new Error('Ctrl-C'))
    await t.rejects(outcome, { message: 'Ctrl-C' })
    await setImmediate()
    t.equal(clock.sleepers(), 0)
  }
})
