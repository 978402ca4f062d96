import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { copyOfCheckout } from '../support/checkout.ts'
import { findProcesses } from '../support/processes.ts'
import { havePrograms } from '../support/programs.ts'
import { waitUntil } from '../support/wait-until.ts'

const run = promisify(execFile)

/** `npm start` in a checkout, and all that it prints. */
function start(t: Test, folder: string) {
  const child = spawn('npm', ['start', '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'exit')
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    printed += text
  })
  const group = -(child.pid ?? 0)
  const stop = async () => {
    // A terminal sends Ctrl-C to npm and to all that it started.
    if (child.exitCode === null && child.signalCode === null && group !== 0) process.kill(group, 'SIGINT')
    await ended
  }
  t.teardown(stop)
  return { text: () => printed, stop, isOver: () => child.exitCode !== null }
}

/** The commands that a greeting tells to type. */
const commandsIn = (text: string) =>
  [...text.matchAll(/^ {2}((?:KUBECONFIG=\S+ )?(?:npx|curl) .*)$/gm)].map(([, command = '']) => command)

t.test('what npm start prints works when it is typed into another terminal', async t => {
  if (!havePrograms(t, 'npm', 'curl')) return
  const folder = copyOfCheckout(t)
  // So that the sandbox takes another port and says so, whoever uses this machine at the same time.
  const taken = createServer().on('error', () => {})
  taken.listen(30_001, '127.0.0.1')
  t.teardown(() => taken.close())
  const sandbox = start(t, folder)
  await waitUntil('the greeting', () => {
    if (sandbox.isOver()) throw new Error(sandbox.text())
    return sandbox.text().includes('Ctrl-C stops it all.')
  })
  t.match(sandbox.text(), 'port 30001 is taken: the jobs API is at')
  const [runJob = '', list = '', logs = '', curl = '', addTool = ''] = commandsIn(sandbox.text())
  const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOME: folder }
  const type = async (command: string) => (await run('sh', ['-c', command], { cwd: folder, env: environment })).stdout
  await type(runJob)
  t.match(await type(list), /hello +one-off +Succeeded/)
  t.match(await type(logs), `Hello from ${folder}/.sandbox/project/tf-test`)
  const lines = (await type(curl)).trim().split('\n')
  t.match(JSON.parse(lines[0] ?? ''), { container: 'job', message: `Hello from ${folder}/.sandbox/project/tf-test` })

  const said = await type(addTool)
  const [runAsTool = '', logsOfTool = ''] = commandsIn(said)
  await type(runAsTool)
  t.match(await type(logsOfTool), `Hello from ${folder}/.sandbox/project/my-tool`, 'a tool that is added works at once')
  t.match(await type('npx toolforge-sandbox tool list'), 'tf-test\nmy-tool\n')
  await t.rejects(type(addTool), /there is a tool "my-tool" already/)

  await type('npx toolforge-jobs run long --command "sleep 600 & sleep 600" --image bookworm --no-filelog')
  await waitUntil('the job to run', async () => /long +one-off +Running/.test(await type(list)))
  t.ok(findProcesses(folder).length > 0, 'its processes are seen')
  await sandbox.stop()
  t.same(findProcesses(folder), [], 'Ctrl-C leaves no process behind')
  await t.rejects(type(list), 'and nothing answers any more')
})
