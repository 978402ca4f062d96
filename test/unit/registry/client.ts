import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createAuthority } from '../../../src/pki/authority.ts'
import { createLog } from '../../../src/platform/log.ts'
import { createRegistryClient, mostPages } from '../../../src/registry/client.ts'

type Behaviour = (request: IncomingMessage, response: ServerResponse, url: string) => void

interface Asked {
  line: string
  authorization: string | undefined
}

const signal = new AbortController().signal
const login = 'Basic am9iczpzZWNyZXQ='
const digest = `sha256:${'a'.repeat(64)}`

/** A server that behaves as it likes, except that /v2/ says that it is a registry. */
async function server(t: Test, behave: Behaviour, isRegistry = true) {
  const asked: Asked[] = []
  const http = createServer((request, response) => {
    asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    if (isRegistry && request.url === '/v2/') response.end('{}')
    else behave(request, response, url)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const url = `http://${host}`
  t.teardown(async () => {
    http.closeAllConnections()
    http.close()
    await once(http, 'close')
  })
  return { url, host, asked }
}

interface Options {
  timeout_ms?: number
  ca?: string
}

function clientOf(t: Test, { url, host }: { url: string; host: string }, { timeout_ms = 20_000, ca }: Options = {}) {
  const logged: string[] = []
  const log = createLog({ level: 'info', service: 'test' }, { write: line => void logged.push(line) })
  const client = createRegistryClient({ url, host, ca, authorization: login, timeout_ms }, log)
  t.teardown(() => client.close())
  return { client, logged: () => logged.join('') }
}

async function world(t: Test, behave: Behaviour, options?: Options & { isRegistry?: boolean }) {
  const registry = await server(t, behave, options?.isRegistry)
  return { ...registry, ...clientOf(t, registry, options) }
}

const json = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (_, response) =>
    response.writeHead(code, headers).end('{"errors":[]}')

const silence: Behaviour = () => undefined
const noAnswer = { code: 'unavailable', message: /registry.*does not answer.*try again/ }

t.test('a redirect is not followed', async t => {
  const other = await server(t, (_, response) => json(response, { tags: ['stolen'] }))
  for (const code of [301, 302, 303, 307, 308]) {
    const { client, logged, asked } = await world(t, status(code, { location: `${other.url}/v2/x/tags/list` }))
    await t.rejects(client.tags('tool-x/x', signal), noAnswer, String(code))
    await t.rejects(client.digest('tool-x/x', 'v1', signal), noAnswer, String(code))
    t.match(logged(), /points elsewhere.*redirects are not followed/)
    t.equal(asked.length, 2)
  }
  t.strictSame(other.asked, [], 'the other place hears nothing')
})

t.test('a token realm elsewhere is asked for nothing, and said in the log', async t => {
  const other = await server(t, (_, response) => json(response, { token: 'x' }))
  const challenge = `Bearer realm="${other.url}/token",service="registry",scope="repository:tool-x/x:pull"`
  const { client, logged, asked } = await world(t, status(401, { 'www-authenticate': challenge }))
  await t.rejects(client.tags('tool-x/x', signal), noAnswer)
  t.match(logged(), /wants a token from another place/)
  t.match(logged(), other.url)
  t.strictSame(other.asked, [])
  t.equal(asked.length, 1)
  t.notMatch(logged(), /am9iczpzZWNyZXQ/, 'the login is not logged')
})

t.test('a login that is refused is said so in the log', async t => {
  for (const challenge of ['Basic realm="x"', 'Bearer realm="/token"', 'Bearer', '']) {
    const { client, logged } = await world(t, status(401, { 'www-authenticate': challenge }))
    await t.rejects(client.tags('tool-x/x', signal), noAnswer)
    t.match(logged(), /refuses the login of registry.username/)
  }
})

t.test('pages are followed, at the same place only', async t => {
  const pages: Behaviour = ({ url = '' }, response, origin) => {
    const last = new URL(url, origin).searchParams.get('last')
    if (last === null)
      return json(response, { tags: ['a', 'b'] }, { link: '</v2/tool-x/x/tags/list?last=b&n=100>; rel="next"' })
    return json(response, { tags: ['b', 'c'] })
  }
  const { client, asked } = await world(t, pages)
  t.strictSame(await client.tags('tool-x/x', signal), ['a', 'b', 'c'])
  t.strictSame(
    asked.map(({ line }) => line),
    ['GET /v2/tool-x/x/tags/list?n=100', 'GET /v2/tool-x/x/tags/list?last=b&n=100'],
  )
  t.ok(asked.every(({ authorization }) => authorization === login))

  const other = await server(t, (_, response) => json(response, { tags: ['stolen'] }))
  for (const next of [`${other.url}/v2/tool-x/x/tags/list?last=b`, '/v2/tool-y/y/tags/list', '/admin']) {
    const { client, logged } = await world(t, (_, response) =>
      json(response, { tags: ['a'] }, { link: `<${next}>; rel="next"` }),
    )
    await t.rejects(client.tags('tool-x/x', signal), noAnswer, next)
    t.match(logged(), /next page elsewhere/)
  }
  t.strictSame(other.asked, [])
})

t.test('pages without an end are read up to a number', async t => {
  let page = 0
  const { client, asked, logged } = await world(t, (_, response) => {
    page++
    json(response, { tags: [`t${page}`] }, { link: `</v2/tool-x/x/tags/list?last=t${page}>; rel="next"` })
  })
  t.equal((await client.tags('tool-x/x', signal)).length, mostPages)
  t.equal(asked.length, mostPages)
  t.match(logged(), /more tags than are looked at/)
})

t.test('of a page with very many tags a number is kept', async t => {
  const { client, logged } = await world(t, (_, response) =>
    json(response, { tags: Array.from({ length: 50_000 }, (_, number) => `t${number}`) }),
  )
  t.equal((await client.tags('tool-x/x', signal)).length, 1000)
  t.match(logged(), /more tags than are looked at/)
})

t.test('an answer of 200 MB is given up early', async t => {
  let sent = 0
  const flood: Behaviour = (_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 0x20)
    response.writeHead(200, { 'content-type': 'application/json' })
    const pour = (): void => {
      while (sent < 200 * 1024 * 1024 && !response.destroyed) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', pour)
      }
      response.end()
    }
    pour()
  }
  const { client, logged } = await world(t, flood)
  await t.rejects(client.tags('tool-x/x', signal), noAnswer)
  t.match(logged(), /longer than/)
  t.ok(sent < 50 * 1024 * 1024, `${sent} bytes were sent`)
  sent = 0
  const { client: second } = await world(t, (request, response, url) =>
    request.method === 'HEAD' ? response.writeHead(200).end() : flood(request, response, url),
  )
  await t.rejects(second.digest('tool-x/x', 'v1', signal), noAnswer)
})

t.test('silence, half an answer and a lost connection are no answer', async t => {
  const half: Behaviour = (_, response) => void response.writeHead(200).write('{"tags":')
  const behaviours: [Behaviour, RegExp][] = [
    [silence, /no answer within 100 ms/],
    [half, /no answer within 100 ms/],
    [(_, response) => response.destroy(), /other side closed|ECONNRESET/],
    [(_, response) => void response.writeHead(200, { 'content-length': '99' }).end('{}'), /./],
  ]
  for (const [behave, why] of behaviours) {
    const { client, logged } = await world(t, behave, { timeout_ms: 100 })
    await t.rejects(client.tags('tool-x/x', signal), noAnswer)
    t.match(logged(), why)
  }
})

t.test('who leaves gets his own reason at once, and nothing is logged', async t => {
  const { client, logged, asked } = await world(t, silence)
  const controller = new AbortController()
  const waiting = client.tags('tool-x/x', controller.signal)
  while (asked.length === 0) await setImmediate()
  controller.abort(new Error('gone'))
  await t.rejects(waiting, { message: 'gone' })
  t.equal(logged(), '')
})

t.test('404 counts when a registry says it', async t => {
  const { client } = await world(t, status(404))
  t.strictSame(await client.tags('tool-x/x', signal), [])
  t.equal(await client.digest('tool-x/x', 'v1', signal), undefined)
  const { client: none, logged } = await world(t, status(404), { isRegistry: false })
  await t.rejects(none.tags('tool-x/x', signal), noAnswer)
  await t.rejects(none.digest('tool-x/x', 'v1', signal), noAnswer)
  t.match(logged(), /there is no registry/)
})

t.test('other answers are none', async t => {
  for (const code of [204, 400, 403, 405, 429, 500, 503]) {
    const { client, logged } = await world(t, status(code))
    await t.rejects(client.tags('tool-x/x', signal), noAnswer, String(code))
    await t.rejects(client.digest('tool-x/x', 'v1', signal), noAnswer, String(code))
    t.match(logged(), new RegExp(`answers with ${code}`))
  }
  for (const body of ['', 'null', '[]', '{}', '{"tags":{}}', '<html>', '"tags"']) {
    const { client } = await world(t, (_, response) => response.end(body))
    await t.rejects(client.tags('tool-x/x', signal), noAnswer, body)
  }
})

t.test('of a list of tags what can be a tag is taken', async t => {
  const { client } = await world(t, (_, response) =>
    json(response, { tags: ['ok', '../../x', 3, null, '', 'a b', 'x@y', '\u001b[2J', 'v1.0_x-y'] }),
  )
  t.strictSame(await client.tags('tool-x/x', signal), ['ok', 'v1.0_x-y'])
  const { client: empty } = await world(t, (_, response) => json(response, { tags: null }))
  t.strictSame(await empty.tags('tool-x/x', signal), [])
})

t.test('the digest is that of the header, or else of the manifest itself', async t => {
  const { client, asked } = await world(t, (_, response) =>
    response.writeHead(200, { 'docker-content-digest': digest }).end(),
  )
  t.equal(await client.digest('tool-x/x', 'v1', signal), digest)
  t.equal(await client.digest('tool-x/x', digest, signal), digest)
  t.strictSame(
    asked.map(({ line }) => line),
    ['HEAD /v2/tool-x/x/manifests/v1', `HEAD /v2/tool-x/x/manifests/${digest}`],
  )
  const manifest = '{"schemaVersion":2}'
  const { client: plain } = await world(t, (_, response) => response.end(manifest))
  const own = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
  t.equal(await plain.digest('tool-x/x', 'v1', signal), own)
})

t.test('a digest that is none, or not the one that was asked for, is no answer', async t => {
  for (const header of ['sha256:1', 'x', `sha256:${'b'.repeat(64)}`]) {
    const { client } = await world(t, (_, response) =>
      response.writeHead(200, { 'docker-content-digest': header }).end(),
    )
    await t.rejects(client.digest('tool-x/x', digest, signal), noAnswer, header)
  }
})

t.test('all kinds of manifests are accepted', async t => {
  let accept = ''
  const { client } = await world(t, (request, response) => {
    accept = String(request.headers.accept)
    response.writeHead(200, { 'docker-content-digest': digest }).end()
  })
  await client.digest('tool-x/x', 'v1', signal)
  for (const kind of ['oci.image.index.v1', 'oci.image.manifest.v1', 'manifest.list.v2', 'manifest.v2'])
    t.match(accept, `${kind}+json`)
})

t.test('a registry over TLS must have a certificate of the named CA', async t => {
  const life = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 }
  const authority = await createAuthority({ commonName: 'registry CA', ...life })
  const stranger = await createAuthority({ commonName: 'registry CA', ...life })
  const pair = await authority.issue({
    subject: [{ CN: ['registry'] }],
    usages: ['serverAuth'],
    hosts: ['127.0.0.1'],
    ...life,
  })
  const https = createTlsServer({ cert: pair.certificate, key: pair.key }, (_, response) =>
    json(response, { tags: ['a'] }),
  ).listen(0, '127.0.0.1')
  await once(https, 'listening')
  t.teardown(() => {
    https.closeAllConnections()
    https.close()
  })
  const { port } = https.address() as AddressInfo
  const place = { url: `https://127.0.0.1:${port}`, host: `127.0.0.1:${port}` }
  t.strictSame(await clientOf(t, place, { ca: authority.certificate }).client.tags('tool-x/x', signal), ['a'])
  const { client, logged } = clientOf(t, place, { ca: stranger.certificate })
  await t.rejects(client.tags('tool-x/x', signal), noAnswer)
  t.match(logged(), /certificate/)
})
