import t from 'tap'
import { createWork, type WorkOptions } from '../../../src/kubeusers/work.ts'
import { createTestClock } from '../../support/test-clock.ts'

function world(options: Partial<WorkOptions> = {}) {
  const clock = createTestClock()
  const failures: [string, unknown, number][] = []
  const ended = new AbortController()
  const work = createWork(
    {
      concurrency: 2,
      backoff: { first: 1000, most: 4000 },
      clock,
      onFailure: (tool, error, { attempts }) => failures.push([tool, error, attempts]),
      ...options,
    },
    ended.signal,
  )
  const log: string[] = []
  /** A job that goes on until it is told to end. */
  const job = (name: string) => {
    const gate = Promise.withResolvers<void>()
    const run = async (): Promise<void> => {
      log.push(`+${name}`)
      await gate.promise
      log.push(`-${name}`)
    }
    return { run, end: gate.resolve, fail: gate.reject }
  }
  return { clock, work, failures, ended, log, job }
}

t.test('so many tools are worked on at once, each by one job at a time', async t => {
  const { work, log, job } = world()
  const [a, a2, b, c] = [job('a'), job('a2'), job('b'), job('c')]
  const done = [work.add('a', a.run), work.add('a', a2.run), work.add('b', b.run), work.add('c', c.run)]
  t.strictSame(log, ['+a', '+b'])
  b.end()
  await done[2]
  t.strictSame(log, ['+a', '+b', '-b', '+c'])
  a.end()
  await done[0]
  t.strictSame(log.slice(4), ['-a', '+a2'])
  a2.end()
  c.end()
  await Promise.all(done)
})

t.test('of jobs that wait for one tool the newest is done, and nobody waits for the others', async t => {
  const { work, log, job } = world()
  const [first, second, third] = [job('1'), job('2'), job('3')]
  const done = work.add('a', first.run)
  const replaced = work.add('a', second.run)
  const last = work.add('a', third.run)
  await replaced
  first.end()
  await done
  third.end()
  await last
  t.strictSame(log, ['+1', '-1', '+3', '-3'])
})

t.test('a tool that fails is left alone for a while, longer each time, and delays nobody', async t => {
  const { clock, work, failures } = world({ concurrency: 1 })
  const broken = () => Promise.reject(new Error('broken'))
  let runs = 0
  const fine = async (): Promise<void> => void runs++
  await work.add('a', broken)
  t.match(failures, [['a', { message: 'broken' }, 1]])
  t.match(work.failed, new Map([['a', { error: { message: 'broken' }, attempts: 1 }]]))
  await work.add('a', fine)
  await work.add('b', fine)
  t.equal(runs, 1, 'only the other')
  await clock.advance(1000)
  await work.add('a', broken)
  t.equal(failures[1]?.[2], 2)
  await clock.advance(999)
  await work.add('a', fine)
  t.equal(runs, 1)
  work.forgive('a')
  t.equal(work.failed.size, 0)
  await work.add('a', fine)
  t.equal(runs, 2)
})

t.test('what has been done is forgotten, failures too', async t => {
  const { clock, work, failures } = world()
  const broken = () => Promise.reject(new Error('broken'))
  await work.add('a', broken)
  await clock.advance(1000)
  await work.add('a', async () => {})
  t.equal(work.failed.size, 0)
  await work.add('a', broken)
  t.equal(failures[1]?.[2], 1)
})

t.test('when it ends nothing is begun, and nobody waits', async t => {
  const { work, failures, ended, log, job } = world({ concurrency: 1 })
  const [a, b] = [job('a'), job('b')]
  const under = work.add('a', a.run)
  const waiting = work.add('b', b.run)
  ended.abort()
  await waiting
  a.fail(new Error('aborted'))
  await under
  await work.add('c', async () => void log.push('never'))
  t.strictSame([log, failures], [['+a'], []])
})
