import fs, {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import t, { type Test } from 'tap'
import { clearAway, isSameFile, leftoverOf, lookAt, replaceFile, syncFolder } from '../../../src/homes/write-file.ts'

function world(t: Test): void {
  const before = process.cwd()
  process.chdir(t.testdir({}))
  t.teardown(() => process.chdir(before))
}

/** Tells what is done with files, just after it is done; until the test ends. */
function watch(t: Test, tell: (operation: string, path: string) => void): void {
  const names = ['openSync', 'fchmodSync', 'fsyncSync', 'closeSync', 'renameSync', 'unlinkSync'] as const
  const paths = new Map<unknown, string>()
  const real = Object.fromEntries(names.map((name): [string, unknown] => [name, fs[name]]))
  const watched = names.map((name): [string, unknown] => [
    name,
    (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(original[name], fs, args)
      if (name === 'openSync') paths.set(result, String(args[0]))
      tell(name.replace('Sync', ''), paths.get(args[0]) ?? String(args[0]))
      if (name === 'closeSync') paths.delete(args[0])
      return result
    },
  ])
  const original = { ...fs }
  const put = (by: object): void => {
    Object.assign(fs, by)
    syncBuiltinESMExports()
  }
  put(Object.fromEntries(watched))
  t.teardown(() => put(real))
}

t.test('a file is there whole, with its mode, and nothing is left beside it', async t => {
  world(t)
  replaceFile('a', { content: 'one', mode: 0o400 })
  t.equal(readFileSync('a', 'utf8'), 'one')
  t.equal(lstatSync('a').mode & 0o7777, 0o400)
  replaceFile('a', { content: Buffer.alloc(300_000, 'x'), mode: 0o640 })
  t.equal(readFileSync('a').length, 300_000)
  t.equal(lstatSync('a').mode & 0o7777, 0o640)
  t.same(readdirSync('.'), ['a'])
})

t.test('until the new file is whole, the old one is in its place', async t => {
  world(t)
  writeFileSync('a', 'old')
  replaceFile('a', {
    content: 'new',
    mode: 0o600,
    before() {
      t.equal(readFileSync('a', 'utf8'), 'old')
      t.equal(readFileSync(leftoverOf('a'), 'utf8'), 'new')
    },
  })
  t.equal(readFileSync('a', 'utf8'), 'new')
})

t.test('links are replaced, at the name and at the one that is written first', async t => {
  world(t)
  writeFileSync('victim', 'precious')
  for (const plant of [symlinkSync, linkSync]) {
    plant('victim', 'a')
    plant('victim', leftoverOf('a'))
    replaceFile('a', { content: 'new', mode: 0o600 })
    t.ok(lstatSync('a').isFile())
    t.equal(readFileSync('victim', 'utf8'), 'precious')
    rmSync('a')
  }
})

t.test('what somebody else wrote meanwhile is not overwritten', async t => {
  world(t)
  const changes: (() => void)[] = [
    () => writeFileSync('a', 'longer'),
    () => writeFileSync('a', 'two'),
    () => {
      writeFileSync('b', 'one')
      renameSync('b', 'a')
    },
    () => {
      const { atime, mtime } = lstatSync('a')
      writeFileSync('a', 'two')
      utimesSync('a', atime, mtime)
    },
    () => rmSync('a'),
  ]
  for (const change of changes) {
    writeFileSync('a', 'one')
    const found = lookAt('a')
    change()
    const left = existsSync('a') ? readFileSync('a', 'utf8') : undefined
    t.throws(() => replaceFile('a', { content: 'ours', mode: 0o600, was: { found } }), {
      name: 'HomeProblem',
      kind: 'unsettled',
      message: '"a" was changed by somebody else meanwhile',
    })
    t.equal(existsSync('a') ? readFileSync('a', 'utf8') : undefined, left)
    t.notOk(existsSync(leftoverOf('a')))
  }
  replaceFile('a', { content: 'ours', mode: 0o600, was: { found: lookAt('a') } })
  t.equal(readFileSync('a', 'utf8'), 'ours')
})

t.test('a file that is exchanged in the last moment is noticed', async t => {
  world(t)
  t.throws(
    () =>
      replaceFile('a', {
        content: 'ours',
        mode: 0o600,
        before() {
          writeFileSync('theirs', 'theirs')
          renameSync('theirs', leftoverOf('a'))
        },
      }),
    { name: 'HomeProblem', kind: 'unsettled', message: '"a" was exchanged while it was being written' },
  )
})

t.test('what fails leaves the old file, and nothing half written', async t => {
  world(t)
  writeFileSync('a', 'old')
  const fault = new Error('fault')
  t.throws(
    () =>
      replaceFile('a', {
        content: 'new',
        mode: 0o600,
        before() {
          throw fault
        },
      }),
    fault,
  )
  t.equal(readFileSync('a', 'utf8'), 'old')
  t.same(readdirSync('.'), ['a'])
})

t.test('a name is cleared of files of any kind and of empty folders, not of full ones', async t => {
  world(t)
  clearAway('nothing')
  writeFileSync('file', '')
  symlinkSync('/nowhere', 'link')
  mkdirSync('empty')
  mkdirSync('full/inner', { recursive: true })
  for (const name of ['file', 'link', 'empty']) {
    clearAway(name)
    t.equal(lookAt(name), undefined, name)
  }
  t.throws(() => clearAway('full'), {
    name: 'HomeProblem',
    kind: 'wrong',
    message: '"full" is a folder that stands in the way; remove it',
  })
  syncFolder('full')
  t.throws(() => syncFolder('nowhere'))
})

t.test('the same file is known by its numbers', async t => {
  world(t)
  writeFileSync('a', 'one')
  const before = lookAt('a')
  t.ok(isSameFile(before, lookAt('a')))
  t.ok(isSameFile(undefined, undefined))
  t.notOk(isSameFile(before, undefined))
  chmodSync('a', 0o600)
  t.notOk(isSameFile(before, lookAt('a')))
})

t.test('each of the numbers of a file tells it from another', async t => {
  world(t)
  writeFileSync('a', 'one')
  const found = () => {
    const stats = lookAt('a')
    if (stats === undefined) throw new Error('there is a file')
    return stats
  }
  t.ok(isSameFile(found(), found()))
  for (const name of ['ino', 'dev', 'size', 'mtimeNs', 'ctimeNs'] as const) {
    const other = Object.assign(found(), { [name]: found()[name] + 1n })
    t.notOk(isSameFile(found(), other), name)
    t.notOk(isSameFile(other, found()), name)
  }
})

t.test('a file is on the disk before it takes its place, and its place before anything else is done', async t => {
  world(t)
  writeFileSync('a', 'old')
  const deeds: string[] = []
  watch(t, (operation, path) => deeds.push(`${operation} ${path}`))
  replaceFile('a', { content: 'new', mode: 0o600 })
  const next = `./${leftoverOf('a')}`
  t.same(deeds, [
    ...['open', 'fchmod', 'fsync', 'close', 'rename'].map(operation => `${operation} ${next}`),
    ...['open', 'fsync', 'close'].map(operation => `${operation} .`),
  ])
})

t.test('whatever mask the process has, a file gets its mode', async t => {
  world(t)
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  replaceFile('a', { content: 'one', mode: 0o664 })
  t.equal(lstatSync('a').mode & 0o7777, 0o664)
  t.equal(process.umask(), 0o077)
})

t.test('a file that is gone as soon as it was put in its place is noticed', async t => {
  world(t)
  watch(t, operation => {
    if (operation === 'rename') rmSync('a')
  })
  t.throws(() => replaceFile('a', { content: 'new', mode: 0o600 }), { name: 'HomeProblem', kind: 'unsettled' })
})

t.test('a link that is planted just before the writing is not written through', async t => {
  world(t)
  writeFileSync('victim', 'precious')
  symlinkSync('victim', leftoverOf('a'))
  watch(t, operation => {
    if (operation === 'unlink') symlinkSync('victim', leftoverOf('a'))
  })
  t.throws(() => replaceFile('a', { content: 'new', mode: 0o600 }), { code: 'EEXIST' })
  t.equal(readFileSync('victim', 'utf8'), 'precious')
  t.notOk(existsSync('a'))
})
