import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type HelperProcess, startHelper } from '../../../src/homes/helper-process.ts'
import type { HelperTask } from '../../../src/homes/protocol.ts'
import { emptyHome, homesRoot, isRoot } from '../../support/tool-home.ts'

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

const patience = 60_000

async function world(t: Test) {
  const root = homesRoot(t)
  const { put } = emptyHome(root, 'a')
  put('a.log', 'one\n')
  const place = { root, tool: 'a', minUid: isRoot ? 1000 : 0 }
  const log = (path = 'a.log'): HelperTask => ({ kind: 'log', place, path, part: { maxBytes: 100 } })
  const credentials: HelperTask = { kind: 'credentials', place, kubeconfig: '.kube/config', user: 'tf-a', now: 0 }
  const helper = startHelper()
  t.teardown(() => helper.kill())
  t.equal(await helper.ready, true)
  return { helper, put, log, credentials }
}

/** Helpers keep no process alive, and so the test has to. */
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))

const stopped = ({ pid = 0 }: HelperProcess): void => void process.kill(pid, 'SIGSTOP')

t.test('a helper does one task after the other', async t => {
  const { helper, log } = await world(t)
  t.type(helper.pid, 'number')
  t.match(await helper.run(log(), patience), { end: 'answer', answer: { log: { lines: ['one'] } } })
  t.match(await helper.run(log('none'), patience), { end: 'answer', answer: { problem: { kind: 'missing' } } })
  t.match(await helper.run(log(), patience), { end: 'answer', answer: { log: { size: 4 } } })
})

t.test('a helper that does not answer in time is killed, and the disk is to blame', async t => {
  const { helper, log } = await world(t)
  stopped(helper)
  t.same(await helper.run(log(), 50), { end: 'deadline', busy: 'disk' })
  await helper.ended
  await helper.gone
  t.throws(() => process.kill(helper.pid ?? 0, 0), { code: 'ESRCH' })
})

t.test('a helper that is killed while it works says so, and with what it was busy', async t => {
  const { helper, log } = await world(t)
  stopped(helper)
  const outcome = helper.run(log(), patience)
  process.kill(helper.pid ?? 0, 'SIGKILL')
  t.same(await outcome, { end: 'died', busy: 'disk' })
  await helper.ended
  await helper.gone
})

t.test('a text that wears it out is to blame itself', async t => {
  const { helper, put, credentials } = await world(t)
  put('.kube/config', '['.repeat(256 * 1024))
  t.same(await helper.run(credentials, patience), { end: 'died', busy: 'text' }, 'it used up its memory')
  await helper.gone
})

t.test('a fault of its code ends it, and is told', async t => {
  const { helper, log } = await world(t)
  const task = JSON.parse(JSON.stringify({ ...log(), part: undefined }))
  t.match(await helper.run(task, patience), { end: 'crash', reason: /TypeError/ })
  await helper.ended
  await helper.gone
})

t.test('one that is killed before it is ready never is', async t => {
  const helper = startHelper()
  helper.kill()
  t.equal(await helper.ready, false)
  await helper.ended
  await helper.gone
})

t.test('one that cannot be started is gone at once', async t => {
  const real = process.execPath
  process.execPath = '/nowhere/node'
  t.teardown(() => {
    process.execPath = real
  })
  const helper = startHelper()
  t.equal(helper.pid, undefined)
  t.equal(await helper.ready, false)
  await helper.ended
  await helper.gone
})

t.test("a helper gets nothing of the service's environment or output, and little memory", async t => {
  process.env['A_SECRET'] = 'of the service'
  t.teardown(() => delete process.env['A_SECRET'])
  const { helper } = await world(t)
  const proc = `/proc/${helper.pid}`
  if (!existsSync(proc)) return
  const environment = readFileSync(`${proc}/environ`, 'utf8')
  t.notMatch(environment, /A_SECRET|HOME=|PATH=/)
  t.match(environment, /UV_THREADPOOL_SIZE=1\0/)
  t.match(readFileSync(`${proc}/cmdline`, 'utf8'), /\0--max-old-space-size=64\0/)
  for (const fd of [0, 1, 2]) t.equal(readlinkSync(`${proc}/fd/${fd}`), '/dev/null')
})

t.test('a helper that is ready, and one that has ended, keep no service from ending', async t => {
  const script = `
    import { startHelper } from '${new URL('../../../src/homes/helper-process.ts', import.meta.url)}'
    const [one, other] = [startHelper(), startHelper()]
    await Promise.all([one.ready, other.ready])
    other.kill()
    console.log('ready')`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: patience })
  t.equal(String(stdout), 'ready\n')
  t.equal(status, 0)
})
