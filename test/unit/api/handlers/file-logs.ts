import { appendFileSync, closeSync, existsSync, fstatSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type FileLogs, followFiles, lastLines } from '../../../../src/api/handlers/file-logs.ts'
import { readLogPart } from '../../../../src/homes/log-file.ts'

/** Logs in a folder, read as a helper process reads them. */
function logsIn(folder: string): FileLogs {
  return {
    tool: 'tf-test',
    files: [
      { path: 'a.out', stream: 'stdout' },
      { path: 'a.err', stream: 'stderr' },
    ],
    homes: {
      async readLog(_, { path, ...part }) {
        if (!existsSync(join(folder, path))) return undefined
        const fd = openSync(join(folder, path), 'r')
        try {
          return readLogPart(fd, fstatSync(fd).size, part)
        } finally {
          closeSync(fd)
        }
      },
    },
  }
}

t.test('the end of each file, the standard output first', async t => {
  const folder = t.testdir({ 'a.out': 'one\ntwo\nthree', 'a.err': 'four\nfive\n' })
  const read = await lastLines(logsIn(folder), { most: 2, unfinished: true })
  t.strictSame(read.lines, [
    { datetime: '', pod: 'a.out', container: 'stdout', message: 'two' },
    { datetime: '', pod: 'a.out', container: 'stdout', message: 'three' },
    { datetime: '', pod: 'a.err', container: 'stderr', message: 'four' },
    { datetime: '', pod: 'a.err', container: 'stderr', message: 'five' },
  ])
})

t.test('a file that is not there has no lines', async t => {
  const folder = t.testdir({ 'a.err': 'x\n' })
  t.match((await lastLines(logsIn(folder), { most: 9, unfinished: true })).lines, [{ message: 'x' }])
  t.strictSame(await lastLines(logsIn(t.testdir({})), { most: 9, unfinished: true }), { lines: [], offsets: [0, 0] })
})

t.test('what comes is shown as it comes, a line when it is whole, until the job has ended', async t => {
  const folder = t.testdir({ 'a.out': 'one\ntw' })
  const logs = logsIn(folder)
  const { lines, offsets } = await lastLines(logs, { most: 9, unfinished: false })
  t.match(lines, [{ message: 'one' }])
  const acts = [
    () => appendFileSync(join(folder, 'a.out'), 'o\nthree\nfo'),
    () => writeFileSync(join(folder, 'a.err'), 'late\n'),
    () => writeFileSync(join(folder, 'a.out'), 'new\n'),
    () => appendFileSync(join(folder, 'a.out'), 'unfinished'),
  ]
  const clock = { now: () => 0, sleep: async () => acts.shift()?.() }
  const hasEnded = async () => acts.length === 0
  const seen: string[] = []
  for await (const { message } of followFiles(logs, { offsets, hasEnded, clock, signal: new AbortController().signal }))
    seen.push(message)
  t.strictSame(seen, ['two', 'three', 'late', 'new', 'unfinished'])
})

t.test('it ends when nobody listens any more', async t => {
  const logs = logsIn(t.testdir({}))
  const signal = AbortSignal.abort(new Error('gone'))
  const options = {
    offsets: [0, 0],
    hasEnded: async () => false,
    clock: { now: () => 0, sleep: async () => {} },
    signal,
  }
  await t.rejects(followFiles(logs, options).next(), { message: 'gone' })
})
