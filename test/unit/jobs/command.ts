import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type ContainerCommand, parseShellCommand, shellCommand } from '../../../src/jobs/command.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** What a kubelet makes of commands and arguments, after its own source: `$(NAME)` known, `$$`, all else as it is. */
function expand(text: string, variables: Record<string, string>): string {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '$' || at + 1 === text.length) out += text[at]
    else if (text[at + 1] === '$') {
      out += '$'
      at++
    } else if (text[at + 1] === '(' && text.indexOf(')', at) !== -1) {
      const end = text.indexOf(')', at)
      out += variables[text.slice(at + 2, end)] ?? text.slice(at, end + 1)
      at = end
    } else out += text[at]
  }
  return out
}

const variables = { HOME: '/a home', TOOL_DATA_DIR: '/a home', date: 'not the program' }
const started = ({ command, args = [] }: ContainerCommand) => [...command, ...args].map(text => expand(text, variables))

const execute = promisify(execFile)
async function run(container: ContainerCommand, cwd: string) {
  const [program = '', ...rest] = started(container)
  return await execute(program, rest, { cwd, env: { PATH: '/usr/bin:/bin', HOME: '/a home' } })
}

t.test('a command runs in a shell, as it was written', async t => {
  const folder = t.testdir()
  const { stdout } = await run(shellCommand('echo $HOME; echo "$(echo in)" $((1+2)); echo out >&1 | cat'), folder)
  t.equal(stdout, '/a home\nin 3\nout\n')
})

t.test('what Kubernetes would expand reaches the shell untouched', async t => {
  const folder = t.testdir()
  const { stdout } = await run(
    shellCommand(`echo '$(HOME) $$ $$(HOME) $é $'; test $$ -gt 1 && echo "$(date +ok)"`),
    folder,
  )
  t.equal(stdout, '$(HOME) $$ $$(HOME) $é $\nok\n')
})

t.test('a command that looks like an option of the shell is none', async t => {
  await t.rejects(run(shellCommand('-c "echo no"'), t.testdir()), { code: 127 })
})

const hostile = [
  'plain.log',
  'with space.log',
  "quote'.log",
  'double".log',
  'a;touch pwned',
  'a&&touch pwned',
  '$(touch pwned)',
  '`touch pwned`',
  '$HOME',
  '$$',
  '$(HOME)',
  '${HOME}',
  '"$1"',
  '-o',
  '--help',
  '*',
  '~',
  '#',
  '>pwned',
  'line\nbreak',
  'back\\slash',
  'ümlaut €.log',
]
t.test('output goes to the files, whatever they are called, and nothing in a name is run', async t => {
  for (const name of hostile) {
    const folder = t.testdir({})
    const files = { stdout: join(folder, name), stderr: join(folder, `${name}.err`) }
    const { stdout, stderr } = await run(shellCommand('echo out; echo err >&2', files), folder)
    t.equal(stdout + stderr, '', name)
    t.equal(readFileSync(files.stdout, 'utf8'), 'out\n', name)
    t.equal(readFileSync(files.stderr, 'utf8'), 'err\n', name)
    t.throws(() => readFileSync(join(folder, 'pwned')), { code: 'ENOENT' }, name)
  }
})

t.test('a log is appended to, both streams to one file if they share it', async t => {
  const folder = t.testdir({ 'a.log': 'before\n' })
  const file = join(folder, 'a.log')
  const command = shellCommand('echo out; echo err >&2', { stdout: file, stderr: file })
  await run(command, folder)
  await run(command, folder)
  t.equal(readFileSync(file, 'utf8'), 'before\nout\nerr\nout\nerr\n')
})

t.test('a log that cannot be opened ends the job with a reason where it can be seen', async t => {
  const folder = t.testdir({})
  const stdout = join(folder, 'no', 'such')
  const failed = await run(shellCommand('touch ran', { stdout, stderr: '/dev/null' }), folder).catch(error => error)
  t.not(failed.code, 0)
  t.match(failed.stderr, /no\/such/)
  t.throws(() => readFileSync(join(folder, 'ran')), 'the command did not run')
})

t.test('the exit code is that of the command', async t => {
  const folder = t.testdir({})
  const files = { stdout: join(folder, 'o'), stderr: join(folder, 'e') }
  await t.rejects(run(shellCommand('exit 7'), folder), { code: 7 })
  await t.rejects(run(shellCommand('exit 7', files), folder), { code: 7 })
})

t.test('SIGTERM reaches the very process of the user, also behind files', async t => {
  const folder = t.testdir({})
  const files = { stdout: join(folder, 'o'), stderr: join(folder, 'e') }
  const [program = '', ...rest] = started(
    shellCommand('trap "echo got it; exit 3" TERM; echo $$; sleep 20 & wait', files),
  )
  const child = spawn(program, rest, { cwd: folder, stdio: 'ignore', detached: true })
  t.teardown(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'))
  const output = () => (existsSync(files.stdout) ? readFileSync(files.stdout, 'utf8') : '')
  await waitUntil('the command runs', () => output() === `${child.pid}\n`)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await ended, [3, null])
  t.equal(output(), `${child.pid}\ngot it\n`)
})

t.test('a command is read back as it was given', async () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...hostile, '$', '$$$', '$$$$(A)'))
  const record = fc.record({ stdout: text, stderr: text }, { noNullPrototype: true })
  const files = fc.option(record, { nil: undefined })
  fc.assert(
    fc.property(text, files, (cmd, files) =>
      isDeepStrictEqual(parseShellCommand(shellCommand(cmd, files)), files === undefined ? { cmd } : { cmd, files }),
    ),
  )
})

t.test('a kubelet hands on what was meant, whatever the text', async () => {
  const text = fc.string({ unit: fc.constantFrom('$', '(', ')', 'HOME', 'date', 'a', ' ', 'é'), maxLength: 12 })
  fc.assert(fc.property(text, cmd => started(shellCommand(cmd)).at(-1) === cmd))
})

t.test('what another made is not read as ours', async t => {
  t.equal(parseShellCommand({}), undefined)
  t.equal(parseShellCommand({ command: ['./a.sh', '--x'] }), undefined)
  t.equal(parseShellCommand({ command: ['/bin/sh', '-c', '--'] }), undefined)
  t.equal(parseShellCommand({ command: ['/bin/sh', '-c', '--', 'other "$1"', 'sh'], args: ['a', 'b', 'c'] }), undefined)
  t.strictSame(parseShellCommand({ command: ['/bin/sh', '-c', '--'], args: ['./a.sh'] }), { cmd: './a.sh' })
})
