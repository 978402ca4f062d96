import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  type ContainerCommand,
  commandOf,
  parseShellCommand,
  readCommand,
  sameLaunch,
  shellCommand,
} from '../../../src/jobs/command.ts'
import { joinWords } from '../../../src/jobs/words.ts'
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
  fc.assert(
    fc.property(
      text,
      cmd =>
        started(shellCommand(cmd))
          .at(-1)
          ?.replace(/^exec /, '') === cmd,
    ),
  )
})

t.test('what another made is not read as ours', async t => {
  t.equal(parseShellCommand({}), undefined)
  t.equal(parseShellCommand({ command: ['./a.sh', '--x'] }), undefined)
  t.equal(parseShellCommand({ command: ['/bin/sh', '-c', '--'] }), undefined)
  t.equal(parseShellCommand({ command: ['/bin/sh', '-c', '--', 'other "$1"', 'sh'], args: ['a', 'b', 'c'] }), undefined)
  t.strictSame(parseShellCommand({ command: ['/bin/sh', '-c', '--'], args: ['./a.sh'] }), { cmd: './a.sh' })
})

const built = { kind: 'built' } as const

t.test('a build-service image is started by its launcher, once and without a shell', async t => {
  t.strictSame(commandOf('npm start', built), { command: ['launcher', 'npm', 'start'] })
  t.strictSame(commandOf(' launcher npm start', built), { command: ['launcher', 'npm', 'start'] })
  t.strictSame(commandOf('launcherx', built), { command: ['launcher', 'launcherx'] })
  t.strictSame(commandOf(`a 'b; c' "$(D)"`, built), { command: ['launcher', 'a', 'b; c', '$$(D)'] })
  t.throws(() => commandOf("a 'b", built), RangeError)
})

t.test('with files the launcher is started by a shell that gives way to it', async t => {
  const files = { stdout: '/h/o', stderr: '/h/e' }
  t.equal(commandOf('npm start', { ...built, files }).args?.at(-1), 'exec launcher npm start')
  t.equal(commandOf('launcher npm', { ...built, files }).args?.at(-1), 'exec launcher npm')
  t.strictSame(commandOf('x', { kind: 'standard', files }), shellCommand('x', files))
  t.strictSame(commandOf('x', { kind: 'standard' }), shellCommand('x'))
})

/** A program that says its process id and, on SIGTERM, that it got one. */
const program = `#!/bin/sh
trap 'echo told >>told; echo got it; exit 3' TERM
echo $$
while :; do sleep 0.05; done
`

const obeying: [what: string, cmd: string, isPlaced: boolean][] = [
  ['a program', './a.sh', true],
  ['a program with arguments', '  ./a.sh --x "a b" $HOME # so', true],
  ['a program with its environment', 'X=1 ./a.sh', false],
  ['the last of several', 'cd . && ./a.sh', false],
  ['one of several, and no other is started', './a.sh; echo more', false],
  ['a program behind a pipe', './a.sh | cat', false],
  ['what runs in the background', './a.sh & wait', false],
  ["a user's own shell", `trap 'echo got it; exit 3' TERM; echo $$; sleep 20 & wait`, false],
  ["a user's own exec", 'exec ./a.sh', false],
]
for (const [what, cmd, isPlaced] of obeying)
  for (const isFiled of [false, true])
    t.test(`SIGTERM reaches ${what}${isFiled ? ', behind files' : ''}`, async t => {
      const folder = t.testdir({ 'a.sh': program })
      chmodSync(join(folder, 'a.sh'), 0o755)
      const file = join(folder, 'o')
      const files = { stdout: file, stderr: join(folder, 'e') }
      const [shell = '', ...rest] = started(commandOf(cmd, { kind: 'standard', files: isFiled ? files : undefined }))
      const out = openSync(isFiled ? join(folder, 'none') : file, 'a')
      const child = spawn(shell, rest, { cwd: folder, stdio: ['ignore', out, 'ignore'], detached: true })
      closeSync(out)
      t.teardown(() => child.pid !== undefined && stop(child.pid))
      const output = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
      await waitUntil('the program runs', () => output().includes('\n'))
      t.equal(output() === `${child.pid}\n`, isPlaced, 'a simple command is the very process that the cluster started')
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code, signal] = await ended
      t.equal(signal, null)
      const isLoose = /[|]|& wait$/.test(cmd) && !cmd.startsWith('trap')
      if (!isLoose) t.equal(code, 3, 'the job ends as its program does')
      if (!cmd.includes('|')) t.match(output(), /^\d+\ngot it\n$/, 'it had the time to end, and nothing came after it')
      if (!cmd.startsWith('trap')) t.equal(readFileSync(join(folder, 'told'), 'utf8'), 'told\n', 'it was told once')
    })

t.test('what other commands end with is what the job ends with', async t => {
  const folder = t.testdir({})
  for (const [cmd, code] of [
    ['(exit 7)', 7],
    ['true; false', 1],
    ['no-such-program; exit 4', 4],
    ['kill -9 $$', 137],
  ] as const)
    await t.rejects(run(shellCommand(cmd), folder), { code }, cmd)
  await t.rejects(run(shellCommand('no-such-program'), folder), { code: 127 })
  await t.resolves(run(shellCommand('false; true'), folder))
})

t.test('a command finds no arguments that the user did not give', async t => {
  const { stdout } = await run(shellCommand('echo "$#-$1-$*"'), t.testdir({}))
  t.equal(stdout, '0--\n')
})

function stop(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}

t.test('D9: nothing in the name of a log file breaks the command or what is read back of it', async t => {
  for (const name of hostile) {
    const files = { stdout: `/h/${name}`, stderr: `/h/${name}.err` }
    t.strictSame(readCommand(commandOf('a; b', { kind: 'standard', files }), { kind: 'standard' }), {
      cmd: 'a; b',
      files,
    })
  }
})

t.test('a command of a build-service image is read back as words that mean the same', async t => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 }), words => {
      const cmd = joinWords(words)
      const read = readCommand(commandOf(cmd, built), built)
      return read !== undefined && sameLaunch(read.cmd, cmd)
    }),
  )
  t.equal(sameLaunch('a  b', "launcher a 'b'"), true)
  t.equal(sameLaunch('a b', "'a b'"), false)
  t.equal(sameLaunch("a 'b", "a 'b"), true, 'even what cannot be split')
  t.equal(sameLaunch("a 'b", 'a b'), false)
  t.equal(readCommand({}, built), undefined)
  t.strictSame(readCommand({ command: ['launcher'] }, built), { cmd: 'launcher' })
})
