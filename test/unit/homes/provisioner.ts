import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HomeAccount } from '../../../src/homes/assignment.ts'
import { homesConfig } from '../../../src/homes/config.ts'
import { createHomes } from '../../../src/homes/homes.ts'
import type { ProvisionConfig } from '../../../src/homes/provision-config.ts'
import { createProvisioner } from '../../../src/homes/provisioner.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { parseConfig } from '../../../src/platform/config.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { hangingFs } from '../../support/hanging-fs.ts'
import { missing } from '../../support/programs.ts'
import {
  accessTo,
  hour,
  newAuthority,
  now,
  provisionSettings,
  sign,
  toolAccount,
  treeOf,
} from '../../support/provisioning.ts'
import { homesRoot, isRoot, toolUid } from '../../support/tool-home.ts'
import { waitUntil } from '../../support/wait-until.ts'

// Processes are started and killed, which a busy machine takes its time for.
t.setTimeout(180_000)

const clock = { now: () => now, sleep: systemClock.sleep }

async function world(t: Test, settings: Partial<ProvisionConfig> = {}) {
  const root = settings.root ?? homesRoot(t)
  let authority = await newAuthority()
  const config = provisionSettings(root, settings)
  const provisioner = createProvisioner(config, { clock, log: quietLog, cluster: () => accessTo(authority) })
  t.teardown(() => provisioner.stop())
  const provide = async (account: HomeAccount = toolAccount()) => {
    const { request } = await provisioner.prepare(account)
    await provisioner.install(account, { certificate: sign(authority, request) })
  }
  const exchange = async () => {
    authority = await newAuthority('next')
  }
  return { root, home: join(root, 'a'), config, provisioner, provide, exchange }
}

t.test('a home is made, seen, renewed and shut off; the jobs API reads what was written', async t => {
  const { root, config, provisioner, provide } = await world(t)
  const a = toolAccount()
  t.match(await provisioner.inspect(a), { home: 'missing' })
  await provide(a)
  const state = await provisioner.inspect(a)
  t.match(state, { home: 'right', kubeconfig: 'right', certificate: { signedBy: 0, notAfter: now + hour } })
  const homes = createHomes(
    { ...parseConfig(homesConfig, ''), root, min_uid: config.min_uid, deadline_ms: 20_000, helpers: 1 },
    { clock, log: quietLog },
  )
  t.teardown(() => homes.stop())
  t.match(await homes.credentials('a'), { tool: 'a', uid: toolUid(), notAfter: now + hour })
  await provisioner.settle(a)
  if (typeof state === 'string') throw new Error('nothing was known')
  t.equal(await provisioner.inspect(a, state.stamp), 'unchanged')
  await provisioner.disable(a)
  t.match(await provisioner.inspect(a, state.stamp), { certificate: { problem: 'useless' } })
})

t.test('a stamp holds as long as nothing is changed that is ours, here or there', async t => {
  const { home, provisioner, provide, exchange } = await world(t)
  const a = toolAccount()
  await provide(a)
  let stamp = ''
  const look = async () => {
    const state = await provisioner.inspect(a, stamp)
    if (state === 'unchanged') return 'unchanged'
    stamp = state.stamp
    return `${state.home} ${state.kubeconfig}`
  }
  t.equal(await look(), 'right right')
  t.equal(await look(), 'unchanged')
  writeFileSync(join(home, 'job.out'), 'x')
  mkdirSync(join(home, 'src'))
  t.equal(await look(), 'unchanged', "the owner's own files")
  const config = join(home, '.kube/config')
  writeFileSync(config, readFileSync(config, 'utf8').replace('/client.crt', '/client.xxx'))
  t.equal(await look(), 'right stale')
  t.equal(await look(), 'unchanged')
  await provisioner.settle(a)
  t.equal(await look(), 'right right')
  chmodSync(home, 0o755)
  t.equal(await look(), 'mend right')
  t.equal(await look(), 'unchanged')
  await provisioner.settle(a)
  t.equal(await look(), 'right right')
  await exchange()
  t.equal(await look(), 'right stale', 'another authority')
  rmSync(home, { recursive: true })
  t.equal(await look(), 'missing missing')
  t.equal(await look(), 'unchanged')
})

t.test('what is in the way is told by its kind, and other homes do not wait for it', async t => {
  const { home, provisioner, provide } = await world(t)
  await provide()
  rmSync(join(home, '.toolskube'), { recursive: true })
  writeFileSync(join(home, '.toolskube'), '')
  await t.rejects(provisioner.prepare(toolAccount()), { name: 'HomeProblem', kind: 'wrong' })
  await t.rejects(provisioner.settle(toolAccount('none', 1)), {
    name: 'HomeProblem',
    kind: 'unsettled',
    message: 'the home is not there',
  })
  await t.rejects(provisioner.inspect({ kind: 'tool', name: '..', uid: 1 }), RangeError)
  await provide(toolAccount('b', 1))
})

t.test('however many calls there are, each waits for its turn', async t => {
  const { provisioner, provide } = await world(t, { helpers: 2 })
  const accounts = Array.from({ length: 20 }, (_, i) => toolAccount(`t${i}`, i))
  await Promise.all(accounts.map(provide))
  const looks = await Promise.all(
    Array.from({ length: 600 }, (_, i) => provisioner.inspect(accounts[i % 20] ?? toolAccount())),
  )
  t.equal(looks.filter(look => look !== 'unchanged' && look.home === 'right').length, 600)
})

t.test('a private key never leaves its home', async t => {
  const { home, provisioner } = await world(t)
  const prepared = await provisioner.prepare(toolAccount())
  const key = readFileSync(join(home, '.toolskube/client.key'), 'utf8')
  t.same(Object.keys(prepared).toSorted(), ['publicKey', 'request'])
  const said = JSON.stringify([prepared, await provisioner.inspect(toolAccount())])
  t.notOk(said.includes('PRIVATE'))
  t.notOk(said.includes(key.split('\n')[1] ?? key))
})

/** A small disk of its own, unmounted after the test; undefined where it cannot be had. */
function smallDisk(t: Test, options: string): string | undefined {
  const root = homesRoot(t)
  if (!isRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', root]).status !== 0) {
    missing(t, 'needs root, and the right to mount a disk')
    return undefined
  }
  t.teardown(() => execFileSync('umount', ['-l', root]))
  chmodSync(root, 0o755)
  return root
}

t.test('a full disk is said to be full, and the old files stay whole', async t => {
  const root = smallDisk(t, 'size=256k,mode=755')
  if (root === undefined) return
  const { home, provisioner, provide } = await world(t, { root })
  const a = toolAccount()
  await provide(a)
  const { request } = await provisioner.prepare(a)
  writeFileSync(join(home, '.kube/config'), 'users: x')
  const before = treeOf(home)
  spawnSync('dd', ['if=/dev/zero', `of=${join(root, 'full')}`, 'bs=4k'])
  const full = { name: 'HomeProblem', kind: 'disk', message: /cannot be written now: the disk is full \(ENOSPC\)/ }
  await t.rejects(provisioner.prepare(a, { newKey: true }), full)
  await t.rejects(provisioner.install(a, { certificate: request }), { name: 'HomeProblem', kind: 'wrong' })
  await t.rejects(provisioner.settle(a), full)
  await t.rejects(provisioner.disable(a), full)
  t.same(treeOf(home), before)
  rmSync(join(root, 'full'))
  await provide(a)
  t.match(await provisioner.inspect(a), { home: 'right', kubeconfig: 'right' })
})

t.test('a disk that can only be read is said to be one, and homes on it can be looked into', async t => {
  const root = smallDisk(t, 'size=1m,mode=755')
  if (root === undefined) return
  const { home, provisioner, provide } = await world(t, { root })
  const a = toolAccount()
  await provide(a)
  const before = treeOf(home)
  execFileSync('mount', ['-o', 'remount,ro', root])
  const readOnly = { name: 'HomeProblem', kind: 'disk', message: /the disk can only be read \(EROFS\)/ }
  t.match(await provisioner.inspect(a), { home: 'right' })
  await t.rejects(provisioner.prepare(a, { newKey: true }), readOnly)
  await t.rejects(provisioner.prepare(toolAccount('b', 1)), readOnly)
  await t.rejects(provisioner.disable(a), readOnly)
  await provisioner.settle(a)
  t.same(treeOf(home), before)
})

t.test('a home that hangs is refused within the deadline; the others go on', async t => {
  const root = homesRoot(t)
  const fs = await hangingFs(t)
  if (fs === undefined) return
  const { provisioner, provide, config } = await world(t, { root, deadline_ms: 2000, helpers: 2 })
  const source = join(root, 'source')
  mkdirSync(source)
  await fs.mount(join(root, 'a'), source)
  await fs.hang(join(root, 'a'))
  await t.rejects(provisioner.inspect(toolAccount()), {
    name: 'DomainError',
    code: 'unavailable',
    message: /home of tool a .* does not answer/,
  })
  await t.rejects(provisioner.prepare(toolAccount()), { name: 'DomainError', code: 'unavailable' })
  await waitUntil('a good home', () =>
    provide(toolAccount('b', 1)).then(
      () => true,
      () => false,
    ),
  )
  t.ok(existsSync(join(config.root, 'b/.kube/config')))
  await fs.release(join(root, 'a'))
})

t.test('a killed helper is replaced, and the next try finds its home as it was', async t => {
  const { home, provisioner, provide } = await world(t, { helpers: 1 })
  await provide()
  const before = treeOf(home)
  const [pid = 0] = provisioner.pids()
  process.kill(pid, 'SIGSTOP')
  const renewal = provisioner.prepare(toolAccount(), { newKey: true })
  process.kill(pid, 'SIGKILL')
  await t.rejects(renewal, { name: 'DomainError', code: 'unavailable' })
  t.same(treeOf(home), before)
  await provide()
  t.ok(statSync(home).isDirectory())
  t.same(readdirSync(join(home, '.toolskube')).toSorted(), ['client.crt', 'client.key'])
})
