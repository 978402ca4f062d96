import { execFileSync, spawn } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import type { HomeAccount } from '../../../src/homes/assignment.ts'
import { freshKubeconfig } from '../../../src/homes/kubeconfig-entries.ts'
import { HomeProblem } from '../../../src/homes/problem.ts'
import { disableHome, installCertificate, prepareHome, settleHome } from '../../../src/homes/provision-home.ts'
import { readCredentials } from '../../../src/homes/tasks.ts'
import { newKey } from '../../../src/pki/request.ts'
import { hour, newAuthority, now, provisioning, sign, toolAccount, treeOf } from '../../support/provisioning.ts'
import { isRoot, toolUid } from '../../support/tool-home.ts'

type World = Awaited<ReturnType<typeof provisioning>>

const needsRoot = isRoot ? {} : { skip: 'needs root' }
const modeOf = (path: string): number => lstatSync(path).mode & 0o7777
const own = (path: string, uid = toolUid()) => chownSync(path, uid, isRoot ? uid : (process.getegid?.() ?? uid))
const put = (path: string, content: string, mode = 0o600) => {
  rmSync(path, { recursive: true, force: true })
  writeFileSync(path, content, { mode })
  chmodSync(path, mode)
  own(path)
}
const readable = ({ config, authority: _ }: World, tool = 'a') =>
  readCredentials(
    {
      kind: 'credentials',
      place: { root: config.root, tool, minUid: config.min_uid },
      kubeconfig: config.kubeconfig,
      user: `tf-${tool}`,
      now,
    },
    () => {},
  )

t.test('from nothing to a home that the API can read', async t => {
  const w = await provisioning(t)
  t.match(w.inspect(), { home: 'missing', key: { problem: 'missing' }, certificate: { problem: 'missing' } })
  const before = { cwd: process.cwd(), uid: process.geteuid?.(), gid: process.getegid?.(), umask: process.umask() }
  const { request, publicKey } = await w.prepare()
  t.match(w.inspect(), {
    home: 'right',
    key: { publicKey },
    certificate: { problem: 'missing' },
    kubeconfig: 'missing',
  })
  const certificate = sign(w.authority, request)
  w.install(certificate)
  t.same({ cwd: process.cwd(), uid: process.geteuid?.(), gid: process.getegid?.(), umask: process.umask() }, before)
  t.match(w.inspect(), {
    home: 'right',
    reasons: [],
    key: { publicKey },
    certificate: { publicKey, signedBy: 0, notBefore: now - hour, notAfter: now + hour },
    kubeconfig: 'right',
  })
  t.match(readable(w), { uid: toolUid(), notAfter: now + hour })
  const tree = treeOf(w.home)
  t.same(Object.keys(tree), [
    '.',
    '.kube',
    '.kube/config',
    '.toolskube',
    '.toolskube/client.crt',
    '.toolskube/client.key',
    'logs',
  ])
  t.equal(modeOf(w.home), 0o2775)
  t.equal(modeOf(join(w.home, 'logs')), 0o2775)
  t.equal(modeOf(join(w.home, '.kube/config')), 0o600)
  t.equal(modeOf(join(w.home, '.toolskube/client.crt')), 0o400)
  t.equal(modeOf(join(w.home, '.toolskube/client.key')), 0o400)
  for (const name of Object.keys(tree)) {
    t.equal(lstatSync(join(w.home, name)).uid, toolUid(), name)
    if (isRoot) t.equal(lstatSync(join(w.home, name)).gid, toolUid(), name)
  }
  t.same(readdirSync(w.root), ['a'], 'nothing is left beside it')
})

t.test('D11: the folders of key and kubeconfig are closed to everybody else, and closed again', async t => {
  const w = await provisioning(t)
  await w.provide()
  for (const folder of ['.toolskube', '.kube']) {
    t.equal(modeOf(join(w.home, folder)), 0o700)
    for (const mode of [0o775, 0o2770, 0o777, 0o500, 0]) {
      chmodSync(join(w.home, folder), mode)
      t.match(w.inspect(), { home: 'mend', reasons: [/the mode of "\.\w+" is/] })
      w.settle()
      t.equal(modeOf(join(w.home, folder)), 0o700)
      t.match(w.inspect(), { home: 'right' })
    }
  }
})

t.test('D11: a folder of another owner is refused, and nothing is written into it', needsRoot, async t => {
  const w = await provisioning(t)
  await w.provide()
  for (const folder of ['.toolskube', '.kube']) {
    own(join(w.home, folder), toolUid(1))
    chmodSync(join(w.home, folder), 0o777)
    const before = treeOf(w.home)
    t.match(w.inspect(), { home: 'foreign', reasons: [`"${folder}" belongs to another account; move it away`] })
    const refusal = {
      name: 'HomeProblem',
      kind: 'wrong',
      message: `"${folder}" belongs to another account; move it away`,
    }
    await t.rejects(w.prepare(toolAccount(), true), refusal)
    t.throws(() => w.settle(), refusal)
    t.same(treeOf(w.home), before)
    own(join(w.home, folder))
    w.settle()
  }
})

t.test('everything may be done again, and changes nothing', async t => {
  const w = await provisioning(t)
  const { request } = await w.prepare()
  const certificate = sign(w.authority, request)
  w.install(certificate)
  const stats = () =>
    ['.kube/config', '.toolskube/client.crt', '.toolskube/client.key'].map(f => statSync(join(w.home, f)).ino)
  const before = [treeOf(w.home), stats()]
  const state = w.inspect()
  t.equal((await w.prepare()).publicKey, 'publicKey' in state.key ? state.key.publicKey : '')
  w.install(certificate)
  w.settle()
  t.same([treeOf(w.home), stats()], before)
  t.equal(w.again(state.stamp), 'unchanged')
})

t.test('a renewal keeps the key, unless a new one is wanted', async t => {
  const w = await provisioning(t)
  const first = await w.prepare()
  w.install(sign(w.authority, first.request))
  const second = await w.prepare()
  t.equal(second.publicKey, first.publicKey)
  w.install(sign(w.authority, second.request, now + 2 * hour))
  t.equal(readable(w).notAfter, now + 2 * hour)
  const third = await w.prepare(toolAccount(), true)
  t.not(third.publicKey, first.publicKey)
  t.match(w.inspect(), { key: { publicKey: third.publicKey }, certificate: { publicKey: first.publicKey } })
  t.throws(() => readable(w), { name: 'HomeProblem', kind: 'unsettled' }, 'readers go on with what they know meanwhile')
  w.install(sign(w.authority, third.request))
  t.ok(readable(w))
})

t.test('a certificate that does not fit is not written', async t => {
  const w = await provisioning(t)
  await w.provide()
  const before = treeOf(w.home)
  const b = await w.prepare(toolAccount('b', 1))
  const { request } = await w.prepare()
  const pair = await w.authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: ['a'] }],
    usages: ['clientAuth'],
    notBefore: now,
    notAfter: now + hour,
  })
  const server = await w.authority.issue({
    subject: [{ O: ['toolforge'] }, { CN: ['a'] }],
    usages: ['serverAuth'],
    notBefore: now,
    notAfter: now + hour,
  })
  for (const [certificate, kind, message] of [
    [sign(w.authority, b.request), 'wrong', /not the account's/],
    [pair.certificate, 'unsettled', /does not belong to the key in the home/],
    [server.certificate, 'wrong', /not one for clients/],
    [sign(w.authority, request, now - 1000), 'wrong', /has ended/],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'wrong', /cannot be read/],
    [`${'x'.repeat(70_000)}`, 'wrong', /too large/],
    [w.authority.certificate, 'wrong', /not the account's/],
  ] as const)
    t.throws(() => w.install(certificate), { name: 'HomeProblem', kind, message })
  t.same(treeOf(w.home), before)
})

t.test('a key that cannot be used is replaced; whatever stands in its place, too', async t => {
  const w = await provisioning(t)
  await w.provide()
  const key = join(w.home, '.toolskube/client.key')
  const victim = join(w.home, 'victim')
  put(victim, newKey('ec'), 0o644)
  const plant: Record<string, () => void> = {
    nothing: () => rmSync(key, { force: true }),
    rubbish: () => put(key, 'no key'),
    'a passphrase': () =>
      put(key, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n'),
    'a link': () => {
      rmSync(key)
      symlinkSync('../victim', key)
    },
    'a dangling link': () => {
      rmSync(key)
      symlinkSync('/nowhere', key)
    },
    'a FIFO': () => {
      rmSync(key)
      execFileSync('mkfifo', [key])
      own(key)
    },
    'a huge file': () => {
      put(key, '')
      truncateSync(key, 2 ** 40)
    },
    ...(isRoot
      ? {
          "somebody else's key": () => {
            put(key, newKey('ec'), 0o644)
            own(key, toolUid(1))
          },
        }
      : {}),
  }
  for (const [what, how] of Object.entries(plant)) {
    how()
    t.match(w.inspect().key, { problem: /missing|unreadable|unusable/ }, what)
    const { publicKey, request } = await w.prepare()
    t.same(w.inspect().key, { publicKey }, what)
    t.ok(lstatSync(key).isFile())
    t.equal(modeOf(key), 0o400)
    w.install(sign(w.authority, request))
    t.ok(readable(w))
    t.equal(modeOf(victim), 0o644)
  }
  rmSync(key)
  mkdirSync(key)
  own(key)
  await t.rejects(w.prepare(), { kind: 'wrong', message: '".toolskube/client.key" is not a regular file' })
})

t.test('another name of a key, and what it held, stay as they are', async t => {
  const w = await provisioning(t)
  await w.provide()
  const other = join(w.home, 'other')
  const key = join(w.home, '.toolskube/client.key')
  linkSync(key, other)
  chmodSync(other, 0o640)
  const before = readFileSync(other, 'utf8')
  w.settle()
  t.equal(modeOf(key), 0o400)
  t.equal(modeOf(other), 0o640)
  const { request } = await w.prepare(toolAccount(), true)
  w.install(sign(w.authority, request))
  t.equal(readFileSync(other, 'utf8'), before)
})

t.test('what an interrupted change left is removed, whatever was planted in its place', async t => {
  const w = await provisioning(t)
  await w.provide()
  const victim = join(w.home, 'victim')
  put(victim, 'precious', 0o640)
  const leftovers = [
    '.toolskube/.client.crt.kubeusers-new',
    '.toolskube/.client.key.kubeusers-new',
    '.kube/.config.kubeusers-new',
  ]
  for (const name of leftovers) {
    const path = join(w.home, name)
    for (const plant of [
      () => put(path, 'half'),
      () => symlinkSync('../victim', path),
      () => linkSync(victim, path),
      () => execFileSync('mkfifo', [path]),
      () => mkdirSync(path),
    ]) {
      plant()
      t.match(w.inspect(), { home: 'mend', reasons: [`"${name}" was left by an interrupted change`] })
      const { request } = await w.prepare(toolAccount(), true)
      w.install(sign(w.authority, request))
      t.match(w.inspect(), { home: 'right' })
      t.equal(readFileSync(victim, 'utf8'), 'precious')
      t.equal(modeOf(victim), 0o640)
    }
    mkdirSync(join(path, 'full'), { recursive: true })
    await t.rejects(w.prepare(), { kind: 'wrong', message: /is a folder that stands in the way; remove it/ })
    rmSync(path, { recursive: true })
  }
})

t.test('links and files in the place of folders are refused, and not followed', async t => {
  const w = await provisioning(t)
  const elsewhere = join(w.root, 'elsewhere')
  mkdirSync(elsewhere)
  own(elsewhere)
  for (const folder of ['.toolskube', '.kube']) {
    await w.provide()
    const path = join(w.home, folder)
    rmSync(path, { recursive: true })
    symlinkSync(elsewhere, path)
    t.match(w.inspect(), { home: 'foreign', reasons: [`"${folder}" is a symbolic link; put the folder itself there`] })
    await t.rejects(w.prepare(), { kind: 'wrong', message: /symbolic link/ })
    t.throws(() => w.settle(), { name: 'HomeProblem', kind: 'wrong', message: /symbolic link/ })
    t.throws(() => w.install('x'), { name: 'HomeProblem', kind: 'wrong', message: /symbolic link/ })
    await w.disable()
    t.same(readdirSync(elsewhere), [])
    rmSync(path)
    put(path, 'a file')
    t.match(w.inspect(), { home: 'foreign', reasons: [`"${folder}" is not a folder`] })
    await t.rejects(w.prepare(), { name: 'HomeProblem', kind: 'wrong' })
    rmSync(path)
  }
  await w.provide()
  t.ok(readable(w))
})

t.test('a folder that is exchanged for a link again and again leads nowhere else', async t => {
  const w = await provisioning(t)
  await w.provide()
  const elsewhere = join(w.root, 'elsewhere')
  mkdirSync(elsewhere)
  own(elsewhere)
  chmodSync(elsewhere, 0o777)
  const program = `
    const { renameSync, symlinkSync, rmSync } = require('node:fs')
    symlinkSync(${JSON.stringify(elsewhere)}, '.link')
    process.on('disconnect', () => process.exit())
    const tried = (...steps) => {
      for (const step of steps) try { step() } catch {}
    }
    const clear = name => rmSync(name, { recursive: true, force: true })
    const move = (from, to) => {
      try {
        renameSync(from, to)
      } catch {
        tried(() => clear(to))
      }
    }
    const swap = () => {
      for (let i = 0; i < 50; i++) {
        move('.toolskube', '.aside')
        move('.link', '.toolskube')
        move('.toolskube', '.link')
        move('.aside', '.toolskube')
      }
      tried(() => clear('.link'), () => symlinkSync(${JSON.stringify(elsewhere)}, '.link'))
      setImmediate(swap)
    }
    process.send('ready')
    swap()`
  const owner = isRoot ? { uid: toolUid(), gid: toolUid() } : {}
  const child = spawn(process.execPath, ['-e', program], {
    cwd: w.home,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...owner,
  })
  const ended = once(child, 'exit')
  await once(child, 'message')
  let refusals = 0
  for (let i = 0; i < 100; i++)
    await w.prepare(toolAccount(), true).catch((error: unknown) => {
      if (!(error instanceof HomeProblem)) throw error
      refusals++
    })
  child.disconnect()
  await ended
  t.comment(`${refusals} of 100 were refused`)
  t.same(readdirSync(elsewhere), [])
})

t.test('a home of somebody else, or none, is not touched', needsRoot, async t => {
  const w = await provisioning(t)
  mkdirSync(w.home)
  own(w.home, toolUid(1))
  t.match(w.inspect(), {
    home: 'foreign',
    reasons: [`the home belongs to another account: its uid is ${toolUid(1)}, the account's ${toolUid()}`],
  })
  const refusal = { name: 'HomeProblem', kind: 'wrong', message: /belongs to another account/ }
  await t.rejects(w.prepare(), refusal)
  t.throws(() => w.settle(), refusal)
  await t.rejects(w.disable(), refusal)
  t.same(readdirSync(w.home), [])
  rmSync(w.home, { recursive: true })
  for (const plant of [() => put(w.home, 'a file'), () => symlinkSync('/tmp', w.home)]) {
    plant()
    t.match(w.inspect(), { home: 'foreign', reasons: ["the tool's home is not a folder"] })
    await t.rejects(w.prepare(), { kind: 'wrong', message: /not a folder/ })
    rmSync(w.home)
  }
  await t.rejects(w.prepare({ kind: 'tool', name: 'a', uid: 0 }), { kind: 'wrong', message: /account of the system/ })
  await t.rejects(w.prepare({ kind: 'tool', name: 'a', uid: 65_534 }), { name: 'HomeProblem', kind: 'disk' })
  t.same(readdirSync(w.root), [])
})

t.test("what came of a crash while a home was made is made whole; what somebody put there isn't lost", async t => {
  const w = await provisioning(t)
  const next = join(w.root, '.a.kubeusers-new')
  mkdirSync(next)
  await w.prepare()
  t.same(readdirSync(w.root), ['a'])
  rmSync(w.home, { recursive: true })
  mkdirSync(join(next, 'full'), { recursive: true })
  await t.rejects(w.prepare(), { name: 'HomeProblem', kind: 'unsettled' })
  t.same(readdirSync(next), ['full'])
})

t.test('no home is made where the disk is not mounted', async t => {
  const w = await provisioning(t, { root_marker: '.mounted' })
  await t.rejects(w.prepare(), { kind: 'disk', message: /marker is missing/ })
  t.same(readdirSync(w.root), [])
  writeFileSync(join(w.root, '.mounted'), '')
  await w.provide()
  rmSync(w.root, { recursive: true })
  t.throws(() => w.inspect(), { name: 'HomeProblem', kind: 'disk', message: /is not there/ })
})

t.test("the mode and group of a tool's home are mended, and logs are made, once", async t => {
  const w = await provisioning(t)
  await w.provide()
  for (const mode of [0o700, 0o755, 0o775, 0]) {
    chmodSync(w.home, mode)
    t.equal(w.inspect().home, 'mend')
    w.settle()
    t.equal(modeOf(w.home), 0o2775)
  }
  if (isRoot) {
    chownSync(w.home, toolUid(), 4711)
    t.match(w.inspect(), { home: 'mend', reasons: ['the home is of another group'] })
    w.settle()
    t.equal(lstatSync(w.home).gid, toolUid())
    t.equal(modeOf(w.home), 0o2775)
  }
  rmSync(join(w.home, 'logs'), { recursive: true })
  t.match(w.inspect(), { home: 'mend', reasons: ['"logs" is not there'] })
  symlinkSync('/data/scratch/a', join(w.home, 'logs'))
  t.match(w.inspect(), { home: 'right' }, 'where they lead to is up to the tool')
})

t.test('a broken kubeconfig is kept aside, whatever it is, and never overwritten', async t => {
  const w = await provisioning(t)
  await w.provide()
  const config = join(w.home, '.kube/config')
  const broken: [string, () => void][] = [
    ['text', () => put(config, 'users: x')],
    ['no UTF-8', () => writeFileSync(config, Buffer.from([0x61, 0x3a, 0x20, 0xff, 0x0a]))],
    [
      'a link',
      () => {
        rmSync(config)
        symlinkSync('../elsewhere', config)
      },
    ],
    [
      'a folder',
      () => {
        rmSync(config)
        mkdirSync(config)
        own(config)
      },
    ],
    [
      'a huge one',
      () => {
        put(config, '')
        truncateSync(config, 2 ** 40)
      },
    ],
  ]
  for (const [what, plant] of broken) {
    plant()
    t.equal(w.inspect().kubeconfig, 'broken', what)
    w.settle()
    t.equal(w.inspect().kubeconfig, 'right', what)
    t.ok(readable(w))
  }
  const kept = readdirSync(join(w.home, '.kube')).toSorted()
  t.same(
    kept,
    ['config', ...['', '-1', '-2', '-3', '-4'].map(end => `config.broken-20261122T120000Z${end}`)].toSorted(),
  )
  t.equal(readFileSync(join(w.home, '.kube/config.broken-20261122T120000Z'), 'utf8'), 'users: x')
  put(config, 'users: y')
  t.throws(() => w.settle(), { name: 'HomeProblem', kind: 'wrong', message: /5 earlier ones are kept/ })
  t.equal(readFileSync(config, 'utf8'), 'users: y')
  t.same(readdirSync(join(w.home, '.kube')).toSorted(), kept, 'nothing half done is left')
})

t.test("a kubeconfig's other entries stay, and its mode is mended", async t => {
  const w = await provisioning(t)
  await w.prepare()
  const mine = '# mine\nusers:\n- {name: me, user: {client-certificate: /me.crt}}\ncurrent-context: other\n'
  const config = join(w.home, '.kube/config')
  put(config, mine, 0o644)
  t.match(w.inspect(), { home: 'mend', kubeconfig: 'stale' })
  await w.provide()
  const text = readFileSync(config, 'utf8')
  t.ok(text.startsWith('# mine\nusers:\n- {name: me, user: {client-certificate: /me.crt}}\n'))
  t.match(parse(text), { 'current-context': 'other', contexts: [{ context: { namespace: 'tool-a', user: 'tf-a' } }] })
  t.equal(modeOf(config), 0o600)
  chmodSync(config, 0o664)
  t.match(w.inspect(), { home: 'mend', kubeconfig: 'right' })
  w.settle()
  t.equal(modeOf(config), 0o600)
  t.equal(readFileSync(config, 'utf8'), text)
})

t.test('a kubeconfig from before the cluster moved is stale', async t => {
  const w = await provisioning(t)
  await w.provide()
  const old = w.assignment()
  put(
    join(w.home, '.kube/config'),
    freshKubeconfig({ ...old.entries, cluster: { ...old.entries.cluster, server: 'https://old.example' } }),
  )
  t.equal(w.inspect().kubeconfig, 'stale')
  w.settle()
  t.equal(w.inspect().kubeconfig, 'right')
})

t.test('a tool that is shut off holds a certificate that serves for nothing, and gets a good one again', async t => {
  const w = await provisioning(t)
  await w.disable()
  t.notOk(existsSync(w.home), 'nothing is made')
  await w.prepare()
  await w.disable()
  t.match(w.inspect(), { certificate: { problem: 'missing' } })
  await w.provide()
  const { key } = w.inspect()
  await w.disable()
  const off = w.inspect()
  t.match(off, { home: 'right', key, certificate: { problem: 'useless' }, kubeconfig: 'right' })
  t.throws(() => readable(w), { name: 'HomeProblem', kind: 'wrong', message: /expired/ })
  await w.disable()
  t.equal(w.again(off.stamp), 'unchanged', 'once is enough')
  await w.provide()
  t.match(w.inspect(), { key, certificate: { signedBy: 0 } })
  rmSync(join(w.home, '.toolskube/client.key'))
  await w.disable()
  t.match(w.inspect(), { key: { problem: 'missing' }, certificate: { problem: 'useless' } })
  await w.provide()
  t.ok(readable(w))
})

t.test("an administrator's home must be there, and keeps its mode", async t => {
  const w = await provisioning(t)
  const person: HomeAccount = { kind: 'person', name: 'p.q', uid: toolUid(2) }
  await t.rejects(w.prepare(person), { kind: 'disk', message: /is not there/ })
  mkdirSync(w.config.people_root, { mode: 0o755 })
  await t.rejects(w.prepare(person), { kind: 'unsettled', message: 'the person has no home' })
  const home = join(w.config.people_root, 'p.q')
  mkdirSync(home)
  chmodSync(home, 0o750)
  own(home, toolUid(2))
  await w.provide(person)
  t.equal(modeOf(home), 0o750)
  t.same(readdirSync(home).toSorted(), ['.admkube', '.kube'])
  t.same(readdirSync(join(home, '.admkube')).toSorted(), ['client.crt', 'client.key'])
  t.match(w.inspect(person), { home: 'right', certificate: { signedBy: 0 }, kubeconfig: 'right' })
  t.match(parse(readFileSync(join(home, '.kube/config'), 'utf8')), {
    contexts: [{ context: { namespace: 'default', user: 'tf-p.q' } }],
    users: [{ name: 'tf-p.q', user: { 'client-key': '../.admkube/client.key' } }],
  })
  for (const name of ['..', '.x', 'a/b', ''])
    await t.rejects((async () => w.prepare({ ...person, name }))(), RangeError)
})

t.test('who signed a certificate is told by its place in the list', async t => {
  const w = await provisioning(t)
  const { request } = await w.prepare()
  w.install(sign(await newAuthority('other'), request))
  t.match(w.inspect(), { certificate: { signedBy: null } })
})

t.test('keys are RSA where that is configured, and those that are there stay', async t => {
  const w = await provisioning(t, { key_type: 'rsa' })
  const { request, publicKey } = await w.prepare()
  w.install(sign(w.authority, request))
  t.match(readable(w).key, /PRIVATE KEY/)
  t.equal((await w.prepare()).publicKey, publicKey)
})

t.test('whatever is done in a home, key and certificate end with their own modes, and what they held', async t => {
  const w = await provisioning(t)
  const { request } = await w.prepare()
  const certificate = sign(w.authority, request)
  w.install(certificate)
  const files = ['.toolskube/client.key', '.toolskube/client.crt'].map(name => join(w.home, name))
  const before = files.map(file => readFileSync(file, 'utf8'))
  const ways: Record<string, () => unknown> = {
    prepare: () => w.prepare(),
    settle: () => w.settle(),
    install: () => w.install(certificate),
  }
  for (const [what, way] of Object.entries(ways)) {
    for (const file of what === 'install' ? files.slice(1) : files) chmodSync(file, 0o644)
    await way()
    for (const file of files) t.equal(modeOf(file), 0o400, `${what} ${file}`)
    t.same(
      files.map(file => readFileSync(file, 'utf8')),
      before,
      what,
    )
  }
})

t.test('where there is no home nothing but its making makes one', async t => {
  const w = await provisioning(t)
  const gone = { name: 'HomeProblem', kind: 'unsettled', message: 'the home is not there' }
  t.throws(() => w.settle(), gone)
  t.throws(() => w.install('x'), gone)
  await w.disable()
  t.same(readdirSync(w.root), [])
})

t.test('a certificate that ends just now is not written, one that ends later is', async t => {
  const w = await provisioning(t)
  const { request } = await w.prepare()
  t.throws(() => w.install(sign(w.authority, request, now)), {
    name: 'HomeProblem',
    kind: 'wrong',
    message: /has ended/,
  })
  w.install(sign(w.authority, request, now + 1000))
  t.match(w.inspect(), { certificate: { notAfter: now + 1000 } })
})

t.test('the certificate of a tool that is shut off serves for nothing, whatever was there', async t => {
  const w = await provisioning(t)
  const [key, certificate] = [join(w.home, '.toolskube/client.key'), join(w.home, '.toolskube/client.crt')]
  await w.provide()
  await w.disable()
  const useless = new X509Certificate(readFileSync(certificate))
  t.ok(useless.checkPrivateKey(createPrivateKey(readFileSync(key))), 'programs that load both of them go on')
  const plants: Record<string, () => void> = {
    'a key that is none': () => put(key, 'no key'),
    'a certificate that is none': () => put(certificate, 'no certificate'),
    "somebody else's certificate": () => put(certificate, w.authority.certificate),
  }
  for (const [what, plant] of Object.entries(plants)) {
    await w.provide()
    plant()
    await w.disable()
    t.match(w.inspect(), { certificate: { problem: 'useless' } }, what)
    t.equal(modeOf(certificate), 0o400)
  }
})

t.test('with what a home keeps its helper busy is told, and so who is to blame', async t => {
  const w = await provisioning(t)
  const phases: string[] = []
  const onBusy = (phase: string) => phases.push(phase)
  const told = async (work: () => unknown): Promise<string[]> => {
    await work()
    return phases.splice(0)
  }
  const assignment = w.assignment()
  const prepare = (isNewKey: boolean) => prepareHome(assignment, { isNewKey, onBusy })
  t.same(await told(() => prepare(false)), ['text', 'disk', 'text'], 'a key is made, written, and used')
  t.same(await told(() => prepare(false)), ['text'])
  t.same(await told(() => prepare(true)), ['text', 'disk', 'text'])
  const certificate = sign(w.authority, (await w.prepare()).request)
  const install = () => installCertificate(assignment, { certificate, now, onBusy })
  t.same(await told(install), ['text', 'disk', 'text', 'disk'])
  t.same(await told(() => settleHome(assignment, { now, onBusy })), ['text', 'disk'])
  t.same(await told(() => disableHome(assignment, { now, onBusy })), ['text', 'disk'])
  t.same(await told(() => disableHome(assignment, { now, onBusy })), [], 'once is enough')
})

t.test('a kubeconfig that lies deeper is kept like any other', async t => {
  const w = await provisioning(t, { kubeconfig: '.config/next/kubeconfig' })
  await w.provide()
  const path = (name: string) => join(w.home, '.config/next', name)
  put(path('.kubeconfig.kubeusers-new'), 'half')
  w.settle()
  t.same(readdirSync(path('')), ['kubeconfig'], 'what an interrupted change left is removed')
  put(path('kubeconfig'), 'users: x', 0o644)
  t.match(w.inspect(), { home: 'mend', kubeconfig: 'broken' })
  w.settle()
  t.match(w.inspect(), { home: 'right', kubeconfig: 'right' })
  t.same(readdirSync(path('')).toSorted(), ['kubeconfig', 'kubeconfig.broken-20261122T120000Z'])
  t.same(readdirSync(join(w.home, '.config')), ['next'])
})

t.test('a broken kubeconfig is not kept in a folder with too many files to look through', async t => {
  const w = await provisioning(t)
  await w.provide()
  const config = join(w.home, '.kube/config')
  put(config, 'users: x')
  const open = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
  const before = open()
  for (let i = 0; i < 9998; i++) writeFileSync(join(w.home, `.kube/${i}`), '')
  w.settle()
  put(config, 'users: y')
  t.throws(() => w.settle(), { name: 'HomeProblem', kind: 'wrong', message: /holds too many files/ })
  t.equal(readFileSync(config, 'utf8'), 'users: y')
  t.equal(open(), before, 'nothing is left open')
})
