import fc from 'fast-check'
import t from 'tap'
import { folderOf, homeOf, ownerName, stepsWithin } from '../../../src/homes/paths.ts'

const home = '/data/project/tf-a'

t.test('a home lies below the root and is named like the tool', async t => {
  t.equal(homeOf('/data/project', 'tf-a'), home)
  t.equal(homeOf('/data/project/', 'tf-a'), home)
})

t.test('no path is made of a name that no tool can have', async t => {
  for (const name of ['', '.', '..', 'a/b', '../tf-b', 'A', 'a\0', 'a\n', 'a'.repeat(54), '-a'])
    t.throws(() => homeOf('/data/project', name), RangeError, JSON.stringify(name))
})

t.test('a path is taken from its folder, or whole when it is absolute', async t => {
  t.same(stepsWithin(home, 'a.log'), ['a.log'])
  t.same(stepsWithin(home, './logs//a.log'), ['logs', 'a.log'])
  t.same(stepsWithin(home, '../.toolskube/client.crt', ['.kube']), ['.toolskube', 'client.crt'])
  t.same(stepsWithin(home, 'client.crt', ['.kube']), ['.kube', 'client.crt'])
  t.same(stepsWithin(home, `${home}/.toolskube/client.crt`, ['.kube']), ['.toolskube', 'client.crt'])
  t.same(stepsWithin(home, '/data/./project//tf-a/x/../a'), ['a'])
  t.same(stepsWithin(home, '..a/...'), ['..a', '...'])
})

t.test('what lies outside of the home is no path in it', async t => {
  for (const path of [
    '..',
    '../tf-b/.kube/config',
    'a/../../b',
    '/',
    '/etc/passwd',
    '/data/project/tf-b/x',
    '/data/project/tf-ab',
    '/data/project',
    `${home}/../tf-b/x`,
  ])
    t.equal(stepsWithin(home, path), undefined, path)
  t.equal(stepsWithin(home, '../../x', ['.kube']), undefined)
})

t.test('the home itself, the empty path, NUL and endless paths are no files', async t => {
  for (const path of ['', '.', 'a/..', home, `${home}/`, 'a\0b', `${home}/a\0`, 'a/'.repeat(2049)])
    t.equal(stepsWithin(home, path), undefined, JSON.stringify(path.slice(0, 40)))
  t.same(stepsWithin(home, 'a'.repeat(4096)), ['a'.repeat(4096)])
})

t.test('no text whatever leads out of the home', async t => {
  const piece = fc.constantFrom('..', '.', '', 'a', '/', home, 'tf-a', '...', '\0', '/data')
  const outcome = fc.check(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, inFolder) => {
      const steps = stepsWithin(home, pieces.join('/'), inFolder ? ['.kube'] : [])
      return steps === undefined || (steps.length > 0 && steps.every(name => !/^\.{0,2}$|\/|\0/.test(name)))
    }),
  )
  t.equal(fc.defaultReportMessage(outcome), undefined)
})

t.test("a person's home is found by other names than a tool's, and never taken for one", async t => {
  const root = '/home'
  t.equal(folderOf({ root, tool: 'a' }), '/home/a')
  t.equal(folderOf({ root, tool: 'First.Last_2-x', person: true }), '/home/First.Last_2-x')
  t.equal(folderOf({ root, tool: 'x'.repeat(64), person: true }), `/home/${'x'.repeat(64)}`)
  for (const tool of ['', '.', '..', '.x', '-x', 'a/b', 'a b', 'a\0', 'a\n', 'ä', 'x'.repeat(65)])
    t.throws(() => folderOf({ root, tool, person: true }), RangeError, JSON.stringify(tool))
  for (const tool of ['First', 'a.b', 'a_b', '..']) t.throws(() => folderOf({ root, tool }), RangeError, tool)
  t.not(ownerName({ tool: 'a' }), ownerName({ tool: 'a', person: true }))
  t.equal(ownerName({ tool: 'a' }), 'tool a')
})
