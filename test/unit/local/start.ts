import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { startPlatform } from '../../../src/local/start.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { readRunning, sandboxOf, writeRunning } from '../../../src/platform/running.ts'
import { waitUntil } from '../../support/wait-until.ts'

const world = (checkout: string) => {
  const said = { out: '', err: '' }
  return {
    said,
    world: {
      folder: checkout,
      pid: process.pid,
      clock: systemClock,
      stdout: { write: (text: string) => (said.out += text) },
      stderr: { write: (text: string) => (said.err += text) },
      uptime: () => 1,
      onExit: () => {},
    },
  }
}

const options = (checkout: string) => ({
  dir: join(checkout, '.sandbox'),
  port: 0,
  controlPlanePort: 0,
  webPort: 0,
  tools: ['tf-test'],
  pods: 'none' as const,
  json: false,
  verbose: false,
})

const healthOf = (url: string, ca: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${url}/healthz`, { ca, agent: false }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end()
  })

t.test('a platform runs until a signal comes; meanwhile clients of the checkout find it', async t => {
  const checkout = t.testdir()
  const { said, world: around } = world(checkout)
  const code = startPlatform(options(checkout), around)
  const running = await waitUntil('it to run', () => readRunning(sandboxOf(checkout)))
  t.equal(await healthOf(running.api_url, readFileSync(running.ca_file, 'utf8')), 200)
  t.match(said.out, running.api_url)
  t.match(said.out, 'jobs stay pending')
  process.emit('SIGTERM')
  t.equal(await code, 0)
  t.equal(readRunning(sandboxOf(checkout)), undefined)
  await t.rejects(healthOf(running.api_url, ''))
  t.equal(said.err, '', 'nothing was wrong')
})

t.test('a second one in the same checkout is refused, and the first one stays known', async t => {
  const checkout = t.testdir()
  const first = { api_url: 'https://127.0.0.1:1', ca_file: 'ca', kubeconfig: 'k', pid: process.pid }
  writeRunning(sandboxOf(checkout), first)
  const { said, world: around } = world(checkout)
  t.equal(await startPlatform(options(checkout), around), 1)
  t.match(said.err, `process ${process.pid}`)
  t.same(readRunning(sandboxOf(checkout)), first)
})
