import fs, {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { atOwnHome, lookAtOwn, makeHome, mendFolders } from '../../../src/homes/own-home.ts'
import { provisioning, toolAccount } from '../../support/provisioning.ts'
import { isRoot, toolUid } from '../../support/tool-home.ts'

type Operation = 'chmodSync' | 'chownSync' | 'lchownSync' | 'lstatSync' | 'mkdirSync' | 'renameSync' | 'fsyncSync'

/** What is done just after the first file operation of that kind, or after the first on a path that `when` holds for. */
interface Deed {
  after: Operation
  when?: (path: unknown) => boolean
  deed: (path: unknown) => void
}

function meanwhile(t: Test, { after: name, when = () => true, deed }: Deed): void {
  const real: unknown = fs[name]
  if (typeof real !== 'function') throw new Error(`there is no ${name}`)
  let isDone = false
  const replace = (by: unknown): void => {
    Object.assign(fs, { [name]: by })
    syncBuiltinESMExports()
  }
  replace((...args: unknown[]): unknown => {
    const result: unknown = Reflect.apply(real, fs, args)
    if (!isDone && when(args[0])) {
      isDone = true
      deed(args[0])
    }
    return result
  })
  t.teardown(() => replace(real))
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o7777
const own = (path: string, uid = toolUid()) => chownSync(path, uid, isRoot ? uid : (process.getegid?.() ?? uid))

t.test('a home is made whole before it has its name', async t => {
  const w = await provisioning(t)
  const next = join(w.root, '.a.kubeusers-new')
  let isWhole = false
  meanwhile(t, {
    after: 'renameSync',
    when: path => path === next,
    deed: () => {
      isWhole = true
      t.equal(modeOf(w.home), 0o2775)
      t.equal(lstatSync(w.home).uid, toolUid())
    },
  })
  t.equal(makeHome(w.assignment()).ino, lstatSync(w.home, { bigint: true }).ino)
  t.ok(isWhole)
  t.same(readdirSync(w.root), ['a'])
})

t.test('while it is being made a home is open to nobody else', async t => {
  const w = await provisioning(t)
  const modes: number[] = []
  meanwhile(t, { after: 'mkdirSync', deed: path => modes.push(modeOf(String(path))) })
  makeHome(w.assignment())
  t.same(modes, [0o700])
})

t.test('that a home was made is on the disk before anything else is done', async t => {
  const w = await provisioning(t)
  const synced: bigint[] = []
  meanwhile(t, { after: 'fsyncSync', deed: fd => synced.push(fs.fstatSync(Number(fd), { bigint: true }).ino) })
  makeHome(w.assignment())
  t.same(synced, [statSync(w.root, { bigint: true }).ino])
})

t.test('a home that somebody else makes meanwhile is not replaced', async t => {
  const w = await provisioning(t)
  meanwhile(t, { after: 'mkdirSync', when: path => path !== w.home, deed: () => mkdirSync(w.home, { mode: 0o711 }) })
  t.throws(() => makeHome(w.assignment()), {
    name: 'HomeProblem',
    kind: 'unsettled',
    message: 'the home was made by somebody else meanwhile',
  })
  t.equal(modeOf(w.home), 0o711)
})

t.test('a home that goes while it is made is told', async t => {
  const w = await provisioning(t)
  meanwhile(t, { after: 'fsyncSync', deed: () => rmSync(w.home, { recursive: true }) })
  t.throws(() => makeHome(w.assignment()), {
    name: 'HomeProblem',
    kind: 'unsettled',
    message: 'the home was removed while it was being made',
  })
})

t.test('a home that was exchanged since it was looked at is not entered', async t => {
  const w = await provisioning(t)
  await w.provide()
  const assignment = w.assignment()
  const seen = lookAtOwn(assignment)
  if (seen === undefined) throw new Error('there is a home')
  renameSync(w.home, `${w.home}-before`)
  mkdirSync(w.home)
  own(w.home)
  const before = process.cwd()
  t.throws(() => atOwnHome(assignment, seen, home => mendFolders(assignment, home)), {
    name: 'HomeProblem',
    kind: 'unsettled',
    message: 'a folder of the home was replaced while it was being read',
  })
  t.same(readdirSync(w.home), [])
  t.equal(process.cwd(), before)
})

t.test("an account's home is its own: an owner of the system, or another one, is refused", async t => {
  const w = await provisioning(t)
  t.equal(lookAtOwn(w.assignment()), undefined)
  mkdirSync(w.home)
  if (!isRoot) return
  for (const [uid, kind] of [
    [0, 'wrong'],
    [999, 'wrong'],
    [65_534, 'disk'],
    [toolUid(1), 'wrong'],
  ] as const) {
    own(w.home, uid)
    t.throws(() => lookAtOwn(w.assignment()), { name: 'HomeProblem', kind }, `${uid}`)
  }
  own(w.home)
  t.equal(lookAtOwn(w.assignment())?.ino, lstatSync(w.home, { bigint: true }).ino)
  for (const uid of [0, 999])
    t.throws(() => lookAtOwn(w.assignment({ ...toolAccount(), uid })), { name: 'HomeProblem', kind: 'wrong' })
})

t.test('folders that are deeper are made one after the other, each closed', async t => {
  const w = await provisioning(t, { kubeconfig: '.config/next/kubeconfig' })
  await w.provide()
  t.same(readdirSync(w.home).toSorted(), ['.config', '.toolskube', 'logs'])
  for (const folder of ['.config', '.config/next', '.toolskube']) t.equal(modeOf(join(w.home, folder)), 0o700, folder)
  chmodSync(join(w.home, '.config'), 0o755)
  chmodSync(join(w.home, '.config/next'), 0o777)
  w.settle()
  for (const folder of ['.config', '.config/next']) t.equal(modeOf(join(w.home, folder)), 0o700, folder)
  t.match(w.inspect(), { home: 'right', kubeconfig: 'right' })
})

t.test('what stands in the place of logs is let be', async t => {
  const w = await provisioning(t)
  await w.provide()
  const logs = join(w.home, 'logs')
  rmSync(logs, { recursive: true })
  symlinkSync('/nowhere', logs)
  w.settle()
  t.ok(lstatSync(logs).isSymbolicLink())
  rmSync(logs)
  closeSync(fs.openSync(logs, 'w'))
  w.settle()
  t.ok(lstatSync(logs).isFile())
})

t.test('the mask of the process stays as it was, and keeps no right from the folder for logs', async t => {
  const w = await provisioning(t)
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  await w.provide()
  t.equal(process.umask(), 0o077)
  t.equal(modeOf(join(w.home, 'logs')), 0o2775)
  t.notOk(existsSync(join(w.root, '.a.kubeusers-new')))
})
