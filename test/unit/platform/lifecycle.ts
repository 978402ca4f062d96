import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'

const lifecycle = join(import.meta.dirname, '../../../src/platform/lifecycle.ts')
const log = join(import.meta.dirname, '../../../src/platform/log.ts')

/** A process that runs a service of which `stop` is the given expression. */
function start(stop: string, startWith = "'up'") {
  const program = `
    import { runUntilSignal } from ${JSON.stringify(lifecycle)}
    import { quietLog } from ${JSON.stringify(log)}
    const say = text => process.stdout.write(text + ' ')
    const alive = setInterval(() => {}, 1000)
    const service = { start: async () => ${startWith}, stop: async () => { clearInterval(alive); ${stop} } }
    process.exitCode = await runUntilSignal(service, { log: quietLog, limit: 300, onStarted: say })
    say('ended')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const said = text(child.stdout)
  const code = once(child, 'exit').then(([code]) => code)
  const up = once(child.stdout, 'data')
  return { child, said, code, up }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  t.test(`${signal} stops a service in good order`, async t => {
    const { child, said, code, up } = start("say('stopped')")
    await up
    child.kill(signal)
    t.equal(await code, 0)
    t.equal(await said, 'up stopped ended ')
  })
}

t.test('a second signal ends it at once', async t => {
  const { child, said, code, up } = start(
    "say('stopping'); setInterval(() => {}, 1000); process.kill(process.pid, 'SIGINT'); await new Promise(() => {})",
  )
  await up
  child.kill('SIGTERM')
  t.equal(await code, 1)
  t.equal(await said, 'up stopping ')
})

t.test('a service that does not stop in time is ended', async t => {
  const { child, code, up } = start('setInterval(() => {}, 1000); await new Promise(() => {})')
  await up
  child.kill('SIGTERM')
  t.equal(await code, 1)
})

t.test('a service that fails to start is stopped, and the process says that it failed', async t => {
  const { said, code } = start("say('cleaned')", "Promise.reject(new Error('no'))")
  t.equal(await code, 1)
  t.equal(await said, 'cleaned ended ')
})
