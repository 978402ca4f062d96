import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { apiConfigOf } from '../../src/local/configs.ts'
import { type Api, startApi } from '../support/api.ts'
import { type HangingFs, hangingFs } from '../support/hanging-fs.ts'
import { createRawClient, type RawClient } from '../support/raw-client.ts'
import { waitUntil } from '../support/wait-until.ts'

/*
 * Fifty tools' homes, each on a file system of its own that hangs for real, under the service as an operator starts it.
 */
const bad = Array.from({ length: 50 }, (_, i) => `bad-${i}`)
const known = bad.slice(0, 5)
const cold = bad.slice(5, 30)
/** Asked for the first time only when all is well again. */
const later = bad.slice(30)
const stopSeconds = 5

/** The service in a process of its own. */
async function startService(t: Test, api: Api) {
  const settings = apiConfigOf({ pki: api.pki, controlPlaneUrl: api.controlPlaneUrl, homes: api.homes })
  const file = join(dirname(api.homes), 'jobs-api.yaml')
  writeFileSync(file, JSON.stringify({ ...settings, homes: { ...settings.homes, retry_s: 1, refresh_s: 1 } }))
  const program = join(import.meta.dirname, '../../src/bin/jobs-api.ts')
  const child = spawn(process.execPath, [program, '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  const port = Promise.withResolvers<number>()
  createInterface({ input: child.stdout }).on('line', line => {
    const { port: found }: { port?: number } = JSON.parse(line)
    if (found !== undefined) port.resolve(found)
  })
  void ended.then(code => port.reject(new Error(`the service ended with ${code}`)))
  return { child, ended, port: await port.promise }
}

/** Shows the homes of these tools from file systems that can hang. */
async function moveToHangingDisks(fs: HangingFs, homes: string): Promise<void> {
  const elsewhere = join(dirname(homes), 'disks')
  mkdirSync(elsewhere)
  for (const tool of bad) {
    renameSync(join(homes, tool), join(elsewhere, tool))
    await fs.mount(join(homes, tool), join(elsewhere, tool))
  }
}

interface Answered {
  status: number
  code: unknown
  retryAfter: string | undefined
  took: number
}

async function list(client: RawClient, tool: string): Promise<Answered> {
  const begin = performance.now()
  const { status, headers, body } = await client.call('GET', `/jobs/v1/tool/${tool}/jobs/`)
  return { status, code: Object(body).code, retryAfter: headers['retry-after'], took: performance.now() - begin }
}

/** Asks one after the other; gives the median and the 99th of a hundred, in milliseconds. */
async function speedOf(client: RawClient, tool: string, count = 300) {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const { status, took } = await list(client, tool)
    if (status !== 200) throw new Error(`${tool} was answered with ${status}`)
    times.push(took)
  }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(count * 0.5)] ?? 0, p99: times[Math.floor(count * 0.99)] ?? 0 }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

t.setTimeout(300_000)

t.test('fifty homes that hang harm nobody else, and stop nothing', async t => {
  const api = await startApi(t, { tools: ['good', 'fresh', ...bad] })
  const fs = await hangingFs(t)
  if (fs === undefined) return
  await moveToHangingDisks(fs, api.homes)
  const start = () => startService(t, api)
  let service = await start()
  const clientOf = (tool: string): RawClient => {
    const client = createRawClient({ url: `https://127.0.0.1:${service.port}`, ca: api.ca }, api.pairOf(tool))
    t.teardown(client.close)
    return client
  }
  const inAll = (work: (target: string) => Promise<unknown>) =>
    Promise.all(bad.map(tool => work(join(api.homes, tool))))
  const hanging = async () => (await Promise.all(bad.map(tool => fs.held(join(api.homes, tool))))).filter(n => n > 0)
  const untilServed = (tool: string) =>
    waitUntil(`${tool} to be served`, async () => {
      const { status } = await list(clientOf(tool), tool)
      if (status !== 200 && status !== 503) t.fail(`${tool} was answered with ${status}`)
      return status === 200
    })

  const good = clientOf('good')
  for (const tool of ['good', ...known]) await untilServed(tool)
  const before = await speedOf(good, 'good')
  await inAll(fs.hang)

  await t.test('those not known are told to come again, in time', async t => {
    const answers = await Promise.all(cold.map(tool => list(clientOf(tool), tool)))
    for (const { status, code, retryAfter } of answers) {
      t.match({ status, code }, { status: 503, code: 'unavailable' })
      t.ok(Number(retryAfter) >= 1)
    }
    t.comment(`the slowest refusal took ${Math.max(...answers.map(({ took }) => took)).toFixed()} ms`)
  })

  await t.test('with as many helpers stuck as may be, known tools go on as before', async t => {
    await waitUntil('eight to hang', async () => {
      await Promise.all(cold.map(tool => list(clientOf(tool), tool)))
      return (await hanging()).length >= 8
    })
    t.ok((await hanging()).length <= 9, 'no more than that, and one for each other helper')
    t.equal((await list(clientOf('fresh'), 'fresh')).status, 503, 'a good home that is not known has to wait')
    for (const tool of known) t.equal((await list(clientOf(tool), tool)).status, 200, tool)
    const during = await speedOf(good, 'good')
    const figures = [before, during].map(({ p50, p99 }) => `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`)
    t.comment(`another tool's list: before ${figures[0]}; meanwhile ${figures[1]}`)
    // Not a measure of speed: it would be the deadline if a call waited for one of those homes.
    t.ok(during.p50 < 10 * before.p50 + 50)
    t.ok(during.p99 < Math.max(400, 10 * before.p99))
  })

  await t.test('it stops in time, its port is free, and it starts again', async t => {
    const begin = performance.now()
    service.child.kill('SIGTERM')
    t.equal(await service.ended, 0)
    const took = performance.now() - begin
    t.comment(`stopping took ${took.toFixed()} ms`)
    t.ok(took < stopSeconds * 1000)
    t.ok((await hanging()).length > 0, 'while helpers still hang')
    t.equal(await isOpen(service.port), false)
    service = await start()
    t.equal((await list(clientOf('good'), 'good')).status, 200)
    t.equal((await list(clientOf('bad-0'), 'bad-0')).status, 503)
  })

  await t.test('when the disks answer again, all are served without anybody doing anything', async t => {
    await inAll(fs.release)
    for (const tool of ['fresh', ...cold, ...later]) await untilServed(tool)
    t.same(await hanging(), [])
  })
})
