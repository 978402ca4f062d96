import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { FrontDoor } from '../support/front-door.ts'
import { startHaproxy } from '../support/haproxy.ts'
import { startNginxPassthrough, startNginxShared } from '../support/nginx.ts'
import { findProgram, havePrograms } from '../support/programs.ts'
import { startTlsBackend, type TlsBackend } from '../support/tls-backend.ts'
import { waitUntil } from '../support/wait-until.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Told {
  backend: string
  header: string
  host: string | false
}

/** A client's connection through a front door. */
interface Client {
  socket: TLSSocket
  port: number
  ask(): Promise<Told>
}

async function enter(t: Test, port: number, host = ''): Promise<Client> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...(host === '' ? {} : { servername: host }),
  })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => undefined)
  const ask = async (): Promise<Told> => {
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const [bytes] = await once(socket, 'data')
    return JSON.parse(String(bytes).split('\r\n\r\n')[1] ?? '')
  }
  return { socket, port: socket.localPort ?? 0, ask }
}

/** Whether a new connection gets as far as a TLS session. */
const isLetIn = async (t: Test, port: number): Promise<boolean> =>
  enter(t, port).then(
    () => true,
    () => false,
  )

/** How long a connection that says nothing, or something else than TLS, is kept: until it is closed, in milliseconds. */
async function kept(port: number, text = ''): Promise<number> {
  const began = performance.now()
  const socket = connectTcp({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.resume()
  if (text !== '') socket.write(text)
  await once(socket, 'close')
  return performance.now() - began
}

const backends = (t: Test): Promise<TlsBackend[]> =>
  Promise.all(['one', 'two'].map(name => startTlsBackend(t, { name, proxied: true })))

const portsOf = (all: TlsBackend[]): number[] => all.map(backend => backend.port)

t.test('HAProxy accepts the file with no setting and with every one', async t => {
  if (!havePrograms(t, 'haproxy')) return
  const check = (settings: Record<string, string>) =>
    spawnSync(findProgram('haproxy') ?? '', ['-c', '-f', join(root, 'haproxy/haproxy.cfg')], {
      env: { ...process.env, ...settings },
      encoding: 'utf8',
    })
  const backend = await startTlsBackend(t, { name: 'one', proxied: true })
  const ca = join(t.testdir({ 'ca.crt': backend.ca }), 'ca.crt')
  const all = {
    JOBS_BIND: '*:30001',
    JOBS_API_1: '10.0.0.1:8444',
    JOBS_API_2: '10.0.0.2:8444',
    JOBS_API_3: '10.0.0.3:8444',
    JOBS_API_CA: ca,
    JOBS_METRICS_BIND: '127.0.0.1:8405',
    JOBS_USER: 'root',
  }
  for (const settings of [{}, all]) {
    const { status, stderr } = check(settings)
    t.equal(status, 0, stderr)
    t.notMatch(stderr, /WARNING/)
  }
  t.not(check({ JOBS_IDLE_TIMEOUT: 'long' }).status, 0, 'a wrong value is refused')
})

t.test('nginx accepts what render.sh makes of its templates', async t => {
  if (!havePrograms(t, 'nginx', 'envsubst')) return
  const folder = t.testdir()
  const render = spawnSync(join(root, 'nginx/render.sh'), [folder], {
    env: { ...process.env, JOBS_LOG: join(folder, 'jobs.log') },
    encoding: 'utf8',
  })
  t.equal(render.status, 0, render.stderr)
  const words = ['-t', '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', `pid ${folder}/nginx.pid;`]
  const { status, stderr } = spawnSync(findProgram('nginx') ?? '', words, { encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.notMatch(stderr, /\[warn\](?!.*"user" directive)/)
})

t.test('every setting is explained, and has a default where nginx needs one', async t => {
  const names = (text: string, pattern: RegExp) => [
    ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
  ]
  const templates = ['jobs-api', 'jobs-passthrough', 'shared-443'].map(name =>
    read(`nginx/${name}.conf.stream-template`),
  )
  const used = names(templates.join(''), /\$\{([A-Z][A-Z_0-9]*)\}/g).toSorted()
  t.strictSame(used, names(read('nginx/defaults.env'), /^([A-Z][A-Z_0-9]*)=/gm).toSorted())
  const explained = read('nginx/README.md')
  for (const name of used) t.match(explained, `\`${name}\``)
  const manual = read('haproxy/README.md').replace('`_2`, `_3`', '`JOBS_API_2`, `JOBS_API_3`')
  for (const name of names(read('haproxy/haproxy.cfg'), /(JOBS_[A-Z_0-9]+)/g)) t.match(manual, `\`${name}\``)
})

type Start = (t: Test, options: { backends: number[]; settings?: Record<string, string> }) => Promise<FrontDoor>

/** What holds of both front doors. */
async function passesThrough(
  t: Test,
  start: Start,
  headerOf: (client: Client, door: FrontDoor) => string,
): Promise<void> {
  await t.test("the TLS session is the backend's, and the header carries the client's address", async t => {
    const [one] = await backends(t)
    if (one === undefined) return
    const door = await start(t, { backends: [one.port] })
    const client = await enter(t, door.port, 'jobs.example.org')
    t.strictSame(await client.ask(), { backend: 'one', header: headerOf(client, door), host: 'jobs.example.org' })
    t.equal(client.socket.getPeerCertificate().subject.CN, 'one')
    t.equal((await client.ask()).backend, 'one', 'the connection stays')
  })

  await t.test('whoever says nothing for five seconds is cut off', async t => {
    const [one] = await backends(t)
    const door = await start(t, { backends: [one?.port ?? 0] })
    const milliseconds = await kept(door.port)
    t.ok(milliseconds > 4000 && milliseconds < 15_000, `after ${milliseconds} ms`)
  })

  await t.test('one address has so many connections and no more', async t => {
    const [one] = await backends(t)
    const door = await start(t, { backends: [one?.port ?? 0], settings: { JOBS_MAX_CONNECTIONS_PER_ADDRESS: '3' } })
    const first = await enter(t, door.port)
    await enter(t, door.port)
    await enter(t, door.port)
    t.equal(await isLetIn(t, door.port), false, 'the fourth is refused')
    t.equal((await first.ask()).backend, 'one', 'the others go on')
    first.socket.destroy()
    await waitUntil('a place', () => isLetIn(t, door.port))
  })

  await t.test('a connection that is idle too long ends', async t => {
    const [one] = await backends(t)
    const door = await start(t, { backends: [one?.port ?? 0], settings: { JOBS_IDLE_TIMEOUT: '1s' } })
    const { socket } = await enter(t, door.port)
    socket.resume()
    await once(socket, 'close')
    t.pass('it ended')
  })

  await t.test('when a backend refuses connections the other one gets them', async t => {
    const both = await backends(t)
    const door = await start(t, { backends: portsOf(both) })
    const before = await enter(t, door.port)
    const { backend } = await before.ask()
    const leaving = both.find((_, i) => ['one', 'two'][i] === backend)
    await leaving?.refuse()
    const names: string[] = []
    for (let i = 0; i < 6; i++) names.push((await (await enter(t, door.port)).ask()).backend)
    t.strictSame([...new Set(names)], [backend === 'one' ? 'two' : 'one'])
    t.equal((await before.ask()).backend, backend, 'what it had goes on')
  })
}

t.test('HAProxy passes through', async t => {
  if (!havePrograms(t, 'haproxy')) return
  await passesThrough(t, startHaproxy, client => `v2 127.0.0.1 ${client.port}`)

  await t.test('what is not TLS does not reach the backend', async t => {
    const [one] = await backends(t)
    const door = await startHaproxy(t, { backends: [one?.port ?? 0] })
    t.ok((await kept(door.port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')) < 4000, 'it is cut off at once')
  })

  await t.test('a backend that says 503 gets no new connection, until it is well again', async t => {
    const both = await backends(t)
    const [one, two] = both
    if (one === undefined || two === undefined) return
    const door = await startHaproxy(t, { backends: portsOf(both) })
    await waitUntil('the first checks', () => one.healthChecks > 0 && two.healthChecks > 0)
    one.health = 503
    await waitUntil('HAProxy to notice', async () => /jobs-api\/api1 is DOWN/.test(await door.output()))
    const names = new Set<string>()
    for (let i = 0; i < 6; i++) names.add((await (await enter(t, door.port)).ask()).backend)
    t.strictSame([...names], ['two'])
    one.health = 200
    await waitUntil('HAProxy to notice', async () => /jobs-api\/api1 is UP/.test(await door.output()))
    await waitUntil('one to be used', async () => (await (await enter(t, door.port)).ask()).backend === 'one')
  })

  await t.test('one address makes so many connections in ten seconds and no more', async t => {
    const [one] = await backends(t)
    const settings = { JOBS_MAX_HANDSHAKES_PER_ADDRESS: '10' }
    const door = await startHaproxy(t, { backends: [one?.port ?? 0], settings })
    const outcomes: boolean[] = []
    for (let i = 0; i < 15; i++) outcomes.push(await isLetIn(t, door.port))
    t.equal(outcomes.filter(Boolean).length <= 10, true, `${outcomes.filter(Boolean).length} of 15 came in`)
    t.equal(outcomes[0], true)
    t.equal(outcomes.at(-1), false)
  })
})

t.test('nginx passes through', async t => {
  if (!havePrograms(t, 'nginx', 'envsubst')) return
  const header = (client: Client, door: FrontDoor) => `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.port} ${door.port}`
  await passesThrough(t, startNginxPassthrough, header)

  await t.test(
    'on a shared port one host name goes to the API, all else to the web front without a header',
    async t => {
      const jobs = await startTlsBackend(t, { name: 'jobs', proxied: true })
      const web = await startTlsBackend(t, { name: 'web', proxied: false })
      const door = await startNginxShared(t, { backends: [jobs.port], webFront: web.port, host: 'jobs.example.org' })
      for (const host of ['jobs.example.org', 'JOBS.example.org']) {
        const client = await enter(t, door.port, host)
        const told = await client.ask()
        t.strictSame([told.backend, told.header], ['jobs', header(client, door)], host)
      }
      for (const host of ['www.example.org', 'jobs.example.org.evil.net', 'x.jobs.example.org', '']) {
        const { backend, header } = await (await enter(t, door.port, host)).ask()
        t.strictSame({ backend, header }, { backend: 'web', header: '' }, host === '' ? 'no name' : host)
      }
    },
  )
})
