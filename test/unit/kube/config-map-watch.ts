import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { watchConfigMap } from '../../../src/kube/config-map-watch.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { clientPair, type H2Request, h2Server } from '../../support/h2-server.ts'
import { waitUntil } from '../../support/wait-until.ts'

type Data = Record<string, string> | undefined

/** Never slow: a pause is a turn of the loop. */
const clock = {
  now: () => 0,
  async sleep(_milliseconds: number, signal?: AbortSignal) {
    await new Promise(resolve => setImmediate(resolve))
    signal?.throwIfAborted()
  },
}

const map = (data: Data, resourceVersion: string, name = 'deny-list') => ({ metadata: { name, resourceVersion }, data })

async function world(t: Test, identity?: { token_file: string }) {
  let items: object[] = []
  const watches: H2Request[] = []
  const server = await h2Server(t, request => {
    if (request.query.get('watch') === null) return { status: 200, body: { metadata: { resourceVersion: '5' }, items } }
    watches.push(request)
    request.stream.respond({ ':status': 200 })
    return undefined
  })
  const seen: Data[] = []
  const pair = await clientPair(server, 'api')
  const start = () => {
    const watching = watchConfigMap(
      {
        plane: { server: server.url, ca: server.ca, timeout_ms: 20_000 },
        identity: identity ?? pair,
        namespace: 'toolforge-system',
        name: 'deny-list',
        onChange: data => seen.push(data),
      },
      { clock, log: quietLog },
    )
    t.teardown(() => watching.stop())
    return watching
  }
  const setItems = (next: object[]) => {
    items = next
  }
  const send = (type: string, object: object) => watches.at(-1)?.stream.write(`${JSON.stringify({ type, object })}\n`)
  const watched = (count: number) => waitUntil(`watch ${count}`, () => watches.length >= count)
  const told = (count: number) => waitUntil(`${count} changes`, () => seen.length >= count)
  return { server, seen, start, setItems, send, watched, told, watches }
}

t.test('the data is told at first and at each change, once', async t => {
  const w = await world(t)
  w.setItems([map({ a: '1' }, '4')])
  await w.start().ready
  t.same(w.seen, [{ a: '1' }])
  await w.watched(1)
  const [list, watch] = w.server.requests
  for (const request of [list, watch]) {
    t.equal(request?.path, '/api/v1/namespaces/toolforge-system/configmaps')
    t.equal(request?.query.get('fieldSelector'), 'metadata.name=deny-list')
  }
  t.equal(watch?.query.get('resourceVersion'), '5')
  w.send('MODIFIED', map({ a: '1' }, '6'))
  w.send('MODIFIED', map({ other: 'x' }, '6', 'other'))
  w.send('MODIFIED', map({ a: '2' }, '7'))
  w.send('DELETED', map({ a: '2' }, '8'))
  w.send('ADDED', map(undefined, '9'))
  await w.told(4)
  t.same(w.seen, [{ a: '1' }, { a: '2' }, undefined, {}])
})

t.test('no such ConfigMap is told as undefined', async t => {
  const w = await world(t)
  await w.start().ready
  t.same(w.seen, [undefined])
})

t.test('a lost connection changes nothing that was said, and what changed meanwhile is told', async t => {
  const w = await world(t)
  w.setItems([map({ a: '1' }, '4')])
  await w.start().ready
  await w.watched(1)
  for (const socket of w.server.sockets) socket.destroy()
  await w.watched(2)
  t.same(w.seen, [{ a: '1' }])
  w.setItems([map({ a: '3' }, '20')])
  for (const socket of w.server.sockets) socket.destroy()
  await w.told(2)
  t.same(w.seen, [{ a: '1' }, { a: '3' }])
})

t.test('a token comes from its file, which may change', async t => {
  const token_file = join(t.testdir({ token: 'one\n' }), 'token')
  const w = await world(t, { token_file })
  await w.start().ready
  await w.watched(1)
  writeFileSync(token_file, 'two\n')
  for (const socket of w.server.sockets) socket.destroy()
  await w.watched(2)
  const tokens = w.server.requests.map(({ headers }) => headers['authorization'])
  t.equal(tokens[0], 'Bearer one')
  t.equal(tokens.at(-1), 'Bearer two')
})

t.test('stopping ends the watch', async t => {
  const w = await world(t)
  const watching = w.start()
  await watching.ready
  await w.watched(1)
  await watching.stop()
  await waitUntil('the end', () => w.server.sockets.size === 0)
  t.equal(w.watches.length, 1)
})
