import { writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { systemClock } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { hasProc, marked } from '../../../../src/sandbox/pods/proc.ts'
import { createProcesses, type Program, type Running, StartError } from '../../../../src/sandbox/pods/process.ts'

const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' }
let marks = 0

function setup(t: Test) {
  const directory = t.testdir({})
  const processes = createProcesses({ clock: systemClock, log: quietLog, directory })
  t.teardown(processes.killAll)
  const mark = `test-${process.pid}-${marks++}`
  const program = (argv: string[], more: Partial<Program> = {}): Program => ({
    argv,
    environment,
    directory,
    mark,
    ...more,
  })
  const sh = (script: string, more: Partial<Program> = {}): Promise<Running> =>
    processes.start(program(['sh', '-c', script], more))
  const left = (): number[] => marked(`SANDBOX_CONTAINER=${mark}`)
  return { directory, mark, processes, program, sh, left }
}

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Waits until the program has said something. */
const said = (stream: Readable): Promise<string> =>
  new Promise(resolve => stream.once('data', data => resolve(String(data))))

t.test('output, both streams apart, and the exit code', async t => {
  const { sh } = setup(t)
  const running = await sh('echo out; echo err >&2; exit 3')
  t.same(await Promise.all([text(running.stdout), text(running.stderr)]), ['out\n', 'err\n'])
  t.same(await running.ended, { exitCode: 3, outOfMemory: false })
})

t.test('standard output can be opened by name, and standard input is empty', async t => {
  const { sh } = setup(t)
  const running = await sh('cat; echo by name > /dev/stdout; echo twice | tee /dev/stderr')
  t.same(await Promise.all([text(running.stdout), text(running.stderr)]), ['by name\ntwice\n', 'twice\n'])
})

t.test('nothing of our own environment is seen', async t => {
  const { program, processes } = setup(t)
  const running = await processes.start(program(['env'], { environment: { ...environment, A: 'b c' } }))
  const lines = (await text(running.stdout)).trim().split('\n')
  // The test runner adds its own to whatever a test starts; one of those has several lines.
  const seen = lines
    .filter(line => line.includes('=') && !line.startsWith('NODE_OPTIONS') && !line.startsWith('_TAP'))
    .map(line => line.split('=')[0])
  t.same(seen.sort(), ['A', 'PATH', 'SANDBOX_CONTAINER'])
})

t.test('it runs in its directory', async t => {
  const { sh, directory } = setup(t)
  t.equal(await text((await sh('pwd -P')).stdout), `${directory}\n`)
})

t.test('a process tree that obeys SIGTERM ends with 143', async t => {
  const { sh, left } = setup(t)
  const running = await sh('sleep 100 & echo ready; sleep 100')
  await said(running.stdout)
  running.stop(60_000)
  t.same(await running.ended, { exitCode: 128 + constants.signals.SIGTERM, outOfMemory: false })
  t.same(left(), [])
})

t.test('SIGTERM goes to the program alone, not to what it has started', async t => {
  const { sh } = setup(t)
  const running = await sh('trap "exit 7" TERM; echo ready; sleep 0.3; echo slept; exit 8')
  await said(running.stdout)
  running.stop(60_000)
  // A shell takes the signal when what it waits for has ended by itself.
  t.equal((await running.ended).exitCode, 7)
})

t.test('one that ignores SIGTERM is killed after its grace', async t => {
  const { sh, left } = setup(t)
  const running = await sh('trap "" TERM; echo ready; while :; do sleep 0.05; done')
  await said(running.stdout)
  const before = Date.now()
  running.stop(200)
  t.equal((await running.ended).exitCode, 137)
  t.ok(Date.now() - before >= 190)
  t.same(left(), [])
})

t.test('a second stop shortens the grace, and a stop after the end does nothing', async t => {
  const { sh } = setup(t)
  const running = await sh('trap "" TERM; echo ready; while :; do sleep 0.05; done')
  await said(running.stdout)
  running.stop(60_000)
  running.stop(0)
  t.equal((await running.ended).exitCode, 137)
  running.stop(0)
})

t.test('a program may end by itself within its grace', async t => {
  const { sh } = setup(t)
  const running = await sh('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done')
  await said(running.stdout)
  running.stop(60_000)
  t.equal((await running.ended).exitCode, 7)
})

t.test('what a program leaves in the background dies with it, and does not hold its output open', async t => {
  const { sh, left } = setup(t)
  const running = await sh('(trap "" TERM; while :; do sleep 0.05; done) & echo done')
  t.equal(await text(running.stdout), 'done\n')
  t.equal((await running.ended).exitCode, 0)
  t.same(left(), [])
})

t.test('what left the process group dies too', { skip: hasProc() ? false : 'no /proc here' }, async t => {
  const { sh, left } = setup(t)
  const running = await sh('setsid sh -c "trap : TERM; while :; do sleep 0.05; done" & sleep 0.2; echo done')
  t.equal(await text(running.stdout), 'done\n')
  await running.ended
  t.same(left(), [])
})

t.test('killAll ends everything at once', { skip: hasProc() ? false : 'no /proc here' }, async t => {
  const { sh, processes, left } = setup(t)
  const running = await sh('setsid sh -c "while :; do sleep 0.05; done" & echo ready; sleep 100')
  await said(running.stdout)
  while (left().length < 3) await delay(10)
  processes.killAll()
  t.equal((await running.ended).exitCode, 137)
  t.same(left(), [])
})

t.test(
  'a group that holds more memory than its limit is killed',
  { skip: hasProc() ? false : 'no /proc here' },
  async t => {
    const { processes, program, left } = setup(t)
    const script = 'const held = Buffer.alloc(80e6, 1); setInterval(() => held.length, 1000)'
    const running = await processes.start(program([process.execPath, '-e', script], { memory: 64e6 }))
    t.same(await running.ended, { exitCode: 137, outOfMemory: true })
    t.same(left(), [])
  },
)

t.test('a program that cannot be started says why, as a container runtime does', async t => {
  const { processes, program, directory } = setup(t)
  const script = join(directory, 'script')
  const noInterpreter = join(directory, 'no-interpreter')
  writeFileSync(script, '#!/bin/sh\n', { mode: 0o644 })
  writeFileSync(noInterpreter, '#!/nope\n', { mode: 0o755 })
  const table: [Program, RegExp][] = [
    [program(['nonesuch']), /process: exec: "nonesuch": executable file not found in \$PATH: unknown$/],
    [program(['']), /exec: "": executable file not found in \$PATH/],
    [program(['/no/such']), /exec: "\/no\/such": stat \/no\/such: no such file or directory/],
    [program([script]), /exec: "\/.*\/script": permission denied/],
    [program([noInterpreter]), /exec \/.*\/no-interpreter: no such file or directory/],
    [program(['a\0b']), /invalid argument|ERR_INVALID_ARG_VALUE/],
    [program(['sh', 'x'.repeat(3_000_000)]), /argument list too long/],
    [program(['sh'], { directory: script }), /chdir to cwd \(".*\/script"\): not a directory/],
    [program(['sh'], { directory: '/no/such' }), /chdir to cwd \("\/no\/such"\): no such file or directory/],
  ]
  for (const [bad, why] of table) {
    await t.rejects(processes.start(bad), why)
    await t.rejects(processes.start(bad), StartError)
  }
})

t.test('many programs at once, none of them lost', async t => {
  const { sh, mark } = setup(t)
  // Each is a container of its own: what ends takes along all that bears its mark.
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => sh(`echo ${i}; exit ${i}`, { mark: `${mark}-${i}` })),
  )
  const ends = await Promise.all(all.map(async one => [await text(one.stdout), (await one.ended).exitCode]))
  t.same(
    ends,
    all.map((_, i) => [`${i}\n`, i]),
  )
})
