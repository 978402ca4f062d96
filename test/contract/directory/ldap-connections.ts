import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Directory, DirectoryError } from '../../../src/directory/directory.ts'
import { createLog } from '../../../src/platform/log.ts'
import { freePort } from '../../support/front-door.ts'
import { startRelay } from '../../support/ldap-relay.ts'
import { havePrograms } from '../../support/programs.ts'
import { adminGroup, peopleBase, personEntry, reader, type Slapd, startSlapd, toolLdif } from '../../support/slapd.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { untilWatched, watch } from './changes.ts'
import { loggedIn, openLdap } from './ldap.ts'

const forever = () => ({ signal: new AbortController().signal })
const plain = (...ports: number[]) => ({ servers: ports.map(port => `ldap://127.0.0.1:${port}`), tls: 'none' })

/** Names of the tools that a directory lists. */
async function toolsIn(directory: Directory): Promise<string[]> {
  return (await directory.read(forever())).tools.map(({ name }) => name)
}

async function once(settings: Record<string, unknown>): Promise<string[]> {
  const directory = openLdap(settings)
  return toolsIn(directory).finally(() => directory.close())
}

async function failover(t: Test, slapd: Slapd) {
  await t.test('a server that is down is left for the next one', async t => {
    const directory = openLdap(plain(await freePort(), slapd.port))
    t.strictSame(await toolsIn(directory), ['foo'])
    t.strictSame(await toolsIn(directory), ['foo'])
    await directory.close()
    await t.rejects(
      once(plain(await freePort(), await freePort())),
      /no LDAP server can be used: .*REFUSED.*; .*REFUSED/,
    )
  })

  await t.test(
    'one that takes connections and says nothing is left after the time to connect, and stays left',
    async t => {
      const proxy = await startTcpProxy(t, `http://127.0.0.1:${slapd.port}`)
      proxy.swallow()
      const hole = `ldap://127.0.0.1:${new URL(proxy.url).port}`
      const login = { ...loggedIn(slapd), tls: 'starttls', connect_ms: 300 }
      const directory = openLdap({ ...login, servers: [hole, `ldap://localhost:${slapd.port}`] })
      t.strictSame(await toolsIn(directory), ['foo'])
      t.strictSame(await toolsIn(directory), ['foo'])
      t.equal(proxy.made, 1)
      await directory.close()
      await t.rejects(once({ ...login, servers: [hole] }), /no answer within 300 ms/)
    },
  )

  await t.test('what fails in the midst of a read fails whole; the next read begins with another server', async t => {
    const cut = await startRelay(t, slapd.port, { passes: 60 })
    const directory = openLdap(plain(cut, slapd.port))
    await t.rejects(directory.read(forever()), DirectoryError)
    t.strictSame(await toolsIn(directory), ['foo'])
    await directory.close()
  })
}

async function encryption(t: Test, slapd: Slapd) {
  const ldaps = [`ldaps://localhost:${slapd.tlsPort}`]
  const startTls = [`ldap://localhost:${slapd.port}`]

  await t.test('LDAPS and StartTLS go with the right CA only, and with the right name only', async t => {
    for (const servers of [ldaps, startTls]) {
      t.strictSame(await once({ servers, ca_file: slapd.caFile }), ['foo'])
      await t.rejects(once({ servers, ca_file: slapd.otherCaFile }), /certificate/)
      await t.rejects(once({ servers }), /certificate/)
      const byAddress = servers.map(url => url.replace('localhost', '127.0.0.1'))
      await t.rejects(once({ servers: byAddress, ca_file: slapd.caFile }), /IP: 127.0.0.1 is not in the cert/)
    }
    await t.rejects(once({ servers: ldaps, ca_file: join(slapd.folder, 'none.pem') }), /ca_file: .* cannot be read/)
  })

  await t.test('a CA that is renewed while the service runs is taken', async t => {
    const file = join(t.testdir({ 'ca.pem': 'none yet' }), 'ca.pem')
    const directory = openLdap({ servers: ldaps, ca_file: file })
    await t.rejects(toolsIn(directory), DirectoryError)
    copyFileSync(slapd.caFile, file)
    t.strictSame(await toolsIn(directory), ['foo'])
    await directory.close()
  })

  await t.test(
    'without encryption nothing is asked, unless the settings say so, and then the log does, too',
    async t => {
      const bare = await startSlapd(t, { tls: false })
      await t.rejects(once({ servers: [`ldap://localhost:${bare.port}`], ca_file: slapd.caFile }), DirectoryError)
      const written: string[] = []
      const log = createLog({ level: 'warn', service: 'test' }, { write: line => void written.push(line) })
      const directory = openLdap(plain(bare.port), log)
      t.strictSame(await toolsIn(directory), [])
      await directory.close()
      t.match(written.join(''), /LDAP without encryption/)
    },
  )

  await t.test('what somebody on the way says before the encryption is not believed', async t => {
    // The beginning of an answer that the first bytes after the handshake would complete.
    const inject = Buffer.from('300c02010361070a010004000400300c020102', 'hex')
    const port = await startRelay(t, slapd.port, { inject })
    t.strictSame(await once({ ...loggedIn(slapd), servers: [`ldap://localhost:${port}`] }).catch(() => ['foo']), [
      'foo',
    ])
  })
}

async function logins(t: Test, slapd: Slapd) {
  const settings = loggedIn(slapd)
  const file = (t: Test, text: string) => join(t.testdir({ password: text }), 'password')

  await t.test('logs in with name and password, the newline at the end of its file aside', async t => {
    t.strictSame(await once(settings), ['foo'])
    t.strictSame(await once({ ...settings, password_file: file(t, `${reader.password}\r\n`) }), ['foo'])
  })

  await t.test('a refused login is an error, and so is one without a password', async t => {
    await t.rejects(once({ ...settings, password_file: file(t, 'wrong') }), /the server refuses the login/)
    await t.rejects(once({ ...settings, bind_dn: 'cn=unknown,dc=wikimedia,dc=org' }), /refuses the login/)
    await t.rejects(once({ ...settings, password_file: file(t, '\n') }), /password_file: .* is empty/)
    await t.rejects(once({ ...settings, password_file: '/none/there' }), /password_file: .* cannot be read/)
    const error = await once({ ...settings, password_file: file(t, 'secret-word') }).catch(String)
    t.notMatch(error, /secret-word/)
  })
}

async function changes(t: Test, slapd: Slapd) {
  await t.test('a server that goes is told of once; what changed meanwhile is seen over the next one', async t => {
    const second = await startRelay(t, slapd.port, {})
    const proxy = await startTcpProxy(t, `http://127.0.0.1:${slapd.port}`)
    const first = Number(new URL(proxy.url).port)
    const written: string[] = []
    const log = createLog({ level: 'info', service: 'test' }, { write: line => void written.push(line) })
    const directory = openLdap(plain(first, second), log)
    const watched = watch(t, directory)
    await waitUntil('the first look', () => proxy.made > 0)
    const logged = (text: string) => written.filter(line => line.includes(text)).length
    proxy.refuse()
    proxy.reset()
    await waitUntil('the failure', () => logged('not seen at present') === 1)
    await waitUntil('the next server', () => logged('are seen again') === 1)
    const before = watched.told()
    await slapd.replace(`uid=pat,${peopleBase}`, 'pwdAccountLockedTime', ['000001010000Z'])
    await waitUntil('the change', () => watched.told() > before, 5)
    await watched.end()
    await directory.close()
    t.equal(logged('not seen at present'), 1)
  })
}

async function brokenLook(t: Test, slapd: Slapd) {
  await t.test('changes are looked for elsewhere when a server takes connections, but does not answer', async t => {
    const cut = await startRelay(t, slapd.port, { passes: 60 })
    const directory = openLdap(plain(cut, slapd.port))
    const watched = watch(t, directory)
    await untilWatched(watched, times => slapd.replace(`uid=pat,${peopleBase}`, 'title', [String(times)]))
    t.ok(watched.told() > 0)
    await directory.close()
  })
}

async function blindness(t: Test) {
  await t.test('a server that hides when entries were changed is told of, once', async t => {
    const slapd = await startSlapd(t, {
      entries: toolLdif('foo', 5001),
      settings: ['access to attrs=modifyTimestamp by * none'],
    })
    const written: string[] = []
    const log = createLog({ level: 'warn', service: 'test' }, { write: line => void written.push(line) })
    const directory = openLdap(loggedIn(slapd), log)
    const watched = watch(t, directory)
    await waitUntil('the warning', () => written.length > 0, 5)
    await slapd.add(`uid=pat,${peopleBase}`, personEntry('pat', 2001))
    await slapd.replace(adminGroup, 'member', [`uid=pat,${peopleBase}`])
    await waitUntil('a change of the group, which is seen all the same', () => watched.told() > 0, 5)
    await watched.end()
    await directory.close()
    t.equal(written.length, 1)
    t.match(written[0], /does not show modifyTimestamp/)
  })
}

/** How servers are reached, and what becomes of a read when one is not. */
export async function ldapConnections(t: Test) {
  if (!havePrograms(t, 'slapd')) return
  const slapd = await startSlapd(t, { entries: toolLdif('foo', 5001) })
  await slapd.add(`uid=pat,${peopleBase}`, personEntry('pat', 2001))
  await slapd.replace(adminGroup, 'member', [`uid=pat,${peopleBase}`])
  for (const suite of [failover, encryption, logins, changes, brokenLook, blindness]) await suite(t, slapd)
}
