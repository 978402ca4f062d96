import fc from 'fast-check'
import t from 'tap'
import { followJob } from '../../../../src/api/handlers/log-follow.ts'
import type { FollowSource } from '../../../../src/api/handlers/log-follow-pod.ts'
import { newestLines } from '../../../../src/api/handlers/log-pages.ts'
import { DomainError } from '../../../../src/contract/errors.ts'
import type { Window } from '../../../../src/jobs/moment.ts'
import { aLogPod, type Happening, livingJob, stampAt, start } from '../../../support/pod-logs.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const begin = (pod: string): Happening => ({ what: 'begin', pod })
const end = (pod: string): Happening => ({ what: 'end', pod })
const cut = (pod: string): Happening => ({ what: 'cut', pod })
const line = (pod: string, text: string, after = 1e9): Happening => ({ what: 'line', pod, text, after })
const over: Happening = { what: 'over' }
const nothing: Happening = { what: 'do', act: () => undefined }

type Job = ReturnType<typeof livingJob>
interface Options {
  window?: Window
  signal?: AbortSignal
}

async function follow({ source, clock }: Pick<Job, 'source' | 'clock'>, options: Options = {}): Promise<string[]> {
  const all = { window: {}, clock, signal: new AbortController().signal, ...options }
  const messages: string[] = []
  for await (const { message } of followJob(source, all)) messages.push(message)
  return messages
}

t.test('a job that has not begun is waited for, less and less often', async t => {
  const job = livingJob([...Array(8).fill(nothing), begin('a'), line('a', 'x'), end('a'), over])
  t.strictSame(await follow(job), ['x'])
  t.strictSame(job.clock.slept.slice(0, 7), [100, 200, 400, 800, 1600, 2000, 2000])
})

t.test('all pods are followed at the same time, one that comes is joined, one that ends is left', async t => {
  const job = livingJob([
    begin('a'),
    begin('b'),
    line('a', 'a1'),
    line('b', 'b1'),
    line('a', 'a2'),
    begin('c'),
    ...Array(4).fill(nothing),
    line('c', 'c1'),
    line('b', 'b2'),
    end('a'),
    line('b', 'b3'),
    { what: 'remove', pod: 'b' },
    line('c', 'c2'),
    end('c'),
    over,
  ])
  t.strictSame(await follow(job), ['a1', 'b1', 'a2', 'c1', 'b2', 'b3', 'c2'])
})

t.test('lines come once, however often a log breaks off', async t => {
  const steps = [1, 2, 3, 4, 5, 6].flatMap(number => [line('a', `${number}`, 4e8), cut('a'), nothing, nothing])
  t.strictSame(await follow(livingJob([begin('a'), ...steps, end('a'), over])), ['1', '2', '3', '4', '5', '6'])
})

/** A pod whose readings are what `answers` gives. */
const sourceOf = (read: FollowSource['read'], hasEnded = false): FollowSource => ({
  look: async () => ({ pods: [aLogPod('a', { hasEnded })], hasEnded }),
  read,
})
const quick = () => livingJob([]).clock

t.test('failures without end are given up, others at once', async t => {
  let asked = 0
  const failing = (error: DomainError) =>
    sourceOf(async function* () {
      asked++
      yield* []
      throw error
    })
  const broken = new DomainError('unavailable', 'the connection is gone')
  await t.rejects(follow({ source: failing(broken), clock: quick() }), broken)
  t.equal(asked, 6)
  const refused = new DomainError('not_allowed', 'no')
  await t.rejects(follow({ source: failing(refused), clock: quick() }), refused)
  t.equal(asked, 7)
})

t.test('a run that has ended is read once while its container waits to be started again', async t => {
  let [reads, looks] = [0, 0]
  const source: FollowSource = {
    look: async () => {
      looks++
      return { pods: [aLogPod('a', { endedRun: 'first', hasEnded: looks > 20 })], hasEnded: looks > 20 }
    },
    async *read() {
      reads++
      yield `${stampAt(1)} crash`
    },
  }
  t.strictSame(await follow({ source, clock: quick() }), ['crash'])
  t.equal(reads, 1)
})

t.test('a log that is away for a moment is read when it is there', async t => {
  let reads = 0
  const source: FollowSource = {
    look: async () => ({ pods: [aLogPod('a', { hasEnded: reads > 9 })], hasEnded: reads > 9 }),
    async *read() {
      reads++
      if (reads < 10) throw new DomainError('not_found', 'no log yet')
      yield `${stampAt(1e9)} x`
    },
  }
  t.strictSame(await follow({ source, clock: quick() }), ['x'])
})

t.test('a window leaves out what was before, and ends each pod behind', async t => {
  const lines = [line('a', 'before'), line('a', 'in'), line('b', 'in'), line('a', 'behind'), line('b', 'behind')]
  const job = livingJob([begin('a'), begin('b'), ...lines, line('a', 'not seen'), line('b', 'not seen'), over])
  const window = { since: start + 2000, until: start + 3500 }
  t.strictSame(await follow(job, { window }), ['in', 'in'])
})

t.test('a stream ends at its moment although nothing comes, and has all that was written until then', async t => {
  let now = start
  const wakes: (() => void)[] = []
  const clock = {
    now: () => now,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) reject(signal.reason)
        if (milliseconds > 10_000) wakes.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  const asked: boolean[] = []
  const source = sourceOf(async function* (_, { follow, signal }) {
    asked.push(follow)
    yield `${stampAt(1e9)} first`
    if (!follow) {
      yield `${stampAt(59e9)} late`
      return
    }
    signal.throwIfAborted()
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  })
  const seen: string[] = []
  const options = { window: { until: start + 60_000 }, clock, signal: new AbortController().signal }
  for await (const { message } of followJob(source, options)) {
    seen.push(message)
    now = start + 60_000
    for (const wake of wakes.splice(0)) wake()
  }
  t.strictSame(seen, ['first', 'late'])
  t.strictSame(asked, [true, false])
})

t.test('it ends when nobody listens any more, or nobody takes what comes', async t => {
  const stop = new AbortController()
  const job = livingJob([nothing, { what: 'do', act: () => stop.abort(new Error('gone')) }])
  await t.rejects(follow(job, { signal: stop.signal }), { message: 'gone' })
  const other = livingJob([begin('a'), line('a', 'x'), ...Array(50).fill(nothing)])
  for await (const { message } of followJob(other.source, {
    window: {},
    clock: other.clock,
    signal: new AbortController().signal,
  })) {
    t.equal(message, 'x')
    break
  }
  await waitUntil('the end of its reading', () => other.counts.following === 0)
})

t.test('of many pods only some are followed, and all are read', async t => {
  const pods = Array.from({ length: 50 }, (_, pod) => `p${pod}`)
  const texts = pods.flatMap(pod => [line(pod, `${pod} first`), line(pod, `${pod} last`)])
  const job = livingJob([...pods.map(begin), ...texts, ...pods.map(end), over])
  const seen = await follow(job)
  t.strictSame(seen.toSorted(), pods.flatMap(pod => [`${pod} first`, `${pod} last`]).sort())
  t.equal(job.counts.mostFollowing, 16)
})

const names = ['a', 'b', 'c', 'd']
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('line' as const),
      pod: fc.constantFrom(...names),
      after: fc.oneof(fc.constant(0), fc.nat({ max: 1_500_000_000 })),
      text: fc.constant(''),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('end' as const, 'cut' as const), pod: fc.constantFrom(...names) }),
  },
  { weight: 1, arbitrary: fc.constant(nothing) },
)

/** Lines get texts that tell them apart; after its end a pod writes nothing. */
function told(script: readonly Happening[]): Happening[] {
  const ended = new Set<string>()
  return script.map((next, number) => {
    if (next.what === 'end') ended.add(next.pod)
    if (next.what !== 'line') return next
    return ended.has(next.pod) ? nothing : { ...next, text: `${next.pod}${number}` }
  })
}

const linesOf = (script: readonly Happening[]): string[] =>
  script.flatMap(next => (next.what === 'line' ? [next.text] : []))
const byPod = (texts: readonly string[]): string =>
  texts.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).join()
const areInOrder = (texts: readonly string[]): boolean =>
  names.every(name => {
    const own = texts.filter(text => text.startsWith(name))
    return own.join() === byPod(own)
  })

t.test('after the newest lines each line comes once, those of a pod in order, whatever happens meanwhile', async () => {
  const script = fc.array(happening, { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(script, fc.nat({ max: 40 }), fc.integer({ min: 1, max: 6 }), async (happenings, now, most) => {
      const [before, after] = [told(happenings).slice(0, now), told(happenings).slice(now)]
      const job = livingJob([...after, ...names.map(end), over])
      for (const next of [...names.map(begin), ...before]) job.happen(next)
      const { lines, read } = await newestLines(job.still, { most, window: {} })
      const without = new Set(job.still.pods.filter(({ hasEnded }) => hasEnded).map(({ uid }) => uid))
      const options = { window: {}, read, without, clock: job.clock, signal: new AbortController().signal }
      const seen: string[] = []
      for await (const { message } of followJob(job.source, options)) seen.push(message)
      return (
        lines.length === Math.min(most, linesOf(before).length) &&
        byPod(seen) === byPod(linesOf(after)) &&
        areInOrder(seen)
      )
    }),
    { numRuns: 60 },
  )
})
