import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t from 'tap'
import { createLog, quietLog } from '../../../src/platform/log.ts'
import { watchFolders } from '../../../src/platform/watch-folders.ts'
import { waitUntil } from '../../support/wait-until.ts'

t.test('a file that is written or put in the place of another is noticed, in each of the folders', async t => {
  const folder = t.testdir({ one: { a: '1' }, two: { b: '1' } })
  let noticed = 0
  const end = watchFolders([join(folder, 'one/a'), join(folder, 'two/b'), join(folder, 'one/c')], quietLog, () => {
    noticed += 1
  })
  t.teardown(end)
  const write = (file: string) => writeFileSync(join(folder, file), '2')
  const replace = () => {
    write('new')
    renameSync(join(folder, 'new'), join(folder, 'two/b'))
  }
  for (const change of [() => write('one/a'), replace, () => write('one/c')]) {
    const before = noticed
    change()
    await waitUntil('the notice', () => noticed > before, 5)
  }
  t.pass('three times')
})

t.test('a folder that cannot be watched is named in the log, and the others are watched', async t => {
  const folder = t.testdir({ here: {} })
  const lines: unknown[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  let noticed = 0
  const files = [join(folder, 'missing/a'), join(folder, 'here/a')]
  const end = watchFolders(files, createLog({ level: 'warn', service: 'test' }, sink), () => {
    noticed += 1
  })
  t.match(lines, [{ level: 'warn', folder: join(folder, 'missing'), err: { code: 'ENOENT' } }])
  writeFileSync(join(folder, 'here/a'), '')
  await waitUntil('the notice', () => noticed > 0, 5)
  rmSync(join(folder, 'here'), { recursive: true })
  mkdirSync(join(folder, 'here'))
  end()
  t.equal(lines.length, 1)
})
