import t from 'tap'
import { type Followed, type FollowSource, followJob } from '../../../../src/api/handlers/log-follow.ts'
import { DomainError } from '../../../../src/contract/errors.ts'
import type { Window } from '../../../../src/jobs/moment.ts'

/** A clock whose sleeps end at once, and are counted. */
function quickClock() {
  const slept: number[] = []
  return {
    slept,
    now: () => 0,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      signal?.throwIfAborted()
      slept.push(milliseconds)
    },
  }
}

const pod = (uid: string, hasEnded: boolean) => ({ name: `pod-${uid}`, uid, hasEnded })
const at = (second: number, message: string) => `2026-11-22T10:00:${String(second).padStart(2, '0')}Z ${message}`

type Step = string | Error

/** A job that goes through states, one a look, and pods whose log readings are what `readings` says, one after another. */
function jobOf(states: Followed[], readings: Record<string, Step[][]>) {
  const asked: object[] = []
  const source: FollowSource = {
    async look() {
      const [state, ...rest] = states
      if (state === undefined) throw new Error('there is no state')
      if (rest.length > 0) states.shift()
      return state
    },
    async *follow({ uid }, part) {
      asked.push({ uid, ...part })
      for (const step of readings[uid]?.shift() ?? []) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
  return { source, asked }
}

interface Options {
  window?: Window
  without?: ReadonlySet<string>
  signal?: AbortSignal
  clock?: ReturnType<typeof quickClock>
}

async function follow(source: FollowSource, options: Options = {}): Promise<string[]> {
  const all = { window: {}, tailLines: 100, clock: quickClock(), signal: new AbortController().signal, ...options }
  const messages: string[] = []
  for await (const { message } of followJob(source, all)) messages.push(message)
  return messages
}

const running = { pods: [pod('a', false)], hasEnded: false }
const ended = { pods: [pod('a', true)], hasEnded: true }

t.test('a job that has not begun is waited for, less and less often', async t => {
  const waiting = { pods: [], hasEnded: false }
  const { source } = jobOf([...Array(8).fill(waiting), running, running, ended], { a: [[at(1, 'x')], [at(1, 'x')]] })
  const clock = quickClock()
  t.strictSame(await follow(source, { clock }), ['x'])
  t.strictSame(clock.slept.slice(0, 7), [100, 200, 400, 800, 1600, 2000, 2000])
})

t.test('lines come once, although the log is read again when its container has ended', async t => {
  const log = [at(1, 'a'), at(2, 'b'), at(2, 'c')]
  const { source, asked } = jobOf([running, running, ended], { a: [log, [at(2, 'b'), at(2, 'c'), at(2, 'd')]] })
  t.strictSame(await follow(source), ['a', 'b', 'c', 'd'])
  t.strictSame(asked, [
    { uid: 'a', tailLines: 100 },
    { uid: 'a', sinceTime: '2026-11-22T10:00:02Z' },
  ])
})

t.test('a log that breaks off is taken up again', async t => {
  const broken = new DomainError('unavailable', 'the connection is gone')
  const { source } = jobOf([running, running, running, running, ended], {
    a: [[broken], [at(1, 'a'), at(2, 'b'), broken], [at(2, 'b'), at(3, 'c'), broken], [at(3, 'c'), at(4, 'd')], []],
  })
  t.strictSame(await follow(source), ['a', 'b', 'c', 'd'])
})

t.test('failures without end are given up, others at once', async t => {
  const broken = new DomainError('unavailable', 'the connection is gone')
  const { source, asked } = jobOf([running], { a: Array(99).fill([broken]) })
  await t.rejects(follow(source), broken)
  t.equal(asked.length, 6)
  const refused = new DomainError('not_allowed', 'no')
  await t.rejects(follow(jobOf([running], { a: [[refused]] }).source), refused)
})

t.test('a pod that is gone ends its part', async t => {
  const gone = new DomainError('not_found', 'there is no such pod')
  const { source } = jobOf([running, running, { pods: [], hasEnded: true }], { a: [[at(1, 'a'), gone]] })
  t.strictSame(await follow(source), ['a'])
})

t.test('the pods of a job that is tried again follow each other', async t => {
  const between = { pods: [pod('a', true)], hasEnded: false }
  const second = { pods: [pod('a', true), pod('b', false)], hasEnded: false }
  const over = { pods: [pod('a', true), pod('b', true)], hasEnded: true }
  const { source } = jobOf([running, running, between, between, second, second, over], {
    a: [[at(1, 'first')], [at(1, 'first')]],
    b: [[at(20, 'second')], [at(20, 'second'), at(20, 'end')]],
  })
  t.strictSame(await follow(source), ['first', 'second', 'end'])
})

t.test('pods that were shown already are left out', async t => {
  const over = { pods: [pod('a', true), pod('b', true)], hasEnded: true }
  const { source } = jobOf([over], { a: [[at(1, 'first')]], b: [[at(2, 'second')]] })
  t.strictSame(await follow(source, { without: new Set(['a']) }), ['second'])
})

t.test('a window leaves out what was before, and ends the stream behind', async t => {
  const lines = [at(1, 'before'), at(2, 'in'), 'no time', at(3, 'in'), at(4, 'behind'), at(3, 'not seen')]
  const window = { since: Date.parse('2026-11-22T10:00:02Z'), until: Date.parse('2026-11-22T10:00:03Z') }
  t.strictSame(await follow(jobOf([running], { a: [lines] }).source, { window }), ['in', 'no time', 'in'])
})

t.test('it ends when nobody listens any more', async t => {
  const stop = new AbortController()
  const { source } = jobOf([{ pods: [], hasEnded: false }], {})
  const clock = {
    ...quickClock(),
    sleep: async (_: number, signal?: AbortSignal) => {
      stop.abort(new Error('gone'))
      signal?.throwIfAborted()
    },
  }
  await t.rejects(follow(source, { signal: stop.signal, clock }), { message: 'gone' })
})
