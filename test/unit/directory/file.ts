import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DirectoryError } from '../../../src/directory/directory.ts'
import { createFileDirectory } from '../../../src/directory/file.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { quietLog } from '../../../src/platform/log.ts'
import { waitUntil } from '../../support/wait-until.ts'

const rules = { minUid: 1000 }
const clock = systemClock
const signal = new AbortController().signal

function world(t: Test, text: string) {
  const path = join(t.testdir({ 'accounts.yaml': text }), 'accounts.yaml')
  const directory = createFileDirectory({ file: { path, default_uid: 1000 }, rules }, { clock, log: quietLog })
  return { path, directory }
}

t.test('a file that is missing, empty, wrong or too large is an error with its path and the line', async t => {
  const { path, directory } = world(t, 'tools: []\n')
  t.strictSame(await directory.read({ signal }), { tools: [], administrators: [], skipped: [] })
  const fails = (message: string) =>
    t.rejects(directory.read({ signal }), { name: 'DirectoryError', message: new RegExp(`^${path}: ${message}`) })
  writeFileSync(path, '')
  await fails('line 1: the file is empty')
  writeFileSync(path, 'tools: []\nother: 1\n')
  await fails('line 2: there is no setting "other"')
  truncateSync(path, 20 * 1024 * 1024)
  await fails('is larger than 16 MiB')
  rmSync(path)
  await fails('ENOENT')
})

t.test('a file that another takes the place of is noticed long before it would be looked at anyway', async t => {
  const { path, directory } = world(t, 'tools: []\n')
  const ending = new AbortController()
  let told = 0
  const run = async () => {
    for await (const _ of directory.changes({ signal: ending.signal })) told++
  }
  const running = run()
  const change = (text: string) => {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  }
  // The first looks may come before the file is known.
  for (let times = 0; told === 0; times++) {
    change(`tools: [] # ${times}\n`)
    await waitUntil('the beginning', () => told > 0, 0.5).catch(() => undefined)
  }
  for (const name of ['a', 'b', 'c']) {
    const before = told
    change(`tools: [{ name: ${name} }]\n`)
    await waitUntil(`a change to ${name}`, () => told > before, 1.5)
    t.equal((await directory.read({ signal })).tools[0]?.name, name)
  }
  ending.abort()
  await running
})

t.test('changes are seen where the folder comes later, and cannot be watched', async t => {
  const folder = t.testdir({})
  const path = join(folder, 'later', 'accounts.yaml')
  const hasty = { ...clock, sleep: (_: number, signal?: AbortSignal) => clock.sleep(20, signal) }
  const directory = createFileDirectory({ file: { path }, rules }, { clock: hasty, log: quietLog })
  const changes = directory.changes({ signal })[Symbol.asyncIterator]()
  let isSeen = false
  const first = changes.next().then(() => {
    isSeen = true
  })
  mkdirSync(join(folder, 'later'))
  for (let times = 0; !isSeen; times++) {
    writeFileSync(path, `tools: [] # ${times}\n`)
    await waitUntil('the change', () => isSeen, 0.5).catch(() => undefined)
  }
  await first
  const second = changes.next()
  await directory.close()
  t.equal((await second).done, true)
  await t.rejects(directory.read({ signal }), DirectoryError)
})
