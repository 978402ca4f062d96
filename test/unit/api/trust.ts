import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { createTrust, type Trust } from '../../../src/api/trust.ts'
import type { TrustChange } from '../../../src/api/trust-parts.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { createLog } from '../../../src/platform/log.ts'
import { serverPair } from '../../support/door.ts'
import { forgeRoot } from '../../support/forge.ts'
import { createTestClock, type TestClock } from '../../support/test-clock.ts'
import { waitUntil } from '../../support/wait-until.ts'

interface Fixture {
  trust: Trust
  clock: TestClock
  changes: TrustChange[]
  write(name: 'ca.pem' | 'tls.crt' | 'tls.key' | 'list.json', text: string): void
  complaints(): unknown[]
  folder: string
}

const root = await forgeRoot('First')
const second = await forgeRoot('Second')
const server = await serverPair()
const names = (trust: Trust) => trust.identity.authorities.map(({ subject }) => subject)
const denied = (trust: Trust) => [...trust.identity.denied.keys()]

function prepare(t: Test, { real = false, denyList = true, mounted = '' } = {}): Fixture {
  const folder = t.testdir()
  const write: Fixture['write'] = (name, text) => writeFileSync(join(folder, name), text)
  const lines: Record<string, unknown>[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const clock = createTestClock()
  const trust = createTrust(
    {
      client_ca_file: join(folder, mounted, 'ca.pem'),
      certificate_file: join(folder, 'tls.crt'),
      key_file: join(folder, 'tls.key'),
      ...(denyList ? { deny_list_file: join(folder, 'list.json') } : {}),
      reload_seconds: 10,
    },
    { clock: real ? systemClock : clock, log: createLog({ level: 'debug', service: 'test' }, sink) },
  )
  const changes: TrustChange[] = []
  trust.onChange(change => changes.push(change))
  write('ca.pem', root.certificate)
  write('tls.crt', server.pair.certificate)
  write('tls.key', server.pair.key)
  write('list.json', '[{"tool":"tf-bad","reason":"x"}]')
  t.teardown(() => trust.stop())
  const complaints = () => lines.filter(({ level }) => level === 'error' || level === 'warn')
  return { trust, clock, changes, write, complaints, folder }
}

t.test('nothing is read before the start, and all is there after it', async t => {
  const { trust, changes } = prepare(t)
  t.strictSame([trust.identity.authorities, denied(trust), trust.generation], [[], [], 0])
  await trust.start()
  t.strictSame(names(trust), ['CN=First'])
  t.strictSame(denied(trust), ['tf-bad'])
  t.strictSame(trust.tls, { cert: server.pair.certificate, key: server.pair.key })
  t.strictSame(changes, [])
  await trust.start()
  t.equal(trust.generation, 2, 'once is enough')
})

t.test('it does not start when a file is missing or wrong, and says which', async t => {
  const wrong = [
    ['ca.pem', 'rubbish', /^certificate authorities \(.*ca\.pem\): There is no certificate in the bundle/],
    [
      'tls.key',
      (await serverPair()).pair.key,
      /^server certificate \(.*tls\.crt, .*tls\.key\): The key does not belong/,
    ],
    ['list.json', '{}', /^deny list \(.*list\.json\): The deny list is not right/],
  ] as const
  for (const [name, text, message] of wrong) {
    const { trust, write } = prepare(t)
    write(name, text)
    await t.rejects(trust.start(), message)
  }
  const { trust, folder } = prepare(t)
  rmSync(join(folder, 'tls.crt'))
  await t.rejects(trust.start(), /^server certificate \(.*\): ENOENT/)
})

t.test('each part is reloaded by itself, and only where its text is new', async t => {
  const { trust, changes, write } = prepare(t)
  await trust.start()
  const { generation } = trust
  await trust.reload()
  t.strictSame([changes, trust.generation], [[], generation])

  write('ca.pem', root.certificate + second.certificate)
  await trust.reload()
  t.strictSame([changes.splice(0), trust.generation], [[{ identity: true, tls: true }], generation + 1])
  t.strictSame(names(trust), ['CN=First', 'CN=Second'])
  t.strictSame(denied(trust), ['tf-bad'])

  const renewed = await serverPair('rsa')
  write('tls.crt', renewed.pair.certificate)
  write('tls.key', renewed.pair.key)
  await trust.reload()
  t.strictSame([changes.splice(0), trust.generation], [[{ identity: false, tls: true }], generation + 1])
  t.strictSame(trust.tls, { cert: renewed.pair.certificate, key: renewed.pair.key })

  write('list.json', '[{"tool":"tf-worse","reason":"x"}]')
  await trust.reload()
  t.strictSame([changes.splice(0), trust.generation], [[{ identity: true, tls: false }], generation + 2])
  t.strictSame(denied(trust), ['tf-worse'])
  t.strictSame(names(trust), ['CN=First', 'CN=Second'])
})

t.test('a bad file keeps what was read before, is logged once, and does not hold up the others', async t => {
  const { trust, changes, write, complaints, folder } = prepare(t)
  await trust.start()
  const before = trust.tls
  const bad = [
    () => write('ca.pem', root.certificate.slice(0, -100)),
    () => write('ca.pem', server.pair.certificate),
    () => write('tls.key', 'rubbish'),
    () => write('list.json', '[{"tool":"tf-a"}]'),
    () => write('list.json', '['),
    () => rmSync(join(folder, 'list.json')),
  ]
  for (const [index, spoil] of bad.entries()) {
    spoil()
    await trust.reload()
    await trust.reload()
    t.equal(complaints().length, index + 1, `once, for number ${index}`)
  }
  const other = await serverPair('rsa')
  write('tls.key', other.pair.key)
  await trust.reload()
  t.match(complaints().at(-1), { err: { message: /key does not belong to the certificate/ } })
  t.strictSame([changes, trust.tls, names(trust), denied(trust)], [[], before, ['CN=First'], ['tf-bad']])

  write('tls.crt', other.pair.certificate)
  await trust.reload()
  t.strictSame(changes, [{ identity: false, tls: true }])

  write('ca.pem', second.certificate)
  await trust.reload()
  t.strictSame(names(trust), ['CN=Second'])
  write('ca.pem', server.pair.certificate)
  const { length } = complaints()
  await trust.reload()
  t.equal(complaints().length, length + 1, 'after it was right, the same complaint is news again')
})

t.test('a deny list may come from elsewhere; a bad one leaves the old', async t => {
  const { trust, changes, complaints } = prepare(t, { denyList: false })
  await trust.start()
  t.strictSame(denied(trust), [])
  const { generation } = trust
  t.equal(trust.setDenyList('[{"tool":"tf-a","reason":"x"}]'), true)
  t.strictSame([denied(trust), trust.generation, changes], [['tf-a'], generation + 1, [{ identity: true, tls: false }]])
  t.equal(trust.setDenyList('[{"tool":"TF-A","reason":"x"}]'), false)
  t.strictSame([denied(trust), trust.generation], [['tf-a'], generation + 1])
  t.equal(complaints().length, 1)
})

t.test('the files are looked at every reload_seconds, where no notice comes', async t => {
  const { trust, clock, folder } = prepare(t, { mounted: 'links' })
  mkdirSync(join(folder, 'links'))
  mkdirSync(join(folder, 'elsewhere'))
  const file = join(folder, 'elsewhere', 'ca.pem')
  writeFileSync(file, root.certificate)
  symlinkSync(file, join(folder, 'links', 'ca.pem'))
  await trust.start()
  writeFileSync(file, second.certificate)
  await clock.advance(9999)
  t.equal(clock.sleepers(), 1, 'it has slept all the time')
  t.strictSame(names(trust), ['CN=First'])
  await clock.advance(1)
  await clock.advance(100)
  await waitUntil('the bundle', () => names(trust)[0] === 'CN=Second')
  await waitUntil('the next sleep', () => clock.sleepers() === 1)
  writeFileSync(file, root.certificate)
  await clock.advance(10_100)
  await waitUntil('the bundle, again', () => names(trust)[0] === 'CN=First')
  t.pass('again and again')
})

t.test('a notice of the file system is enough', async t => {
  const { trust, write } = prepare(t, { real: true })
  await trust.start()
  write('list.json', '[]')
  await waitUntil('the list', () => denied(trust).length === 0, 5)
  write('ca.pem', second.certificate)
  await waitUntil('the bundle', () => names(trust)[0] === 'CN=Second', 5)
  t.pass('seen twice')
})

t.test('a mount that swaps its link is noticed', async t => {
  const { trust, folder } = prepare(t, { real: true, mounted: 'mount' })
  const mount = join(folder, 'mount')
  const generation = (name: string, text: string) => {
    mkdirSync(join(mount, name), { recursive: true })
    writeFileSync(join(mount, name, 'ca.pem'), text)
  }
  generation('..1', root.certificate)
  symlinkSync('..1', join(mount, '..data'))
  symlinkSync('..data/ca.pem', join(mount, 'ca.pem'))
  await trust.start()
  generation('..2', second.certificate)
  symlinkSync('..2', join(mount, '..data_tmp'))
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
  await waitUntil('the bundle', () => names(trust)[0] === 'CN=Second', 5)
  t.pass('seen')
})

t.test('after the stop nothing is watched, told or asleep', async t => {
  const { trust, clock, changes, write } = prepare(t)
  await trust.start()
  await trust.stop()
  t.equal(clock.sleepers(), 0)
  write('list.json', '[]')
  await clock.advance(60_000)
  t.strictSame(changes, [])
  await trust.stop()
})

t.test('who no longer listens is not told', async t => {
  const { trust } = prepare(t)
  await trust.start()
  const heard: TrustChange[] = []
  const ignore = trust.onChange(change => heard.push(change))
  trust.setDenyList('[]')
  ignore()
  trust.setDenyList('[]')
  t.equal(heard.length, 1)
})
