import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { startProbes } from '../../../../src/sandbox/pods/probe.ts'
import { act } from '../../../../src/sandbox/pods/probe-action.ts'
import { createThreshold } from '../../../../src/sandbox/pods/probe-threshold.ts'
import { createProcesses } from '../../../../src/sandbox/pods/process.ts'
import { createTestClock } from '../../../support/test-clock.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const program = {
  argv: ['sleep', '9'],
  environment: { PATH: '/usr/bin:/bin', WORD: 'well' },
  directory: '/',
  mark: 'pod/job',
}

function setup(t: Test, container: object = {}) {
  const directory = t.testdir({})
  const processes = createProcesses({ clock: systemClock, log: quietLog, directory })
  const target = { container: { name: 'job', ...container }, program, address: '127.0.0.1' }
  const deps = { machine: systemClock, processes }
  const look = (probe: object, signal = new AbortController().signal) =>
    act({ probe: { timeoutSeconds: 1, ...probe }, target, name: 'liveness', signal }, deps)
  return { directory, target, deps, look }
}

async function serve(t: Test, handler: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(handler)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

t.test('a page counts by its status, and is asked for as a kubelet does', async t => {
  const seen: unknown[] = []
  const port = await serve(t, (request, response) => {
    seen.push([request.url, request.headers.host, request.headers['user-agent'], request.headers['x-a']])
    const status = Number(request.url?.slice(1, 4))
    const location =
      status === 302 ? { location: '/200' } : status === 307 ? { location: 'http://elsewhere.test/' } : {}
    response.writeHead(status, location).end('body')
  })
  const { look } = setup(t, { ports: [{ name: 'web', containerPort: port }] })
  const get = (path: string, more: object = {}) => look({ httpGet: { path, port: 'web', scheme: 'HTTP', ...more } })
  t.strictSame(await get('/200'), { result: 'success', output: '' })
  t.strictSame(await get('/302'), { result: 'success', output: '' })
  t.equal((await get('/307')).result, 'warning')
  t.strictSame(await get('/404'), { result: 'failure', output: 'HTTP probe failed with statuscode: 404' })
  t.strictSame(await get('/500'), { result: 'failure', output: 'HTTP probe failed with statuscode: 500' })
  await get('/200?q=1', {
    httpHeaders: [
      { name: 'Host', value: 'a.test' },
      { name: 'X-A', value: 'b' },
    ],
  })
  t.strictSame(seen[0], ['/200', `127.0.0.1:${port}`, 'kube-probe/1.36', undefined])
  t.strictSame(seen.at(-1), ['/200?q=1', 'a.test', 'kube-probe/1.36', 'b'])
})

t.test('nobody there, no answer, an unknown port: each is said', async t => {
  const silent = await serve(t, () => {})
  const gone = await serve(t, () => {})
  const { look } = setup(t)
  const closed = createTcpServer()
  await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise(resolve => closed.close(resolve))
  t.strictSame(await look({ httpGet: { path: '/x', port } }), {
    result: 'failure',
    output: `Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  })
  t.match((await look({ httpGet: { path: '/', port: silent } })).output, /context deadline exceeded/)
  t.strictSame(await look({ tcpSocket: { port: gone } }), { result: 'success', output: '' })
  t.strictSame(await look({ tcpSocket: { port } }), {
    result: 'failure',
    output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
  })
  t.match(await look({ tcpSocket: { port: 'nope' } }), { result: 'error', output: /nope/ })
})

t.test('a command counts by its exit code, with what it said', async t => {
  const { look } = setup(t)
  const run = (script: string, more: object = {}) => look({ exec: { command: ['sh', '-c', script] }, ...more })
  t.match(await run('echo $(WORD); echo bad >&2'), { result: 'success', output: /well/ })
  t.match(await run('echo no; exit 3'), { result: 'failure', output: 'no\n' })
  t.match(await run('sleep 20 & sleep 30'), {
    result: 'failure',
    output: 'command timed out: "sh -c sleep 20 & sleep 30" timed out after 1s',
  })
  t.match(await look({ exec: { command: ['/no/such'] } }), { result: 'error', output: /no such file/ })
  const big = await run('head -c 100000 /dev/zero | tr "\\0" x')
  t.equal(big.output.length, 10 * 1024)
  const leave = new AbortController()
  const long = look({ exec: { command: ['sleep', '30'] }, timeoutSeconds: 60 }, leave.signal)
  leave.abort()
  await long
})

t.test('results count when there are enough of them in a row', async t => {
  const threshold = createThreshold({ successThreshold: 2, failureThreshold: 3 })
  const results = ['failure', 'failure', 'success', 'failure', 'failure', 'failure', 'success', 'success'] as const
  t.strictSame(
    results.map(result => threshold.add(result)),
    [undefined, undefined, undefined, undefined, undefined, 'failure', undefined, 'success'],
  )
})

/** Probes that look for files `startup`, `liveness`, `readiness` in a folder of the test's. */
function probed(t: Test, probes: Partial<Record<'startup' | 'liveness' | 'readiness', object>>) {
  const clock = createTestClock()
  const { directory, target, deps } = setup(t)
  const files = new Set<string>()
  let looks = 0
  const container: Record<string, unknown> = { name: 'job' }
  const said: string[] = []
  const killed: string[] = []
  const health: object[] = []
  const stopping = new AbortController()
  for (const [type, probe] of Object.entries(probes)) {
    container[`${type}Probe`] = { periodSeconds: 10, failureThreshold: 2, httpGet: { path: `/${type}` }, ...probe }
  }
  const begin = async () => {
    const port = await serve(t, (request, response) => {
      looks += 1
      response.writeHead(files.has(request.url?.slice(1) ?? '') ? 200 : 503).end()
    })
    for (const type of Object.keys(probes)) {
      const probe = container[`${type}Probe`] as { httpGet: object }
      probe.httpGet = { ...probe.httpGet, port }
    }
    const running = startProbes(
      { ...target, container: container as never },
      {
        ...deps,
        clock,
        stopping: stopping.signal,
        changed: change => health.push(change),
        kill: (type, grace) => killed.push(`${type} ${grace}`),
        tell: ({ message }) => said.push(message),
      },
    )
    t.teardown(running.stop)
    return running
  }
  /** Lets so many seconds pass, and waits until so many more requests have come. */
  const pass = async (seconds: number, more: number) => {
    const before = looks
    await clock.advance(seconds * 1000)
    await waitUntil(`${more} looks`, () => looks - before >= more)
    await waitUntil('all to sleep', async () => {
      await clock.advance(0)
      return clock.sleepers() > 0 || killed.length > 0
    })
    t.equal(looks - before, more)
  }
  return { directory, clock, files, said, killed, health, stopping, begin, pass }
}

t.test('until it has started nothing else is asked', async t => {
  const { files, health, said, begin, pass, killed } = probed(t, { startup: {}, readiness: {} })
  files.add('readiness')
  await begin()
  await pass(0, 1)
  t.strictSame(said, ['Startup probe failed: HTTP probe failed with statuscode: 503'])
  t.strictSame(health, [])
  files.add('startup')
  await pass(10, 2)
  t.strictSame(health, [
    { started: true, ready: false },
    { started: true, ready: true },
  ])
  files.delete('readiness')
  await pass(10, 1)
  t.equal(health.length, 2, 'once is not enough')
  await pass(10, 1)
  t.strictSame(health.at(-1), { started: true, ready: false })
  t.strictSame(killed, [])
})

t.test('one that does not start in time is ended', async t => {
  const { begin, pass, killed } = probed(t, { startup: { terminationGracePeriodSeconds: 3 } })
  await begin()
  await pass(0, 1)
  t.strictSame(killed, [])
  await pass(10, 1)
  t.strictSame(killed, ['startup 3000'])
})

t.test('one that no longer lives is ended, after a delay at the beginning', async t => {
  const { files, begin, pass, killed, said, clock } = probed(t, { liveness: { initialDelaySeconds: 30 } })
  files.add('liveness')
  await begin()
  await clock.advance(29_000)
  await pass(1, 1)
  await pass(10, 1)
  files.delete('liveness')
  await pass(10, 1)
  await pass(10, 1)
  t.strictSame(killed, ['liveness undefined'])
  t.equal(said.length, 2)
})

t.test('when the pod is to end, only readiness is looked at', async t => {
  const { begin, pass, killed, stopping } = probed(t, { liveness: { failureThreshold: 1 }, readiness: {} })
  stopping.abort()
  const running = await begin()
  await pass(0, 1)
  t.strictSame(killed, [])
  await running.stop()
})
