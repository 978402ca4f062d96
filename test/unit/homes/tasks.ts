import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { enter } from '../../../src/homes/open.ts'
import { type CredentialsTask, readCredentials, readLog } from '../../../src/homes/tasks.ts'
import { createAuthority } from '../../../src/pki/authority.ts'
import { emptyHome, homesRoot, isRoot, kubeconfigOf, toolHome, toolUid } from '../../support/tool-home.ts'

const now = Date.UTC(2026, 10, 22, 12)
const life = { notBefore: now - 3_600_000, notAfter: now + 3_600_000 }
const authority = await createAuthority({ commonName: 'test', ...life })
const pairOf = (tool: string) =>
  authority.issue({ subject: [{ O: ['toolforge'] }, { CN: [tool] }], usages: ['clientAuth'], ...life })
const pair = await pairOf('a')
const otherPair = await pairOf('b')
const minUid = isRoot ? 1000 : 0

async function world(t: Test) {
  const root = homesRoot(t)
  const task = (tool: string): CredentialsTask => ({
    kind: 'credentials',
    place: { root, tool, minUid },
    kubeconfig: '.kube/config',
    user: `tf-${tool}`,
    now,
  })
  const credentials = (tool = 'a') => readCredentials(task(tool), () => {})
  const log = (path: string, tool = 'a') =>
    readLog({ kind: 'log', place: { root, tool, minUid }, path, part: { maxBytes: 1000 } })
  return { root, task, credentials, log, a: toolHome(root, { tool: 'a', pair }) }
}

interface Expected {
  kind?: string
  message: RegExp
}
const refused = (t: Test, work: () => unknown, { kind = 'wrong', message }: Expected) =>
  t.throws(work, { name: 'HomeProblem', kind, message })

const needsRoot = isRoot ? {} : { skip: 'needs root' }

t.test("a home as the platform makes it gives its tool's certificate, key and numbers", async t => {
  const { task } = await world(t)
  const phases: string[] = []
  const before = { cwd: process.cwd(), uid: process.geteuid?.(), gid: process.getegid?.() }
  const read = readCredentials(task('a'), phase => phases.push(phase))
  t.equal(read.certificate.trim(), pair.certificate.trim())
  t.equal(read.key.trim(), pair.key.trim())
  t.equal(read.uid, toolUid())
  t.equal(read.gid, isRoot ? toolUid() : process.getegid?.())
  t.same(phases, ['text', 'disk', 'text'], 'who is to blame for a delay is told')
  t.same({ cwd: process.cwd(), uid: process.geteuid?.(), gid: process.getegid?.() }, before)
})

t.test('absolute paths within the home, and data in the kubeconfig, will do', async t => {
  const { a, credentials } = await world(t)
  a.put('.kube/config', kubeconfigOf('a', { certificate: `${a.home}/.toolskube/client.crt` }))
  t.ok(credentials())
  const user = {
    'client-certificate-data': pair.certificate,
    'client-key-data': Buffer.from(pair.key).toString('base64'),
  }
  a.put('.kube/config', JSON.stringify({ users: [{ name: 'tf-a', user }] }))
  rmSync(join(a.home, '.toolskube'), { recursive: true })
  t.ok(credentials())
})

t.test('paths out of the home are refused', async t => {
  const { root, a, credentials } = await world(t)
  toolHome(root, { tool: 'b', pair: otherPair })
  for (const certificate of ['../../b/.toolskube/client.crt', `${root}/b/.toolskube/client.crt`, '/etc/passwd', '..']) {
    a.put('.kube/config', kubeconfigOf('a', { certificate }))
    refused(t, credentials, { message: /does not lie within the tool's home/ })
  }
})

t.test("another tool's certificate in the home is refused", async t => {
  const { a, credentials } = await world(t)
  a.put('.toolskube/client.crt', otherPair.certificate)
  a.put('.toolskube/client.key', otherPair.key)
  refused(t, credentials, { message: /certificate in it belongs to "b"/ })
})

t.test('files that are gone are missing, and named', async t => {
  const { a, credentials, log } = await world(t)
  rmSync(join(a.home, '.toolskube/client.key'))
  refused(t, credentials, { kind: 'missing', message: /^"\.toolskube\/client\.key" is not there/ })
  rmSync(join(a.home, '.kube'), { recursive: true })
  refused(t, credentials, { kind: 'missing', message: /^"\.kube\/config" is not there/ })
  t.equal(log('a.log'), undefined)
  t.equal(log('no/such/a.log'), undefined)
})

t.test('symbolic links are refused: to a file, to a folder, inside and out, and in the place of the home', async t => {
  const { root, a, credentials, log } = await world(t)
  toolHome(root, { tool: 'b', pair: otherPair })
  const link = (target: string, path: string) => {
    rmSync(join(a.home, path), { recursive: true, force: true })
    symlinkSync(target, join(a.home, path))
  }
  renameSync(join(a.home, '.toolskube/client.crt'), join(a.home, '.toolskube/real.crt'))
  link('real.crt', '.toolskube/client.crt')
  refused(t, credentials, { message: /"\.toolskube\/client\.crt" is a symbolic link/ })
  link(`${root}/b/.toolskube/client.crt`, '.toolskube/client.crt')
  refused(t, credentials, { message: /is a symbolic link/ })
  link(`${root}/b/.toolskube`, '.toolskube')
  refused(t, credentials, { message: /"\.toolskube" is a symbolic link; put the folder/ })
  link(`${root}/b/.kube/config`, '.kube/config')
  refused(t, credentials, { message: /"\.kube\/config" is a symbolic link/ })
  link('/etc/passwd', 'a.log')
  refused(t, () => log('a.log'), { message: /"a\.log" is a symbolic link/ })
  link('/etc', 'logs')
  refused(t, () => log('logs/passwd'), { message: /"logs" is a symbolic link/ })
  symlinkSync('a', join(root, 'c'))
  refused(t, () => credentials('c'), { message: /home is not a folder/ })
})

t.test('what is not a regular file blocks nothing and is refused', async t => {
  const { a, credentials, log } = await world(t)
  const fifo = join(a.home, 'fifo.log')
  execFileSync('mkfifo', [fifo])
  a.own(fifo)
  refused(t, () => log('fifo.log'), { message: /"fifo\.log" is not a regular file/ })
  mkdirSync(join(a.home, 'folder.log'))
  a.own(join(a.home, 'folder.log'))
  refused(t, () => log('folder.log'), { message: /is not a regular file/ })
  const server = createServer().listen(join(a.home, 'socket.log'))
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => server.close())
  refused(t, () => log('socket.log'), { message: /is not a regular file/ })
  rmSync(join(a.home, '.kube/config'))
  execFileSync('mkfifo', [join(a.home, '.kube/config')])
  a.own(join(a.home, '.kube/config'))
  refused(t, credentials, { message: /"\.kube\/config" is not a regular file/ })
  a.put('file', 'x')
  refused(t, () => log('file/a.log'), { message: /leads through something that is not a folder/ })
})

t.test('files larger than they need to be are refused, a log is not', async t => {
  const { a, credentials, log } = await world(t)
  const pad = (text: string, length: number) => `${text}${'#'.repeat(length - text.length - 1)}\n`
  a.put('.kube/config', pad(kubeconfigOf('a'), 256 * 1024))
  t.ok(credentials())
  a.put('.kube/config', pad(kubeconfigOf('a'), 256 * 1024 + 1))
  refused(t, credentials, { message: /"\.kube\/config" is larger than 256 KiB/ })
  a.put('.kube/config', kubeconfigOf('a'))
  a.put('.toolskube/client.crt', pad(pair.certificate, 64 * 1024 + 1))
  refused(t, credentials, { message: /"\.toolskube\/client\.crt" is larger than 64 KiB/ })
  truncateSync(a.put('big.log', 'x'), 10_000_000_000)
  t.equal(log('big.log')?.size, 10_000_000_000)
})

t.test('a log is read by its path in the home, relative or absolute', async t => {
  const { a, log } = await world(t)
  a.put('logs/a.log', 'one\ntwo\n')
  t.same(log('logs/a.log'), { lines: ['one', 'two'], offset: 8, size: 8 })
  t.same(log(`${a.home}/logs/a.log`)?.lines, ['one', 'two'])
  refused(t, () => log('/etc/passwd'), { message: /"\/etc\/passwd" does not lie within/ })
  refused(t, () => log('../a/x'), { message: /does not lie within/ })
  refused(t, () => log('x'.repeat(300)), { message: /too long a path/ })
})

t.test('names with line breaks and control characters do not get into a message', async t => {
  const { log } = await world(t)
  refused(t, () => log('../\n\u001b[31m'), { message: /^"\.\.\/\?\?\[31m" does not lie/ })
})

t.test("no home is not the end of what is in memory; no disk is not the home's fault", async t => {
  const { root, task, credentials } = await world(t)
  refused(t, () => credentials('none'), { kind: 'unsettled', message: /has no home/ })
  const place = { root: join(root, 'gone'), tool: 'a', minUid }
  refused(t, () => readCredentials({ ...task('a'), place }, () => {}), { kind: 'disk', message: /is not there/ })
})

t.test('a home below the lowest uid is refused', async t => {
  const { root, task } = await world(t)
  const place = { root, tool: 'a', minUid: toolUid() + 1 }
  refused(t, () => readCredentials({ ...task('a'), place }, () => {}), { message: /account of the system/ })
  t.ok(readCredentials({ ...task('a'), place: { ...place, minUid: toolUid() } }, () => {}))
})

t.test("a file of another owner is refused, also when it is a hard link of the tool's making", needsRoot, async t => {
  const { root, a, credentials, log } = await world(t)
  chownSync(join(a.home, '.toolskube/client.key'), toolUid(1), toolUid())
  chmodSync(join(a.home, '.toolskube/client.key'), 0o644)
  refused(t, credentials, { message: /"\.toolskube\/client\.key" must belong to the tool itself/ })
  const b = emptyHome(root, 'b', toolUid(1))
  chmodSync(b.put('public', 'secret\n'), 0o644)
  linkSync(join(b.home, 'public'), join(a.home, 'a.log'))
  refused(t, () => log('a.log'), { message: /"a\.log" must belong to the tool itself/ })
})

t.test("files are read with the tool's rights, not with root's", needsRoot, async t => {
  const { a, credentials, log } = await world(t)
  chmodSync(a.put('a.log', 'x\n'), 0)
  refused(t, () => log('a.log'), { message: /may not be read by the tool itself/ })
  mkdirSync(join(a.home, 'closed'), { mode: 0o700 })
  refused(t, () => log('closed/a.log'), { message: /may not be read by the tool itself/ })
  chownSync(join(a.home, '.kube'), 0, 0)
  chmodSync(join(a.home, '.kube'), 0o700)
  refused(t, credentials, { message: /may not be read by the tool itself/ })
  t.equal(process.geteuid?.(), 0)
  t.equal(process.getegid?.(), 0)
})

t.test('a home of nobody means that the disk cannot tell', needsRoot, async t => {
  const { a, credentials } = await world(t)
  chownSync(a.home, 65_534, 65_534)
  refused(t, credentials, { kind: 'disk', message: /does not tell who owns/ })
})

t.test("the tool's group is the one with its uid's number, whatever the home says", needsRoot, async t => {
  const { a, credentials, log } = await world(t)
  chownSync(a.home, toolUid(), 0)
  t.equal(credentials().gid, toolUid())
  chmodSync(a.put('a.log', 'x\n'), 0o040)
  chownSync(join(a.home, 'a.log'), toolUid(), 0)
  refused(t, () => log('a.log'), { message: /may not be read/ })
})

t.test("as an ordinary user, a home of somebody else's is refused", needsRoot, async t => {
  const { credentials } = await world(t)
  // The folder of this checkout may be root's own.
  const folder = process.cwd()
  t.teardown(() => {
    process.seteuid?.(0)
    process.chdir(folder)
  })
  process.chdir('/')
  process.seteuid?.(toolUid(2))
  refused(t, credentials, { message: /does not belong to the service's account/ })
  process.seteuid?.(0)
  process.seteuid?.(toolUid())
  t.equal(credentials().uid, toolUid())
  t.equal(process.geteuid?.(), toolUid())
})

t.test('reading changes nothing', async t => {
  const { a, credentials } = await world(t)
  const before = lstatSync(join(a.home, '.kube/config'))
  credentials()
  const after = lstatSync(join(a.home, '.kube/config'))
  t.same([after.mtimeMs, after.ino, after.mode], [before.mtimeMs, before.ino, before.mode])
})

t.test('paths in a kubeconfig begin at its folder, however deep that is', async t => {
  const { a, task } = await world(t)
  a.put('config/kube/here.yaml', kubeconfigOf('a', { certificate: 'client.crt', key: './client.key' }))
  a.put('config/kube/client.crt', pair.certificate)
  a.put('config/kube/client.key', pair.key)
  t.ok(readCredentials({ ...task('a'), kubeconfig: 'config/kube/here.yaml' }, () => {}))
})

t.test('a folder that was swapped for another one after it was looked at is not read', async t => {
  const { root } = await world(t)
  const folder = process.cwd()
  t.teardown(() => process.chdir(folder))
  const seen = lstatSync(root, { bigint: true })
  enter(root, seen)
  const swapped = { name: 'HomeProblem', kind: 'unsettled', message: /was replaced while it was being read/ }
  for (const other of [
    { dev: seen.dev, ino: seen.ino + 1n },
    { dev: seen.dev + 1n, ino: seen.ino },
  ])
    t.throws(() => enter(root, other), swapped)
})

t.test('no file stays open, whatever is wrong with it', { skip: process.platform !== 'linux' }, async t => {
  const { a, credentials, log } = await world(t)
  a.put('a.log', 'x\n')
  a.put('.toolskube/client.crt', 'x'.repeat(100_000))
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  for (let i = 0; i < 50; i++) {
    log('a.log')
    t.throws(credentials)
  }
  t.ok(open() < before + 25)
})
