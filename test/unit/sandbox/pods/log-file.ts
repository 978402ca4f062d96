import { readdirSync, rmSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { systemClock } from '../../../../src/platform/clock.ts'
import { quietLog } from '../../../../src/platform/log.ts'
import { createLogFile } from '../../../../src/sandbox/pods/log-file.ts'
import type { ReadOptions } from '../../../../src/sandbox/pods/log-reader.ts'

function setup(t: Test, maxBytes?: number) {
  const directory = t.testdir({})
  const file = createLogFile(directory, { clock: systemClock, log: quietLog, maxBytes })
  t.teardown(file.close)
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const recorded = file.record({ stdout, stderr })
  const never = new AbortController().signal
  const start = (options: Partial<ReadOptions> = {}) =>
    file.read({ follow: false, timestamps: false, signal: never, ...options })[Symbol.asyncIterator]()
  const read = async (options: Partial<ReadOptions> = {}): Promise<string> => {
    const chunks: Buffer[] = []
    for await (const chunk of file.read({ follow: false, timestamps: false, signal: never, ...options }))
      chunks.push(chunk)
    return Buffer.concat(chunks).toString('latin1')
  }
  const end = async (): Promise<void> => {
    stdout.end()
    stderr.end()
    await recorded
    file.close()
  }
  return { directory, file, stdout, stderr, start, read, end }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

t.test('both streams are in one log, and a last line without an end comes with the end', async t => {
  const { stdout, stderr, read, end } = setup(t)
  stdout.write('out\n')
  await turn()
  stderr.write('err\n')
  await turn()
  stdout.write('last')
  await turn()
  t.equal(await read(), 'out\nerr\n')
  await end()
  t.equal(await read(), 'out\nerr\nlast')
})

t.test('a follower gets what is there, what comes, and ends with the log', async t => {
  const { stdout, start, end } = setup(t)
  stdout.write('one\n')
  await turn()
  const follower = start({ follow: true })
  t.equal(String((await follower.next()).value), 'one\n')
  const next = follower.next()
  await turn()
  stdout.write('two\n')
  t.equal(String((await next).value), 'two\n')
  const last = follower.next()
  await end()
  t.equal((await last).done, true)
})

t.test('a follower whose reader goes away ends', async t => {
  const { start } = setup(t)
  const gone = new AbortController()
  const waiting = start({ follow: true, signal: gone.signal }).next()
  await turn()
  gone.abort()
  t.equal((await waiting).done, true)
})

t.test('many followers miss nothing while the log is written and rotated', async t => {
  const { stdout, read, end, directory } = setup(t, 4000)
  const followers = Array.from({ length: 5 }, () => read({ follow: true }))
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i}\n`)
  for (const line of lines) {
    stdout.write(line)
    await turn()
    await turn()
  }
  await end()
  for (const follower of followers) t.equal(await follower, lines.join(''))
  t.equal(readdirSync(directory).length, 2)
})

t.test('two files are kept and read as one, also from the end', async t => {
  const { stdout, read, end, directory } = setup(t, 1000)
  for (let i = 0; i < 100; i++) {
    stdout.write(`line ${i}\n`)
    await turn()
  }
  await end()
  t.equal(readdirSync(directory).length, 2)
  const kept = (await read()).trim().split('\n')
  t.ok(kept.length >= 20 && kept.length <= 45, `${kept.length} lines kept`)
  t.equal(kept.at(-1), 'line 99')
  for (const tailLines of [0, 1, 5, kept.length - 1, kept.length, 1000]) {
    t.same((await read({ tailLines })).split('\n').slice(0, -1), tailLines === 0 ? [] : kept.slice(-tailLines))
  }
})

t.test('the last lines of a large log are found from its end', async t => {
  const { stdout, read, end } = setup(t)
  const line = (i: number): string => `${i} ${'x'.repeat(i % 7 === 0 ? 40_000 : 100)}\n`
  const all = Array.from({ length: 300 }, (_, i) => line(i))
  for (const one of all) stdout.write(one)
  await end()
  for (const tailLines of [1, 2, 10, 100, 300, 301]) t.equal(await read({ tailLines }), all.slice(-tailLines).join(''))
})

t.test('the limit counts bytes of what is given out', async t => {
  const { stdout, read, end } = setup(t)
  stdout.write('0123456789\nabc\n')
  await end()
  t.equal(await read({ limitBytes: 13 }), '0123456789\nab')
  t.equal(await read({ limitBytes: 4, tailLines: 1 }), 'abc\n')
  t.match(await read({ limitBytes: 33, timestamps: true }), /^\d{4}-[\d-]+T[\d:]+\.\d{9}Z 01$/)
  t.equal((await read({ limitBytes: 100_000 })).length, 15)
})

t.test('bytes pass as they are', async t => {
  const { stdout, read, end } = setup(t)
  const bytes = Buffer.from([...Array.from({ length: 256 }, (_, i) => i), 10])
  stdout.write(bytes)
  await end()
  t.equal(await read(), bytes.toString('latin1'))
})

t.test('a log whose files are gone is empty, and writing goes on', async t => {
  const { stdout, read, end, directory } = setup(t, 100)
  stdout.write('one\n')
  await turn()
  rmSync(directory, { recursive: true })
  t.equal(await read(), '')
  stdout.write(`${'x'.repeat(200)}\n`)
  await end()
  t.equal(await read({ tailLines: 3 }), '')
})

t.test('an output that breaks off is the end of it', async t => {
  const { stdout, stderr, read, end } = setup(t)
  stdout.write('half')
  await turn()
  stderr.end('err\n')
  await turn()
  stdout.destroy(new Error('broken'))
  await end()
  t.equal(await read(), 'err\nhalf')
})
