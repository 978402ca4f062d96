import t, { type Test } from 'tap'
import { createPool, type PoolConfig, type PoolDeps } from '../../../src/homes/pool.ts'
import type { LogTask } from '../../../src/homes/tasks.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import { createLog } from '../../../src/platform/log.ts'
import { accessTo, newAuthority, provisionSettings, toolAccount } from '../../support/provisioning.ts'
import { emptyHome, homesRoot, isRoot } from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

interface More extends Partial<Pick<PoolDeps, 'isPatient'>> {
  sleep?: Clock['sleep']
}

const authority = await newAuthority()

async function world(t: Test, settings: Partial<PoolConfig> = {}, { sleep = async () => {}, ...more }: More = {}) {
  const root = homesRoot(t)
  for (const tool of ['a', 'b']) emptyHome(root, tool).put('a.log', `of ${tool}\n`)
  let time = 1_000_000
  const logged: Record<string, unknown>[] = []
  const log = createLog(
    { level: 'info', service: 'test' },
    { write: (line: string) => void logged.push(JSON.parse(line)) },
  )
  const config = { helpers: 1, max_stuck: 8, deadline_ms: 60_000, retry_s: 5, ...settings }
  const pool = createPool(config, { clock: { now: () => time, sleep }, log, ...more })
  t.teardown(() => pool.stop())
  const task = (tool = 'a', path = 'a.log'): LogTask => ({
    kind: 'log',
    place: { root, tool, minUid: isRoot ? 1000 : 0 },
    path,
    part: { maxBytes: 100 },
  })
  const circumstances = { config: provisionSettings(root), cluster: accessTo(authority) }
  const look = (tool = 'a') => {
    const { place } = task(tool)
    return pool.run({ kind: 'inspect', place, account: toolAccount(tool), known: undefined, circumstances })
  }
  const pass = (milliseconds: number) => {
    time += milliseconds
  }
  const freeze = () => {
    for (const pid of pool.pids()) process.kill(pid, 'SIGSTOP')
  }
  const kill = () => {
    for (const pid of pool.pids()) process.kill(pid, 'SIGKILL')
  }
  return { pool, task, look, pass, freeze, kill, logged }
}

const unavailable = (message: RegExp, retryAfter: number) => ({
  name: 'DomainError',
  code: 'unavailable',
  retryAfter,
  message,
})
const busy = unavailable(/^Too many homes are being read; try again in 1 s$/, 1)
const stopping = unavailable(/^The service is stopping; try again in 1 s$/, 1)
/** Lets all run that waits for nothing. */
const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('so many helpers run as are configured, however often they are started', async t => {
  const { pool, task } = await world(t, { helpers: 2 })
  t.same(pool.pids(), [])
  await Promise.all([pool.start(), pool.start()])
  await pool.start()
  t.equal(pool.pids().length, 2)
  t.match(await Promise.all([pool.run(task('a')), pool.run(task('b'))]), [
    { log: { lines: ['of a'] } },
    { log: { lines: ['of b'] } },
  ])
  t.equal(pool.pids().length, 2)
})

t.test('tasks wait for their turn, and are done in the order that they came', async t => {
  const { pool, task } = await world(t)
  const done: string[] = []
  const run = async (name: string, tool: string) => {
    await pool.run(task(tool, name))
    done.push(name)
  }
  await Promise.all([run('1', 'a'), run('2', 'b'), run('3', 'a'), run('4', 'b')])
  t.same(done, ['1', '2', '3', '4'])
})

t.test('a home takes one helper at most, however many ask for it', async t => {
  const { pool, task, freeze } = await world(t, { helpers: 2, deadline_ms: 700 })
  await pool.start()
  const before = pool.pids()
  freeze()
  const outcomes = await Promise.allSettled([pool.run(task('a')), pool.run(task('a')), pool.run(task('a'))])
  t.same(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  t.equal(pool.pids().filter(pid => before.includes(pid)).length, 1, 'the other one was not asked')
})

t.test('so many may wait and no more; each no longer than the deadline', async t => {
  const { pool, task, freeze } = await world(t, { deadline_ms: 700 })
  await pool.start()
  freeze()
  const asked = Array.from({ length: 257 }, (_, i) => pool.run(task(`t${i}`)))
  const settled = Promise.allSettled(asked)
  let refused = 0
  for (const one of asked)
    one.catch(() => {
      refused++
    })
  await t.rejects(pool.run(task('more')), busy)
  t.equal(refused, 0, 'one runs, 256 wait')
  const outcomes = await settled
  const reasons = outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason : undefined))
  t.match(reasons[0], unavailable(/^The home of tool t0 on the shared disk does not answer/, 5))
  t.equal(reasons.filter(reason => reason?.code === 'unavailable').length, 257)
})

t.test('a home that cost a helper is refused for a while, without another try; others go on', async t => {
  const { pool, task, pass, freeze, logged } = await world(t, { deadline_ms: 700 })
  await pool.start()
  const before = pool.pids()
  freeze()
  const hangs = unavailable(/^The home of tool a on the shared disk does not answer; try again in 5 s$/, 5)
  await t.rejects(pool.run(task('a')), hangs)
  t.match(logged, [
    { level: 'warn', tool: 'a', end: 'deadline', busy: 'disk', hanging: 0, msg: 'a home cost a helper process' },
  ])
  await t.rejects(pool.run(task('a')), hangs)
  const patiently = (tool: string) =>
    waitUntil(tool, () =>
      pool.run(task(tool)).catch(error => {
        if (error.code !== 'unavailable') throw error
        return undefined
      }),
    )
  t.match(await patiently('b'), { log: { lines: ['of b'] } })
  await t.rejects(pool.run(task('a')), hangs)
  const after = pool.pids()
  t.equal(after.length, 1)
  t.not(after[0], before[0])
  pass(5000)
  t.match(await patiently('a'), { log: { lines: ['of a'] } })
})

t.test('one that waits is refused too when its home turns out to hang, or too many do', async t => {
  const { pool, task, freeze } = await world(t, { deadline_ms: 700, max_stuck: 1 })
  await pool.start()
  freeze()
  const [first, second] = await Promise.allSettled([pool.run(task('a')), pool.run(task('b'))])
  t.match(first, { status: 'rejected', reason: { message: /^The home of tool a / } })
  t.match(second, { status: 'rejected', reason: { code: 'unavailable' } })
  await t.rejects(pool.run(task('b')), unavailable(/^Too many homes on the shared disk do not answer/, 5))
})

t.test('a helper that was killed from outside says nothing against a home', async t => {
  const { pool, task, freeze, kill, logged } = await world(t)
  await pool.start()
  freeze()
  const asked = pool.run(task('a'))
  kill()
  await t.rejects(asked, unavailable(/^The reading of a home was cut off; try again in 1 s$/, 1))
  t.match(logged, [{ tool: 'a', end: 'died', busy: 'disk' }])
  t.match(await pool.run(task('a')), { log: { lines: ['of a'] } })
})

t.test('a fault of our own code is no refusal, and costs one helper', async t => {
  const { pool, task } = await world(t)
  const [before] = [await pool.start(), pool.pids()]
  const wrong: LogTask = JSON.parse(JSON.stringify({ ...task(), part: undefined }))
  await t.rejects(pool.run(wrong), { name: 'Error', message: /^A helper process for the homes failed: TypeError/ })
  t.match(await pool.run(task()), { log: { lines: ['of a'] } })
  t.notSame(pool.pids(), before)
  t.equal(pool.pids().length, 1)
})

t.test('helpers that do not start are tried again, after ever longer pauses', async t => {
  const pauses: number[] = []
  let wake: (() => void)[] = []
  const sleep = (milliseconds: number) =>
    new Promise<void>(resolve => {
      pauses.push(milliseconds)
      wake.push(resolve)
    })
  const { pool, task, logged } = await world(t, {}, { sleep })
  const real = process.execPath
  process.execPath = '/nowhere/node'
  t.teardown(() => {
    process.execPath = real
  })
  await pool.start()
  for (let tries = 1; tries <= 8; tries++) {
    await waitUntil('a pause', () => wake.length > 0)
    t.equal(pauses.length, tries)
    t.same(pool.pids(), [])
    const last = pauses.at(-1) ?? 0
    const most = Math.min(5000, 100 * 2 ** (tries - 1))
    t.ok(last >= most / 2 && last <= most, `${last} ms`)
    if (tries === 8) process.execPath = real
    const sleepers = wake
    wake = []
    for (const one of sleepers) one()
  }
  t.match(await pool.run(task()), { log: { lines: ['of a'] } })
  t.same(
    logged.map(({ level, failedStarts }) => [level, failedStarts]),
    [1, 2, 3, 4, 5, 6, 7, 8].map(count => ['error', count]),
  )
  t.equal(pauses.length, 8)
})

t.test('when it stops, nothing runs, starts or waits any more', async t => {
  const { pool, task, freeze, logged } = await world(t, { helpers: 2 })
  await pool.start()
  const pids = pool.pids()
  freeze()
  const asked = [pool.run(task('a')), pool.run(task('a')), pool.run(task('b'))].map(one => t.rejects(one, stopping))
  pool.stop()
  await Promise.all(asked)
  await t.rejects(pool.run(task('a')), stopping)
  await waitUntil('their end', () =>
    pids.every(pid => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    }),
  )
  await turn()
  t.same(pool.pids(), [])
  t.same(logged, [], 'nobody is blamed')
})

t.test('a pause before a new start ends with the pool', async t => {
  const ended: boolean[] = []
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal?.addEventListener('abort', () => {
        ended.push(true)
        reject(signal.reason)
      })
    })
  const { pool } = await world(t, {}, { sleep })
  const real = process.execPath
  process.execPath = '/nowhere/node'
  await pool.start()
  await turn()
  process.execPath = real
  pool.stop()
  await turn()
  await turn()
  t.same(ended, [true])
  t.same(pool.pids(), [])
})

t.test('looks that wait go together; when they cost a helper each is asked for alone, and answered', async t => {
  const { pool, look, freeze, kill, logged } = await world(t, { deadline_ms: 4000 }, { isPatient: true })
  await pool.start()
  for (const [end, harm] of [
    ['deadline', () => {}],
    ['died', kill],
  ] as const) {
    freeze()
    const asked = Promise.all(['a', 'b', 'none'].map(look))
    await turn()
    await turn()
    harm()
    t.match(await asked, [{ home: { home: /./ } }, { home: { home: /./ } }, { home: { home: 'missing' } }])
    t.match(logged.splice(0), [{ level: 'warn', homes: 3, end, busy: 'disk' }])
  }
  t.equal(pool.pids().length, 1)
})

t.test('one of several homes that hangs is found, and refused for a while', async t => {
  const { pool, look, freeze, logged } = await world(t, { deadline_ms: 700 }, { isPatient: true })
  await pool.start()
  freeze()
  const first = look('a')
  await turn()
  await turn()
  await t.rejects(first, unavailable(/^The home of tool a on the shared disk does not answer/, 5))
  t.match(logged, [{ tool: 'a', end: 'deadline' }], 'alone it is known at once')
  await t.rejects(look('a'), { code: 'unavailable' })
  const found = await waitUntil('b', () => look('b').catch(() => undefined))
  t.match(found, { home: { stamp: /./ } })
})

t.test('a patient pool lets as many wait as come', async t => {
  const { pool, task } = await world(t, { helpers: 2, deadline_ms: 20_000 }, { isPatient: true })
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => pool.run(task(i % 2 === 0 ? 'a' : 'b'))))
  t.equal(answers.filter(answer => 'log' in answer).length, 400)
})
