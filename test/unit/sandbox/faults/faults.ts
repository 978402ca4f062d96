import t, { type Test } from 'tap'
import type { Client } from 'undici'
import { createH2Client } from '../../../support/h2-client.ts'
import { at } from '../../../support/json.ts'
import { createRawClient } from '../../../support/raw-client.ts'
import { startSandbox } from '../../../support/sandbox.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const map = (name: string) => ({ metadata: { name } })
const create = { verb: 'create', plural: 'configmaps' }

async function world(t: Test) {
  const sandbox = await startSandbox(t)
  const keys = await sandbox.keys([{ O: ['system:masters'] }, { CN: ['root'] }])
  /** A client of the user `root`; the administrator's own is called `admin`. */
  const connect = (options: Client.Options = {}) => createH2Client(t, sandbox.endpoint, { keys, options })
  const names = async (): Promise<unknown[]> => {
    const items: unknown = at((await sandbox.admin.call('GET', maps)).body, 'items')
    return Array.isArray(items) ? items.map(item => at(item, 'metadata', 'name')) : []
  }
  return { ...sandbox, keys, connect, client: connect(), names }
}

t.test('a request that is refused changes nothing', async t => {
  const { control, client, names } = await world(t)
  const codes = {
    401: 'Unauthorized',
    403: 'Forbidden',
    409: 'Conflict',
    500: 'InternalError',
    503: 'ServiceUnavailable',
  }
  for (const [code, reason] of Object.entries(codes)) {
    await control.faults.replace([{ match: create, effect: 'answer', code: Number(code) }])
    const { status, body } = await client.call('POST', maps, map('a'))
    t.equal(status, Number(code))
    t.match(body, { kind: 'Status', status: 'Failure', reason, code: Number(code) })
  }
  await control.faults.replace([{ match: create, effect: 'answer', code: 429, retry_after_s: 3, message: 'slowly' }])
  const { status, headers, body } = await client.call('POST', maps, map('a'))
  t.match({ status, after: headers['retry-after'] }, { status: 429, after: '3' })
  t.match(body, { reason: 'TooManyRequests', message: 'slowly', details: { retryAfterSeconds: 3 } })
  t.notOk((await names()).includes('a'))
  await control.faults.clear()
  t.equal((await client.call('POST', maps, map('a'))).status, 201)
})

t.test('what is answered wrongly afterwards has been done', async t => {
  const { control, client, names } = await world(t)
  await control.faults.add({ match: create, after: true, effect: 'answer', code: 504, count: 1 })
  t.match(await client.call('POST', maps, map('timeout')), { status: 504, body: { reason: 'Timeout' } })
  await control.faults.add({ match: create, after: true, effect: 'cut', count: 1 })
  await t.rejects(client.call('POST', maps, map('cut')))
  await control.faults.add({ match: create, after: true, effect: 'reset', count: 1 })
  await t.rejects(client.call('POST', maps, map('reset')))
  const known = await names()
  for (const name of ['timeout', 'cut', 'reset']) t.ok(known.includes(name), name)
  t.match(await client.call('POST', maps, map('cut')), { status: 409 }, 'a second try finds the first')
})

t.test('a fault strikes those that it names, and as often as it says', async t => {
  const { control, client, admin } = await world(t)
  const { id } = await control.faults.add({ match: { user: 'root', plural: 'configmaps' }, effect: 'answer', nth: 2 })
  const codes: number[] = []
  for (let asked = 0; asked < 3; asked++) codes.push((await client.call('GET', maps)).status)
  t.same(codes, [200, 500, 200], 'the second only')
  t.equal((await admin.call('GET', maps)).status, 200, 'another user')
  t.equal((await client.call('GET', '/api/v1/namespaces/default/pods')).status, 200, 'another kind')
  t.match(await control.faults.list(), [{ id, seen: 3, struck: 1 }])
  await control.faults.remove(id)
  t.same(await control.faults.list(), [])
})

t.test('latency holds an answer back, and with `after` only the answer', async t => {
  const { control, client, admin, names } = await world(t)
  const slow = { match: { user: 'root' }, latency_ms: 300, jitter_ms: 100 }
  await control.faults.replace([slow])
  const before = performance.now()
  t.equal((await client.call('GET', maps)).status, 200)
  t.ok(performance.now() - before >= 295)
  await control.faults.replace([{ ...slow, latency_ms: 60_000, after: true }])
  const late = client.call('POST', maps, map('late')).catch(error => error)
  await waitUntil('the write', async () => (await names()).includes('late'))
  t.equal((await admin.call('GET', `${maps}/late`)).status, 200)
  await client.client.destroy()
  t.ok((await late) instanceof Error)
})

t.test('a cut ends one answer, a reset all that the connection carries', async t => {
  const { control, client } = await world(t)
  const watch = await client.watch(`${maps}?watch=true`)
  await control.faults.replace([{ match: { verb: 'list' }, effect: 'cut', count: 1 }])
  await t.rejects(client.call('GET', maps))
  t.equal((await control.state()).open.watches, 1, 'the watch goes on')
  await control.faults.replace([{ match: { verb: 'list' }, effect: 'reset', count: 1 }])
  await t.rejects(client.call('GET', maps), { code: 'ECONNRESET' })
  t.ok((await watch.ended) instanceof Error)
  t.equal((await client.call('GET', maps)).status, 200, 'on a new connection')
})

t.test('who is left hanging waits until it leaves', async t => {
  const { control, connect } = await world(t)
  const client = connect({ headersTimeout: 200 })
  await control.faults.replace([{ match: { verb: 'get', name: 'a' }, effect: 'hang', count: 1 }])
  await t.rejects(client.call('GET', `${maps}/a`), { code: 'UND_ERR_HEADERS_TIMEOUT' })
  t.equal((await client.call('GET', `${maps}/a`)).status, 404)
})

t.test('after GOAWAY a client goes on elsewhere, and its watch where it is', async t => {
  const { control, client, admin } = await world(t)
  const watch = await client.watch(`${maps}?watch=true`)
  await control.faults.replace([{ match: { verb: 'get', user: 'root' }, effect: 'goaway', count: 1 }])
  t.equal((await client.call('GET', `${maps}/a`)).status, 404, 'answered all the same')
  t.equal((await client.call('GET', `${maps}/b`)).status, 404)
  const twoOfRoot = async () => (await control.state()).open.connections >= 2
  await waitUntil('a second connection', twoOfRoot)
  await admin.call('POST', maps, { body: map('c') })
  await waitUntil('the event', () => watch.lines.some(line => at(line, 'object', 'metadata', 'name') === 'c'))
})

t.test('in a black hole nothing comes, no answer to a ping either, and nothing ends', async t => {
  const { control, connect, admin } = await world(t)
  // Its answer late, undici asks by a ping whether the connection is alive; a second without an answer ends it.
  const client = connect({ headersTimeout: 200 })
  const watch = await client.watch(`${maps}?watch=true`)
  await control.faults.replace([{ match: { user: 'root', verb: 'get' }, effect: 'hang', count: 1 }])
  await t.rejects(client.call('GET', `${maps}/a`))
  await waitUntil('the first event', () => watch.lines.length > 0)
  const known = watch.lines.length
  await control.faults.replace([{ match: { user: 'root', verb: 'get' }, effect: 'black_hole', count: 1 }])
  const lost = client.call('GET', `${maps}/a`)
  await t.rejects(lost)
  await admin.call('POST', maps, { body: map('unseen') })
  t.ok((await watch.ended) instanceof Error)
  t.equal(watch.lines.length, known)
  t.equal((await client.call('GET', `${maps}/a`)).status, 404, 'on a new connection')
})

t.test('open connections are ended by user', async t => {
  const { control, client, admin, connect } = await world(t)
  const watch = await client.watch(`${maps}?watch=true`)
  await admin.call('GET', maps)
  t.equal(await control.endConnections('reset', 'nobody'), 0)
  t.equal(await control.endConnections('reset', 'root'), 1)
  t.ok((await watch.ended) instanceof Error)
  const second = connect({ headersTimeout: 200 })
  const silenced = await second.watch(`${maps}?watch=true`)
  t.equal(await control.endConnections('black_hole', 'root'), 1)
  await t.rejects(second.call('GET', maps))
  t.ok((await silenced.ended) instanceof Error)
  t.ok((await control.endConnections('goaway')) >= 1, 'all')
  t.equal((await client.call('GET', maps)).status, 200)
})

t.test('newcomers are turned away, or never hear a word', async t => {
  const { control, client, connect } = await world(t)
  t.equal((await client.call('GET', maps)).status, 200)
  await control.setNewcomers('reset')
  await t.rejects(connect().call('GET', maps))
  await control.setNewcomers('silent')
  const options = { connectTimeout: 500, headersTimeout: 5000 }
  await t.rejects(connect(options).call('GET', maps), { code: 'UND_ERR_CONNECT_TIMEOUT' })
  t.equal((await client.call('GET', maps)).status, 200, 'who was there is served')
  await control.setNewcomers('accept')
  t.equal((await connect().call('GET', maps)).status, 200)
})

t.test('open watches end well, are cut, or learn that they are too old', async t => {
  const { control, client } = await world(t)
  const open = () => client.watch(`${maps}?watch=true`)
  const [one, other] = [await open(), await client.watch('/api/v1/pods?watch=true')]
  t.equal(await control.endWatches('end', { plural: 'configmaps', namespace: 'default', user: 'root' }), 1)
  t.equal(await one.ended, undefined)
  const cut = await open()
  t.equal(await control.endWatches('cut', { plural: 'configmaps' }), 1)
  t.ok((await cut.ended) instanceof Error)
  const old = await open()
  t.equal(await control.endWatches('expired', { plural: 'configmaps' }), 1)
  t.equal(await old.ended, undefined)
  t.match(old.lines.at(-1), { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
  t.equal(await control.endWatches('end'), 1, 'that of pods was open still')
  t.equal(await other.ended, undefined)
})

t.test('a watch that begins is refused, or told that its version is too old', async t => {
  const { control, client } = await world(t)
  const watch = { verb: 'watch', plural: 'configmaps' }
  await control.faults.replace([{ match: watch, effect: 'expired' }])
  const told = await client.watch(`${maps}?watch=true`)
  t.equal(told.status, 200)
  await told.ended
  t.match(told.lines, [{ type: 'ERROR', object: { code: 410 } }])
  await control.faults.replace([{ match: watch, effect: 'answer', code: 503 }])
  t.match(await client.call('GET', `${maps}?watch=true`), { status: 503 })
  await control.faults.replace([{ match: { verb: 'list' }, effect: 'expired' }])
  t.match(await client.call('GET', maps), { status: 410, body: { reason: 'Expired' } })
})

t.test('a history that is compacted knows no older version', async t => {
  const { control, client, admin } = await world(t)
  const old = at((await client.call('GET', maps)).body, 'metadata', 'resourceVersion')
  await admin.call('POST', maps, { body: map('a') })
  const before = await client.watch(`${maps}?watch=true&resourceVersion=${old}&timeoutSeconds=1`)
  await before.ended
  t.match(before.lines, [{ type: 'ADDED' }])
  await control.compact('configmaps')
  const after = await client.watch(`${maps}?watch=true&resourceVersion=${old}`)
  await after.ended
  t.match(after.lines, [{ type: 'ERROR', object: { code: 410 } }])
  const now = at((await client.call('GET', maps)).body, 'metadata', 'resourceVersion')
  const fresh = await client.watch(`${maps}?watch=true&resourceVersion=${now}&timeoutSeconds=1`)
  await fresh.ended
  t.same(fresh.lines, [], 'the newest version is known')
  await t.rejects(control.compact('dragons'), /the sandbox has no dragons/)
})

t.test('a body comes slowly, or only in part', async t => {
  const { control, client } = await world(t)
  await client.call('POST', maps, { ...map('big'), data: { text: 'x'.repeat(1000) } })
  await control.faults.replace([{ match: { verb: 'get', user: 'root' }, effect: 'slow', bytes_per_second: 4000 }])
  const before = performance.now()
  t.match(await client.call('GET', `${maps}/big`), { status: 200, body: { data: { text: /^x{1000}$/ } } })
  t.ok(performance.now() - before > 250)
  await control.faults.replace([{ match: { verb: 'get', user: 'root' }, effect: 'truncate', count: 1 }])
  const { statusCode, body } = await client.client.request({ method: 'GET', path: `${maps}/big` })
  t.equal(statusCode, 200)
  await t.rejects(body.text())
  t.equal((await client.call('GET', maps)).status, 200)
})

t.test('without HTTP/2 the same goes wrong', async t => {
  const { control, endpoint, keys } = await world(t)
  const client = createRawClient(endpoint, keys)
  t.teardown(client.close)
  const struck = async (effect: 'cut' | 'reset' | 'truncate') => {
    await control.faults.replace([{ match: { user: 'root' }, effect, count: 1 }])
    await t.rejects(client.call('GET', maps), effect)
  }
  await struck('cut')
  await struck('reset')
  await struck('truncate')
  await control.faults.replace([{ match: { user: 'root' }, effect: 'goaway', count: 1 }])
  t.equal((await client.call('GET', maps)).headers.connection, 'close')
  t.not((await client.call('GET', maps)).headers.connection, 'close')
  await control.faults.replace([{ match: { user: 'root' }, effect: 'slow', bytes_per_second: 100_000 }])
  t.match((await client.call('GET', maps)).body, { kind: 'ConfigMapList' })
})

t.test('it is counted what was asked, since the mark', async t => {
  const { control, client, admin } = await world(t)
  await control.requests.mark()
  t.same(await control.requests.list(), [])
  await client.call('GET', maps)
  await client.call('GET', maps)
  await client.call('GET', `${maps}/none`)
  await admin.call('GET', '/version')
  await client.watch(`${maps}?watch=true`)
  t.strictSame(
    new Set(await control.requests.list({ user: 'root' })),
    new Set([
      { verb: 'list', resource: 'configmaps', code: 200, count: 2 },
      { verb: 'get', resource: 'configmaps', code: 404, count: 1 },
      { verb: 'watch', resource: 'configmaps', code: 200, count: 1 },
    ]),
  )
  t.equal(await control.requests.total(), 5)
  t.equal(await control.requests.total({ verb: 'list' }), 2)
  await control.faults.replace([{ effect: 'hang' }])
  client.call('GET', maps).catch(() => undefined)
  await waitUntil('the request to be counted', async () => (await control.requests.total({ verb: 'list' })) === 3)
  t.match(
    await control.requests.list({ verb: 'list' }),
    [{ code: 200 }, { code: 0, count: 1 }],
    'without an answer yet',
  )
})

t.test('what goes wrong does not keep the sandbox from stopping', async t => {
  const { control, client, sandbox } = await world(t)
  await client.watch(`${maps}?watch=true`)
  await control.faults.replace([
    { match: { verb: 'get' }, effect: 'hang' },
    { match: { verb: 'list' }, effect: 'black_hole' },
  ])
  const hanging = [client.call('GET', `${maps}/a`), client.call('GET', maps)].map(call => call.catch(() => undefined))
  await waitUntil('both to be struck', async () => (await control.faults.list()).every(({ struck }) => struck === 1))
  await sandbox.stop()
  await Promise.all(hanging)
})
