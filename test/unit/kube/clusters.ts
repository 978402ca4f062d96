import t, { type Test } from 'tap'
import { createClusters } from '../../../src/kube/clusters.ts'
import { clientPair, type H2Request, h2Server } from '../../support/h2-server.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** A clock whose sleepers wake when the test lets time pass. */
function manualClock() {
  let time = 0
  let wake = Promise.withResolvers<void>()
  return {
    now: () => time,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      const end = time + milliseconds
      while (time < end) {
        signal?.throwIfAborted()
        const aborted = Promise.withResolvers<void>()
        signal?.addEventListener('abort', () => aborted.resolve(), { once: true })
        await Promise.race([wake.promise, aborted.promise])
      }
    },
    pass(milliseconds: number) {
      time += milliseconds
      wake.resolve()
      wake = Promise.withResolvers()
    },
  }
}

async function world(t: Test, most = 1000) {
  const held: H2Request[] = []
  const server = await h2Server(t, request => {
    if (request.path.endsWith('/log')) held.push(request)
    else return { status: 200, body: { metadata: { name: 'x' } } }
    request.stream.respond({ ':status': 200 })
    request.stream.write('line\n')
    return undefined
  })
  const clock = manualClock()
  const plane = { server: server.url, ca: server.ca, timeout_ms: 20_000 }
  const clusters = createClusters(plane, { clock, limits: { most, idleMs: 5000, sweepMs: 1000 } })
  t.teardown(() => clusters.stop())
  const credentials = async (tool: string, fingerprint = 'F') => ({
    tool,
    fingerprint,
    ...(await clientPair(server, tool)),
  })
  return { server, clock, clusters, credentials, held }
}

t.test('each tool has a connection of its own, made with its certificate, and keeps it', async t => {
  const { server, clusters, credentials } = await world(t)
  const a = await credentials('a')
  const b = await credentials('b')
  t.equal(clusters.of(a), clusters.of(a))
  t.not(clusters.of(a), clusters.of(b))
  for (const each of [a, b, a]) await clusters.of(each).get('jobs', 'x')
  t.same(
    server.requests.map(({ client, path }) => [/CN=(.*)/.exec(client)?.[1], path.split('/')[5]]),
    [
      ['a', 'tool-a'],
      ['b', 'tool-b'],
      ['a', 'tool-a'],
    ],
  )
  t.equal(server.sockets.size, 2)
})

t.test('a new certificate gets a new connection; the old one ends when nothing runs over it', async t => {
  const { server, clock, clusters, credentials } = await world(t)
  const old = clusters.of(await credentials('a', 'F1'))
  const log = old.podLog('p', { container: 'job' })
  await log.next()
  const renewed = clusters.of(await credentials('a', 'F2'))
  t.not(renewed, old)
  await renewed.get('jobs', 'x')
  clock.pass(1000)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(clusters.size(), 2, 'the log is still read')
  await log.return()
  clock.pass(1000)
  await waitUntil('the end of the old one', () => clusters.size() === 1 && server.sockets.size === 1)
  t.same(await renewed.get('jobs', 'x'), { metadata: { name: 'x' } })
})

t.test('what nobody uses is closed, what is in use is not', async t => {
  const { server, clock, clusters, credentials } = await world(t)
  const [a, b, c] = [await credentials('a'), await credentials('b'), await credentials('c')]
  for (const each of [a, b, c]) await clusters.of(each).get('jobs', 'x')
  const log = clusters.of(b).podLog('p', { container: 'job' })
  await log.next()
  clock.pass(4000)
  clusters.of(c)
  clock.pass(1000)
  await waitUntil('the end of one', () => server.sockets.size === 2)
  t.equal(clusters.size(), 2)
  await log.return()
})

t.test('with too many, the one that was used longest ago gives way', async t => {
  const { server, clusters, credentials } = await world(t, 2)
  const [a, b, c] = [await credentials('a'), await credentials('b'), await credentials('c')]
  await clusters.of(a).get('jobs', 'x')
  const kept = clusters.of(b)
  await kept.get('jobs', 'x')
  const first = clusters.of(a)
  await clusters.of(c).get('jobs', 'x')
  t.equal(clusters.size(), 2)
  t.equal(clusters.of(a), first)
  await waitUntil('the end of one', () => server.sockets.size === 2)
})

t.test('when all of them are in use, one more is refused', async t => {
  const { clusters, credentials } = await world(t, 1)
  const log = clusters.of(await credentials('a')).podLog('p', { container: 'job' })
  await log.next()
  const b = await credentials('b')
  t.throws(() => clusters.of(b), { code: 'unavailable', message: /Too many tools/ })
  await log.return()
  t.ok(clusters.of(b))
})

t.test('stopping ends all, and nothing begins after it', async t => {
  const { server, clusters, credentials } = await world(t)
  const a = await credentials('a')
  const log = clusters.of(a).podLog('p', { container: 'job' })
  await log.next()
  const next = t.rejects(log.next(), { code: 'unavailable' })
  await clusters.stop()
  await next
  await waitUntil('the end', () => server.sockets.size === 0)
  t.throws(() => clusters.of(a), { code: 'unavailable', message: /stopping/ })
  t.equal(clusters.size(), 0)
})
