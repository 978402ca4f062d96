import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import t from 'tap'
import { version } from '../../src/platform/version.ts'
import { copyOfCheckout } from '../support/checkout.ts'
import { firstLine } from '../support/local.ts'

const run = promisify(execFile)

t.test('a published package works without its sources: the sandbox starts, and a job runs in it', async t => {
  const folder = copyOfCheckout(t)
  // What tap puts into its children's environment is not for the compiler.
  const compile = ['-u', 'NODE_OPTIONS', join(folder, 'node_modules/.bin/tsc'), '--project', 'tsconfig.build.json']
  await run('env', compile, { cwd: folder })
  for (const file of globSync('src/**/*.ts', { cwd: folder })) rmSync(join(folder, file))
  const bin = (name: string) => join(folder, 'src/bin', `${name}.js`)
  const environment = { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, '.cache') }
  const jobs = async (...words: string[]) =>
    (await run(process.execPath, [bin('toolforge-jobs'), ...words], { cwd: folder, env: environment })).stdout
  t.equal((await jobs('--version')).trim(), version)

  const words = ['start', '--json', '--port', '0', '--control-plane-port', '0', '--web-port', '0']
  const sandbox = spawn(process.execPath, [bin('toolforge-sandbox'), ...words], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(async () => {
    sandbox.kill('SIGINT')
    await once(sandbox, 'exit')
  })
  await firstLine(sandbox)
  await jobs('run', 'hello', '--command', 'echo hello', '--image', 'bookworm', '--no-filelog', '--wait', '60')
  t.match(await jobs('logs', 'hello'), 'hello')
})
