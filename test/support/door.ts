import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type FastifyInstance, fastify } from 'fastify'
import type { Test } from 'tap'
import { createListener, type Listener, type ListenerAddress } from '../../src/api/listener.ts'
import { type ListenerConfig, listenerConfig } from '../../src/api/listener-config.ts'
import { createTrust, type Trust } from '../../src/api/trust.ts'
import { createAuthority, type KeyPair } from '../../src/pki/authority.ts'
import { parseConfig } from '../../src/platform/config.ts'
import { createLog } from '../../src/platform/log.ts'
import { forge } from './forge.ts'
import { createTestClock, type TestClock } from './test-clock.ts'

export interface Door extends ListenerAddress {
  config: ListenerConfig
  listener: Listener
  trust: Trust
  clock: TestClock
  app: FastifyInstance
  /** The authority of the bundle: forged, so that it may sign anything. */
  root: KeyPair
  /** Signs the server's certificate. */
  serverCa: KeyPair
  files: { ca: string; certificate: string; key: string; denyList: string }
  /** What was logged, by its text. */
  logged(text: string): Record<string, unknown>[]
  /** What the callers' stream signals said when they fired. */
  ended: unknown[]
  /** The tools that were told of as they connected. */
  connected: string[]
}

export const rootName = 'Test CA'
const day = 86_400_000

/** A new certificate for `localhost`, of a new authority. */
export async function serverPair(keyType: 'ec' | 'rsa' = 'ec'): Promise<{ ca: KeyPair; pair: KeyPair }> {
  const life = { notBefore: Date.now() - day, notAfter: Date.now() + day }
  const ca = await createAuthority({ commonName: 'Server CA', ...life })
  const hosts = ['localhost', '127.0.0.1']
  const pair = await ca.issue({ subject: [{ CN: ['localhost'] }], usages: ['serverAuth'], hosts, keyType, ...life })
  return { ca, pair }
}

/**
 * The tenants' door before a bare Fastify: `/` answers with the verdict, `/stream` says `begin` and ends with the
 * caller's signal, `/slow` answers when the test clock has gone on by a second.
 */
export async function startDoor(t: Test, settings: Record<string, unknown> = {}): Promise<Door> {
  const folder = t.testdir()
  const root = await forge({ subject: [{ CN: [rootName] }], ca: true, notAfter: Date.now() + 365 * day })
  const server = await serverPair()
  const files = {
    ca: join(folder, 'ca.pem'),
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    denyList: join(folder, 'list.json'),
  }
  writeFileSync(files.ca, root.certificate)
  writeFileSync(files.certificate, server.pair.certificate)
  writeFileSync(files.key, server.pair.key)
  writeFileSync(files.denyList, '[]')
  const config = parseConfig(
    listenerConfig,
    JSON.stringify({
      host: '127.0.0.1',
      port: 0,
      client_ca_file: files.ca,
      certificate_file: files.certificate,
      key_file: files.key,
      deny_list_file: files.denyList,
      reload_seconds: 86_400,
      ...settings,
    }),
  )
  const lines: Record<string, unknown>[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const log = createLog({ level: 'debug', service: 'test' }, sink)
  const clock = createTestClock(Date.now())
  const trust = createTrust(config, { clock, log })
  const connected: string[] = []
  const listener = createListener(config, { trust, clock, log, connected: tool => void connected.push(tool) })
  const app = fastify({ serverFactory: handler => listener.serverFactory(handler) })
  const ended: unknown[] = []
  app.get('/', (request, reply) => {
    const verdict = listener.caller(request.raw.socket)
    const status = verdict.allow ? 200 : verdict.code === 'not_verified' ? 401 : 403
    reply.code(status).send({ ...verdict, ip: request.ip, port: request.socket.remotePort })
  })
  app.get('/slow', async () => {
    await clock.sleep(1000)
    return 'done'
  })
  app.get('/stream', (request, reply) => {
    reply.hijack()
    reply.raw.write('begin\n')
    const signal = listener.streamSignal(request.raw.socket)
    const end = () => {
      ended.push(signal.reason)
      reply.raw.end('end\n')
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
  await app.ready()
  const address = await listener.start()
  t.teardown(async () => {
    await listener.stop()
    await app.close()
  })
  const logged = (text: string) => lines.filter(line => line['msg'] === text)
  return { ...address, config, listener, trust, clock, app, root, serverCa: server.ca, files, logged, ended, connected }
}
