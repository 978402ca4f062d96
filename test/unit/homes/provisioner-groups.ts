import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ClusterAccess, HomeAccount } from '../../../src/homes/assignment.ts'
import type { HomeState } from '../../../src/homes/home-state.ts'
import type { ProvisionConfig } from '../../../src/homes/provision-config.ts'
import { createProvisioner } from '../../../src/homes/provisioner.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { createLog, quietLog } from '../../../src/platform/log.ts'
import { hangingFs, stateOf } from '../../support/hanging-fs.ts'
import { accessTo, newAuthority, provisioning, provisionSettings, toolAccount } from '../../support/provisioning.ts'
import { homesRoot, isRoot, toolUid } from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

/*
 * Looks that are asked for at once go to a helper in one message. That must be seen by nobody: each home has its own answer.
 */

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

const needsRoot = { skip: isRoot ? false : 'needs root, for homes of several owners' }

interface World {
  root: string
  settings?: Partial<ProvisionConfig>
  access?: () => ClusterAccess
}

async function worldOf(t: Test, { root, settings, access }: World) {
  const authority = await newAuthority()
  const said: string[] = []
  const log = createLog({ level: 'warn', service: 'test' }, { write: line => said.push(line) })
  const cluster = access ?? (() => accessTo(authority))
  const provisioner = createProvisioner(provisionSettings(root, { helpers: 1, retry_s: 1, ...settings }), {
    clock: systemClock,
    log,
    cluster,
  })
  t.teardown(() => provisioner.stop())
  await provisioner.start()
  /** What is said of each home, or the message of the refusal; asked for at once. */
  const lookAtAll = async (accounts: readonly HomeAccount[], known: readonly (string | undefined)[] = []) =>
    Promise.all(
      accounts.map((account, at) => provisioner.inspect(account, known[at]).catch((error: Error) => error.message)),
    )
  return { provisioner, lookAtAll, said }
}

type Look = HomeState | string
const stampOf = (look: Look | undefined): string | undefined => (typeof look === 'object' ? look.stamp : undefined)
const keyOf = (look: Look | undefined): string | undefined =>
  typeof look === 'object' && 'publicKey' in look.key ? look.key.publicKey : undefined

/** Homes with a key of their own each, by which they are told apart. */
async function homesOf(t: Test, root: string, count: number) {
  const w = await provisioning(t, { root })
  const accounts = Array.from({ length: count }, (_, at) => toolAccount(`t${at}`, at))
  const keys: string[] = []
  for (const account of accounts) keys.push((await w.prepare(account)).publicKey)
  return { accounts, keys }
}

t.test(
  'each of many homes has its own answer, in the order of asking; a foreign one and a missing one, too',
  async t => {
    const root = homesRoot(t)
    const { accounts, keys } = await homesOf(t, root, 150)
    const { lookAtAll, said } = await worldOf(t, { root, settings: { helpers: 2 } })
    rmSync(join(root, 't70'), { recursive: true })
    rmSync(join(root, 't71'), { recursive: true })
    writeFileSync(join(root, 't71'), 'no folder')
    const looks = await lookAtAll(accounts)
    t.same(
      looks.map(keyOf),
      keys.map((key, at) => (at === 70 || at === 71 ? undefined : key)),
    )
    t.match(looks[70], { home: 'missing' })
    t.match(looks[71], { home: 'foreign', reasons: ["the tool's home is not a folder"] })
    const stamps = looks.map(stampOf)
    t.equal(new Set(stamps).size, 150, 'and each a stamp of its own')
    put(root, toolAccount('t149', 149), 'users: []')
    const again = await lookAtAll(accounts, stamps)
    t.same([...new Set(again.slice(0, 149))], ['unchanged'])
    t.match(again[149], { kubeconfig: 'stale' })
    t.same(said, [], 'and no helper was lost')
  },
)

/** Gives a home a kubeconfig. */
function put(root: string, { name, uid }: HomeAccount, text: string): void {
  const file = join(root, name, '.kube/config')
  writeFileSync(file, text, { mode: 0o600 })
  if (isRoot) chownSync(file, uid, uid)
}

t.test('a problem of one home is the answer of that home', needsRoot, async t => {
  const root = homesRoot(t)
  const { accounts } = await homesOf(t, root, 5)
  const { lookAtAll } = await worldOf(t, { root })
  chownSync(join(root, 't1'), 65_534, 65_534)
  chownSync(join(root, 't2'), toolUid(77), toolUid(77))
  const looks = await lookAtAll(accounts)
  t.equal(looks[1], 'the disk does not tell who owns the home')
  t.match(looks[2], { home: 'foreign', reasons: [/^the home belongs to another account/] })
  for (const at of [0, 3, 4]) t.type(keyOf(looks[at]), 'string')
})

t.test('homes of people are looked at beside those of tools', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 2)
  mkdirSync(join(root, 'people/t0'), { recursive: true })
  const uid = toolUid(9)
  if (isRoot) chownSync(join(root, 'people/t0'), uid, uid)
  const { lookAtAll } = await worldOf(t, { root })
  const person: HomeAccount = { kind: 'person', name: 't0', uid }
  const [one, two, three] = await lookAtAll([...accounts.slice(0, 1), person, ...accounts.slice(1)])
  t.same([one, three].map(keyOf), keys)
  t.match(two, { home: 'mend', key: { problem: 'missing' } })
})

t.test('a home that is asked for many times at once is answered as often', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 2)
  const { lookAtAll } = await worldOf(t, { root, settings: { helpers: 2 } })
  const asked = Array.from({ length: 50 }, (_, at) => accounts[at % 2] ?? toolAccount())
  t.same(
    (await lookAtAll(asked)).map(keyOf),
    asked.map((_, at) => keys[at % 2]),
  )
})

t.test('what is asked for after the authorities have changed is answered by the new ones', async t => {
  const root = homesRoot(t)
  const { accounts } = await homesOf(t, root, 4)
  let access = accessTo(await newAuthority())
  const { provisioner, lookAtAll } = await worldOf(t, { root, access: () => access })
  const first = await lookAtAll(accounts)
  const stamps = first.map(stampOf)
  const before = lookAtAll(accounts.slice(0, 2), stamps)
  access = accessTo(await newAuthority('next'))
  const after = lookAtAll(accounts.slice(2), stamps.slice(2))
  t.same(await before, ['unchanged', 'unchanged'])
  for (const look of await after) t.type(stampOf(look), 'string')
  await provisioner.stop()
})

t.test('homes for which a message has no time come in the next; that costs no helper', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 64)
  // Each takes a small part of a second to read, and all more than half the deadline.
  for (const account of accounts) put(root, account, `users:\n${'- {name: me, user: {token: x}}\n'.repeat(300)}`)
  const { provisioner, lookAtAll, said } = await worldOf(t, { root, settings: { deadline_ms: 3000 } })
  const [pid] = provisioner.pids()
  const began = performance.now()
  const looks = await lookAtAll(accounts)
  const took = performance.now() - began
  t.same(looks.map(keyOf), keys)
  t.same([provisioner.pids(), said], [[pid], []])
  t.comment(`the deadline is 3000 ms, and all took ${took.toFixed()}`)
})

t.test('one home that hangs costs a helper, and the others nothing but a wait', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 40)
  const source = join(homesRoot(t), 'source')
  mkdirSync(source)
  const fs = await hangingFs(t)
  if (fs === undefined) return
  rmSync(join(root, 't20'), { recursive: true })
  await fs.mount(join(root, 't20'), source)
  const { provisioner, lookAtAll, said } = await worldOf(t, { root, settings: { deadline_ms: 2000 } })
  await fs.hang(join(root, 't20'))
  const looks = await lookAtAll(accounts)
  t.match(looks[20], /^The home of tool t20 on the shared disk does not answer/)
  t.same(
    looks.map(keyOf),
    keys.map((key, at) => (at === 20 ? undefined : key)),
  )
  t.match(
    said.map(line => JSON.parse(line)),
    [
      { homes: 40, msg: 'one of several homes cost a helper process; each is asked for alone' },
      { tool: 't20', hanging: 1, msg: 'a home cost a helper process' },
    ],
  )
  said.splice(0)
  const again = await lookAtAll(accounts, looks.map(stampOf))
  t.same([...new Set(again.toSpliced(20, 1))], ['unchanged'])
  t.match(again[20], /^The home of tool t20 on the shared disk does not answer/, 'it is not tried while it hangs')
  t.same(said, [])
  await fs.release(join(root, 't20'))
  await fs.hang(join(root, 't20'))
  await waitUntil('it to be tried again', async () => {
    const others = (await lookAtAll(accounts, looks.map(stampOf))).toSpliced(20, 1)
    if (others.some(look => look !== 'unchanged')) t.fail('another home was not looked at')
    return said.length > 0
  })
  t.match(
    said.map(line => JSON.parse(line)),
    [{ tool: 't20' }],
    'alone, as it has cost a helper before',
  )
  await fs.release(join(root, 't20'))
  await waitUntil('the home that hung', async () => {
    const [look] = await lookAtAll([toolAccount('t20', 20)])
    return typeof look === 'object'
  })
  t.equal(provisioner.pids().length, 1)
})

t.test('as many hanging homes as there may be, beside each other, are found one by one', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 12)
  const source = join(homesRoot(t), 'source')
  mkdirSync(source)
  const fs = await hangingFs(t)
  if (fs === undefined) return
  const bad = [3, 4]
  for (const at of bad) {
    rmSync(join(root, `t${at}`), { recursive: true })
    await fs.mount(join(root, `t${at}`), source)
    await fs.hang(join(root, `t${at}`))
  }
  const { lookAtAll } = await worldOf(t, { root, settings: { deadline_ms: 1500, max_stuck: 3 } })
  const looks = await lookAtAll(accounts)
  for (const at of bad) t.match(looks[at], new RegExp(`^The home of tool t${at} on the shared disk does not answer`))
  t.same(
    looks.map(keyOf),
    keys.map((key, at) => (bad.includes(at) ? undefined : key)),
  )
})

t.test('when the whole disk hangs a few homes are tried, and the others are refused without', async t => {
  const root = homesRoot(t)
  const source = homesRoot(t)
  const { accounts } = await homesOf(t, source, 40)
  const fs = await hangingFs(t)
  if (fs === undefined) return
  await fs.mount(root, source)
  await fs.hang(root)
  const { lookAtAll } = await worldOf(t, { root, settings: { deadline_ms: 300, max_stuck: 3, retry_s: 60 } })
  const looks = await lookAtAll(accounts)
  const tried = looks.filter(look => /^The home of tool t\d+ on the shared disk does not answer/.test(String(look)))
  const refused = looks.filter(look => /^Too many homes on the shared disk do not answer/.test(String(look)))
  t.strictSame([tried.length, refused.length], [3, 37])
  const again = await lookAtAll(accounts)
  t.strictSame(again.toSorted(), looks.toSorted(), 'and so until some time has passed')
})

t.test('a helper that dies while it has many homes: each of them is asked for again', async t => {
  const root = homesRoot(t)
  const { accounts, keys } = await homesOf(t, root, 30)
  const sources = homesRoot(t)
  const fs = await hangingFs(t)
  if (fs === undefined) return
  const { provisioner, lookAtAll, said } = await worldOf(t, { root })
  const target = join(root, 't15')
  rmSync(target, { recursive: true })
  await fs.mount(target, sources)
  await fs.hang(target)
  const looking = lookAtAll(accounts)
  await waitUntil('the helper to be in the middle', async () => (await fs.held(target)) > 0)
  const [pid = 0] = provisioner.pids()
  process.kill(pid, 'SIGKILL')
  await fs.release(target)
  await waitUntil('it to be gone', () => stateOf({ pid }) === undefined)
  const looks = await looking
  t.same(
    looks.map(keyOf),
    keys.map((key, at) => (at === 15 ? undefined : key)),
  )
  t.match(looks[15], { home: 'foreign' })
  t.match(
    said.map(line => JSON.parse(line)),
    [{ homes: 30, end: 'died' }],
  )
})

t.test('after a stop nobody is left waiting', async t => {
  const root = homesRoot(t)
  const { accounts } = await homesOf(t, root, 3)
  const { provisioner, lookAtAll } = await worldOf(t, { root })
  const [pid = 0] = provisioner.pids()
  process.kill(pid, 'SIGSTOP')
  const running = lookAtAll(accounts)
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  const waiting = lookAtAll(accounts)
  await provisioner.stop()
  const stopped = 'The service is stopping; try again in 1 s'
  t.same(await running, [stopped, stopped, stopped])
  t.same(await waiting, [stopped, stopped, stopped])
  t.same(await lookAtAll(accounts), [stopped, stopped, stopped])
})

t.test('what its owner alone may see is looked at as its owner', needsRoot, async t => {
  const root = homesRoot(t)
  const { accounts } = await homesOf(t, root, 2)
  const { lookAtAll } = await worldOf(t, { root })
  const stamps = (await lookAtAll(accounts)).map(stampOf)
  // Root would still see the key in it; to its owner it is out of reach.
  chmodSync(join(root, 't0/.toolskube'), 0)
  const [closed, same] = await lookAtAll(accounts, stamps)
  t.match(closed, { home: 'mend', key: { problem: 'unreadable' } })
  t.equal(same, 'unchanged')
  t.equal((await lookAtAll(accounts, [stampOf(closed)]))[0], 'unchanged')
})

t.test('whoever waits is told when no helper can be started', async t => {
  const root = homesRoot(t)
  const { execPath } = process
  t.teardown(() => {
    process.execPath = execPath
  })
  process.execPath = join(root, 'no-such-program')
  const authority = await newAuthority()
  const provisioner = createProvisioner(provisionSettings(root, { deadline_ms: 100 }), {
    clock: systemClock,
    log: quietLog,
    cluster: () => accessTo(authority),
  })
  t.teardown(() => provisioner.stop())
  const looks = await Promise.allSettled([toolAccount(), toolAccount('b')].map(account => provisioner.inspect(account)))
  for (const look of looks)
    t.match(look, { status: 'rejected', reason: { code: 'unavailable', message: /^Too many homes are being read/ } })
})
