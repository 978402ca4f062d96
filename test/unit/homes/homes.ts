import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HomesConfig } from '../../../src/homes/config.ts'
import { createHomes } from '../../../src/homes/homes.ts'
import { createAuthority } from '../../../src/pki/authority.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import {
  emptyHome,
  homesRoot,
  isRoot,
  kubeconfigOf,
  type ToolHome,
  toolHome,
  toolUid,
} from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

const now = Date.UTC(2026, 10, 22, 12)
const hour = 3_600_000
const life = { notBefore: now - hour, notAfter: now + hour }
const authority = await createAuthority({ commonName: 'test', notBefore: now - hour, notAfter: now + 24 * hour })
const pairOf = (tool: string, notAfter = life.notAfter) =>
  authority.issue({ subject: [{ O: ['toolforge'] }, { CN: [tool] }], usages: ['clientAuth'], ...life, notAfter })

const seconds = 1000
const hangs = { name: 'DomainError', code: 'unavailable', retryAfter: 5, message: /does not answer; try again in 5 s/ }

async function world(t: Test, settings: Partial<HomesConfig> = {}) {
  const root = homesRoot(t)
  const config: HomesConfig = {
    root,
    min_uid: isRoot ? 1000 : 0,
    helpers: 2,
    max_stuck: 8,
    // Long enough for a busy machine; the tests that wait for it shorten it.
    deadline_ms: 20_000,
    retry_s: 5,
    refresh_s: 60,
    kubeconfig: '.kube/config',
    user_prefix: 'tf-',
    ...settings,
  }
  let time = now
  const clock = { now: () => time, sleep: systemClock.sleep }
  const homes = createHomes(config, { clock, log: quietLog })
  t.teardown(() => homes.stop())
  await homes.start()
  const add = async (tool: string): Promise<ToolHome> => toolHome(root, { tool, pair: await pairOf(tool) })
  const pass = (milliseconds: number) => {
    time += milliseconds
  }
  return { root, homes, add, pass }
}

type World = Awaited<ReturnType<typeof world>>

/** Stops helpers so that the next tasks hang, as on a disk that does not answer; they can still be killed. */
function freeze({ homes }: World): number[] {
  const pids = homes.pids()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return pids
}

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z')
  } catch {
    return true
  }
}

const replaced = ({ homes }: World, pids: number[]) =>
  waitUntil('replacements', () => homes.pids().length === 2 && homes.pids().every(pid => !pids.includes(pid)))

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

t.test("a tool's credentials come with its numbers and home", async t => {
  const { homes, add, root } = await world(t)
  await add('a')
  const found = await homes.credentials('a')
  t.match(found, { tool: 'a', uid: toolUid(), home: join(root, 'a'), notAfter: life.notAfter })
  t.match(found.certificate, /^-----BEGIN CERTIFICATE-----/)
  t.match(found.key, /^-----BEGIN PRIVATE KEY-----/)
})

t.test('the first call starts the helpers where nobody has', async t => {
  const { root, add } = await world(t)
  await add('a')
  const config = { root, min_uid: 0, helpers: 1, max_stuck: 1, deadline_ms: 20_000, retry_s: 5, refresh_s: 60 }
  const homes = createHomes(
    { ...config, kubeconfig: '.kube/config', user_prefix: 'tf-' },
    { clock: { ...systemClock, now: () => now }, log: quietLog },
  )
  t.teardown(() => homes.stop())
  t.equal(homes.pids().length, 0, 'nothing runs before')
  t.equal((await homes.credentials('a')).tool, 'a')
  t.equal(homes.pids().length, 1)
})

t.test('what is wrong with a home is told, and what to do', async t => {
  const { homes, add } = await world(t)
  const a = await add('a')
  a.put('.toolskube/client.crt', (await pairOf('b')).certificate)
  await t.rejects(homes.credentials('a'), {
    name: 'DomainError',
    code: 'not_allowed',
    message:
      /^The home of tool a cannot be used: the certificate in it belongs to "b"\. The platform writes .* ask an administrator\.$/,
  })
  a.put('.toolskube/client.crt', (await pairOf('a')).certificate)
  await t.rejects(homes.credentials('a'), { code: 'not_allowed', message: /key in it does not belong/ })
  await t.rejects(homes.credentials('none'), { code: 'not_allowed', message: /has no home/ })
  rmSync(join(a.home, '.kube/config'))
  await t.rejects(homes.credentials('a'), { code: 'not_allowed', message: /"\.kube\/config" is not there/ })
  a.put('.kube/config', kubeconfigOf('a'))
  const pair = await pairOf('a')
  a.put('.toolskube/client.crt', pair.certificate)
  a.put('.toolskube/client.key', pair.key)
  t.equal((await homes.credentials('a')).tool, 'a', 'a mended home works at once')
})

t.test('a name that no tool can have reaches no disk', async t => {
  const { homes } = await world(t)
  for (const name of ['..', 'a/../b', '', 'A']) await t.rejects((async () => homes.credentials(name))(), RangeError)
  await t.rejects((async () => homes.readLog('..', { path: 'x', maxBytes: 1 }))(), RangeError)
})

t.test('known credentials come from memory and are read again behind the request', async t => {
  const { homes, add, pass } = await world(t, { helpers: 1 })
  const a = await add('a')
  await add('b')
  const first = await homes.credentials('a')
  const renewed = await pairOf('a', now + 2 * hour)
  a.put('.toolskube/client.crt', renewed.certificate)
  a.put('.toolskube/client.key', renewed.key)
  pass(59 * seconds)
  t.equal(await homes.credentials('a'), first)
  // The only helper answers in order.
  await homes.readLog('b', { path: 'x', maxBytes: 1 })
  t.equal(await homes.credentials('a'), first, 'nobody has read them before their time')
  pass(2 * seconds)
  t.equal(await homes.credentials('a'), first, 'the one that starts the reading does not wait for it')
  const second = await waitUntil('the renewed ones', async () => {
    const found = await homes.credentials('a')
    return found !== first && found
  })
  t.equal(second.notAfter, now + 2 * hour)
})

t.test('a home that has become definitely wrong ends what is in memory', async t => {
  const { homes, add, pass } = await world(t)
  const a = await add('a')
  await homes.credentials('a')
  rmSync(join(a.home, '.toolskube'), { recursive: true })
  pass(61 * seconds)
  await homes.credentials('a')
  const message = await waitUntil('the refusal', async () =>
    homes.credentials('a').then(
      () => undefined,
      error => error.code === 'not_allowed' && error.message,
    ),
  )
  t.match(message, /"\.toolskube\/client\.crt" is not there/)
})

t.test('half a renewal, or a share that is not mounted, does not', async t => {
  const { homes, root, add, pass } = await world(t, { helpers: 1 })
  const a = await add('a')
  await add('b')
  const first = await homes.credentials('a')
  const again = async () => {
    pass(61 * seconds)
    await homes.credentials('a')
    // The only helper answers in order: by now it has tried to read the other tool's again.
    await homes.readLog('b', { path: 'x', maxBytes: 1 })
    t.equal(await homes.credentials('a'), first)
  }
  a.put('.toolskube/client.crt', (await pairOf('a')).certificate)
  await again()
  renameSync(a.home, join(root, 'elsewhere'))
  await again()
})

t.test('what is in memory is used up to its end, not longer', async t => {
  const { homes, add, pass } = await world(t)
  const a = await add('a')
  const first = await homes.credentials('a')
  rmSync(a.home, { recursive: true })
  pass(hour)
  t.equal(await homes.credentials('a'), first)
  pass(1)
  await t.rejects(homes.credentials('a'), { code: 'not_allowed', message: /has no home/ })
  toolHome(w_root(a), { tool: 'a', pair: await pairOf('a') })
  await t.rejects(homes.credentials('a'), { code: 'not_allowed', message: /expired on 2026-11-22T13:00:00Z/ })
})

const w_root = (home: ToolHome) => join(home.home, '..')

t.test('many callers make one reading', async t => {
  const w = await world(t)
  await w.add('a')
  const all = await Promise.all(Array.from({ length: 600 }, () => w.homes.credentials('a')))
  t.equal(new Set(all).size, 1)
})

t.test('many tools are read side by side', async t => {
  const w = await world(t)
  const tools = Array.from({ length: 40 }, (_, i) => `t${i}`)
  await Promise.all(tools.map(w.add))
  const all = await Promise.all(tools.map(tool => w.homes.credentials(tool)))
  t.same(
    all.map(({ tool }) => tool),
    tools,
  )
})

t.test('a home that hangs is refused within the deadline, then at once; others are served by a new helper', async t => {
  const w = await world(t, { deadline_ms: 400, helpers: 1 })
  await w.add('a')
  await w.add('b')
  const [pid = 0] = freeze(w)
  await t.rejects(w.homes.credentials('a'), hangs)
  await waitUntil('its end', () => isGone(pid))
  await waitUntil('a new helper', () => w.homes.pids().length === 1 && w.homes.pids()[0] !== pid)
  const before = w.homes.pids()
  await t.rejects(w.homes.credentials('a'), hangs)
  await t.rejects(w.homes.readLog('a', { path: 'x', maxBytes: 1 }), hangs)
  t.same(w.homes.pids(), before, 'no further try')
  t.equal((await waitFor(w, 'b')).tool, 'b')
  w.pass(5 * seconds)
  t.equal((await waitFor(w, 'a')).tool, 'a', 'and it recovers by itself')
})

/** Credentials of a good home, however slow the machine starts a helper. */
const waitFor = ({ homes }: World, tool: string) =>
  waitUntil(`tool ${tool}`, () =>
    homes.credentials(tool).catch(error => {
      if (error.code !== 'unavailable') throw error
      return undefined
    }),
  )

t.test('a known tool goes on while its home hangs, and helpers are not spent on it', async t => {
  const w = await world(t, { deadline_ms: 400 })
  await w.add('a')
  const first = await waitFor(w, 'a')
  w.pass(61 * seconds)
  const pids = freeze(w)
  t.equal(await w.homes.credentials('a'), first)
  await waitUntil('the end of one', () => pids.some(isGone))
  for (let i = 0; i < 5; i++) t.equal(await w.homes.credentials('a'), first)
  await t.rejects(w.homes.readLog('a', { path: 'x', maxBytes: 1 }), hangs)
  t.equal(pids.filter(pid => !isGone(pid)).length, 1, 'the other one was not asked')
})

t.test('one home takes one helper, however many of its files are asked for', async t => {
  const w = await world(t, { deadline_ms: 400 })
  await w.add('a')
  const pids = freeze(w)
  const asked = await Promise.allSettled(
    Array.from({ length: 5 }, (_, i) => w.homes.readLog('a', { path: `${i}`, maxBytes: 1 })),
  )
  t.same(
    asked.map(({ status }) => status),
    Array(5).fill('rejected'),
  )
  await waitUntil('the end of one', () => pids.some(isGone))
  t.equal(pids.filter(pid => !isGone(pid)).length, 1)
})

t.test('when too many homes hang, those not known are refused at once and known ones go on', async t => {
  const w = await world(t, { deadline_ms: 400, max_stuck: 2 })
  for (const tool of ['a', 'b', 'c', 'd']) await w.add(tool)
  const known = await waitFor(w, 'd')
  const pids = freeze(w)
  await Promise.all(['a', 'b'].map(tool => t.rejects(w.homes.credentials(tool), hangs)))
  await replaced(w, pids)
  await t.rejects(w.homes.credentials('c'), {
    code: 'unavailable',
    retryAfter: 5,
    message: /Too many homes on the shared disk do not answer/,
  })
  await t.rejects(w.homes.readLog('d', { path: 'x', maxBytes: 1 }), { code: 'unavailable' })
  t.equal(await w.homes.credentials('d'), known)
  w.pass(61 * seconds)
  t.equal(await w.homes.credentials('d'), known)
  t.equal((await waitFor(w, 'c')).tool, 'c')
})

t.test('a text that wears a helper out is the fault of its home, not of the disk', async t => {
  const w = await world(t, { max_stuck: 1 })
  const a = await w.add('a')
  await w.add('b')
  a.put('.kube/config', '['.repeat(256 * 1024))
  const tooLong = { code: 'unavailable', retryAfter: 5, message: /in the home of tool a took too long to read/ }
  await t.rejects(w.homes.credentials('a'), tooLong, 'it used up the memory of the helper')
  const pids = w.homes.pids()
  await t.rejects(w.homes.credentials('a'), tooLong)
  t.equal((await w.homes.credentials('b')).tool, 'b', 'it does not count as a home that hangs')
  t.same(w.homes.pids(), pids, 'and is not tried again at once')
})

t.test('so is one that takes longer than the deadline', async t => {
  const w = await world(t, { deadline_ms: 1000 })
  const a = await w.add('a')
  a.put('.kube/config', `{${Array.from({ length: 35_000 }, (_, i) => `k${i}`).join()}}`.slice(0, 256 * 1024))
  await t.rejects(w.homes.credentials('a'), { code: 'unavailable' })
  await waitUntil('the reason', async () =>
    w.homes.credentials('a').then(
      () => false,
      error => error.message.includes('took too long to read'),
    ),
  )
})

t.test('a helper that is killed from outside is replaced, and its caller may come again', async t => {
  const w = await world(t)
  await w.add('a')
  const pids = freeze(w)
  const asked = w.homes.credentials('a')
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await t.rejects(asked, { code: 'unavailable', retryAfter: 1 })
  t.equal((await waitFor(w, 'a')).tool, 'a')
  await replaced(w, pids)
})

t.test('the queue is bounded, and those in it wait no longer than the deadline', async t => {
  const w = await world(t, { deadline_ms: 600, helpers: 1 })
  freeze(w)
  const asked = Array.from({ length: 300 }, (_, i) =>
    w.homes.credentials(`t${i}`).then(
      () => ({ code: 'fine', message: '' }),
      error => ({ code: error.code, message: error.message }),
    ),
  )
  const first = await Promise.race(asked.slice(257))
  t.match(first, { code: 'unavailable', message: /Too many homes are being read/ }, 'at once')
  for (const { code } of await Promise.all(asked)) if (code !== 'unavailable') t.fail(code)
})

t.test('a log is read from its end and from where one was', async t => {
  const { homes, add } = await world(t)
  const a = await add('a')
  a.put('a.log', 'one\ntwo\nthree\n')
  t.same(await homes.readLog('a', { path: 'a.log', lines: 2, maxBytes: 100 }), {
    lines: ['two', 'three'],
    offset: 14,
    size: 14,
  })
  writeFileSync(join(a.home, 'a.log'), 'four\n', { flag: 'a' })
  t.same((await homes.readLog('a', { path: `${a.home}/a.log`, offset: 14, maxBytes: 100 }))?.lines, ['four'])
  t.equal(await homes.readLog('a', { path: 'none.log', maxBytes: 100 }), undefined)
  await t.rejects(homes.readLog('a', { path: '/etc/passwd', maxBytes: 100 }), {
    code: 'not_allowed',
    message: /does not lie within the tool's home/,
  })
  a.put('big.log', `${'x'.repeat(99)}\n`.repeat(30_000))
  const part = await homes.readLog('a', { path: 'big.log', maxBytes: 1e9 })
  t.ok((part?.lines.length ?? 0) <= 10_486, 'no more than a mebibyte')
  a.put('empty-lines.log', '\n'.repeat(2_000_000))
  t.equal((await homes.readLog('a', { path: 'empty-lines.log', maxBytes: 1e9 }))?.lines.length, 1024 * 1024 - 1)
})

t.test('stopping waits for no helper, ends them all, and refuses what comes later', async t => {
  const w = await world(t)
  await w.add('a')
  const pids = freeze(w)
  const asked = t.rejects(w.homes.credentials('a'), { code: 'unavailable', message: /stopping/ })
  await w.homes.stop()
  await asked
  await t.rejects(w.homes.credentials('a'), { code: 'unavailable', message: /stopping/ })
  await waitUntil('their end', () => pids.every(isGone))
  t.same(w.homes.pids(), [])
})

t.test('helpers end with the process that started them, even when it is killed', async t => {
  const w = await world(t)
  emptyHome(w.root, 'a')
  const { spawn } = await import('node:child_process')
  const script = `
    import { createHomes } from '${new URL('../../../src/homes/homes.ts', import.meta.url)}'
    import { systemClock } from '${new URL('../../../src/platform/clock.ts', import.meta.url)}'
    import { quietLog } from '${new URL('../../../src/platform/log.ts', import.meta.url)}'
    const homes = createHomes({ root: '/', min_uid: 0, helpers: 2, max_stuck: 8, deadline_ms: 500, retry_s: 5, refresh_s: 60, kubeconfig: 'x', user_prefix: '' }, { clock: systemClock, log: quietLog })
    await homes.start()
    console.log(homes.pids().join(' '))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const line = await new Promise<string>(resolve => parent.stdout.once('data', data => resolve(String(data))))
  const pids = line.trim().split(' ').map(Number)
  t.equal(pids.filter(pid => !isGone(pid)).length, 2)
  for (const pid of pids) process.kill(pid, 'SIGINT')
  parent.kill('SIGKILL')
  await waitUntil('their end', () => pids.every(isGone))
})
