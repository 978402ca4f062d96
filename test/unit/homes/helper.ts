import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { emptyHome, homesRoot, isRoot, toolHome, toolUid } from '../../support/tool-home.ts'

const program = join(import.meta.dirname, '../../../src/homes/helper.ts')
const now = Date.UTC(2026, 10, 22, 12)
const life = { notBefore: now - 3_600_000, notAfter: now + 3_600_000 }

/** A helper, and what it said. */
async function started(t: Test) {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {} })
  t.teardown(() => child.kill('SIGKILL'))
  const said: unknown[] = []
  const waiting: (() => void)[] = []
  child.on('message', message => {
    said.push(message)
    for (const wake of waiting.splice(0)) wake()
  })
  const exit = once(child, 'exit')
  const gone = exit.then(() => 'gone')
  /** So many words, or all that it says before it ends. */
  const words = async (count: number): Promise<unknown[]> => {
    while (said.length < count) {
      const ended = await Promise.race([gone, new Promise<void>(resolve => waiting.push(resolve))])
      if (ended !== undefined) break
    }
    return said.splice(0)
  }
  t.same(await words(1), [{ ready: true }], 'it says when it is ready')
  return { child, words, exit }
}

const placeIn = (root: string, tool = 'a') => ({ root, tool, minUid: isRoot ? 1000 : 0 })
const reading = (root: string) => ({
  kind: 'credentials',
  place: placeIn(root),
  kubeconfig: '.kube/config',
  user: 'tf-a',
  now,
})
const log = (root: string, path: string, tool?: string) => ({
  kind: 'log',
  place: placeIn(root, tool),
  path,
  part: { maxBytes: 100 },
})

t.test('a helper says with what it is busy, and then what came of it', async t => {
  const root = homesRoot(t)
  const authority = await createAuthority({ commonName: 'test', ...life })
  const subject = [{ O: ['toolforge'] }, { CN: ['a'] }]
  const { put } = toolHome(root, {
    tool: 'a',
    pair: await authority.issue({ subject, usages: ['clientAuth'], ...life }),
  })
  const { child, words } = await started(t)
  child.send({ id: 7, task: reading(root) })
  t.match(await words(4), [
    { id: 7, busy: 'text' },
    { id: 7, busy: 'disk' },
    { id: 7, busy: 'text' },
    { id: 7, credentials: { uid: toolUid(), notAfter: life.notAfter } },
  ])
  put('a.log', 'one\n')
  child.send({ id: 8, task: log(root, 'a.log') })
  t.same(await words(1), [{ id: 8, log: { lines: ['one'], offset: 4, size: 4 } }])
  child.send({ id: 9, task: log(root, 'b.log') })
  t.same(await words(1), [{ id: 9, problem: { kind: 'missing', message: 'there is no such file' } }])
  child.send({ id: 10, task: log(root, '../x') })
  t.match(await words(1), [{ id: 10, problem: { kind: 'wrong', message: /does not lie within/ } }])
  child.send({ id: 11, task: log(root, 'x', 'none') })
  t.match(await words(1), [{ id: 11, problem: { kind: 'unsettled', message: /has no home/ } }])
})

t.test('a fault of its own code is told, and it takes no more tasks', async t => {
  const root = homesRoot(t)
  emptyHome(root, 'a')
  const { child, words, exit } = await started(t)
  child.send({ id: 1, task: { kind: 'log' } })
  t.match(await words(1), [{ id: 1, crash: /TypeError: .*\n +at readLog/ }])
  t.same(await exit, [0, null], 'it ends by itself')
})

t.test('signals for the whole terminal do not end it; the end of the service does', async t => {
  const root = homesRoot(t)
  emptyHome(root, 'a').put('a.log', 'one\n')
  const { child, words, exit } = await started(t)
  child.kill('SIGINT')
  child.kill('SIGTERM')
  child.send({ id: 1, task: log(root, 'a.log') })
  t.match(await words(1), [{ id: 1, log: { lines: ['one'] } }])
  child.disconnect()
  t.same(await exit, [0, null])
})

t.test('it stands in no folder that could go, makes no file for others, and has no group but its own', async t => {
  const groups = process.getgroups?.() ?? []
  if (isRoot) process.setgroups?.([4711])
  t.teardown(() => isRoot && process.setgroups?.(groups))
  const { child } = await started(t)
  const proc = `/proc/${child.pid}`
  if (!existsSync(proc)) return
  t.equal(readlinkSync(`${proc}/cwd`), '/')
  const status = readFileSync(`${proc}/status`, 'utf8')
  t.match(status, /^Umask:\t0077$/m)
  if (isRoot) t.match(status, /^Groups:\t *$/m)
})
