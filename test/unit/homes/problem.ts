import t from 'tap'
import { HomeProblem, naming, quoted } from '../../../src/homes/problem.ts'

const failing = (code: string) => () => {
  throw Object.assign(new Error('internal text with /a/path'), { code })
}

t.test('what the system refuses is named, with the file and without any other path', async t => {
  for (const [code, kind, message] of [
    ['ENOENT', 'missing', '"a" is not there'],
    ['ELOOP', 'wrong', '"a" is a symbolic link; put the file itself there'],
    ['ENOTDIR', 'wrong', '"a" leads through something that is not a folder'],
    ['ENXIO', 'wrong', '"a" is not a regular file'],
    ['EISDIR', 'wrong', '"a" is not a regular file'],
    ['EACCES', 'wrong', '"a" may not be read by the tool itself'],
    ['EPERM', 'wrong', '"a" may not be read by the tool itself'],
    ['ENAMETOOLONG', 'wrong', '"a" is too long a path'],
    ['EIO', 'disk', '"a" cannot be read now (EIO)'],
    ['ESTALE', 'disk', '"a" cannot be read now (ESTALE)'],
    ['EAGAIN', 'disk', '"a" cannot be read now (EAGAIN)'],
  ] as const)
    t.throws(() => naming('a', failing(code)), { name: 'HomeProblem', kind, message }, code)
})

t.test('faults of our own are left as they are', async t => {
  const bug = new TypeError('bug')
  t.throws(
    () =>
      naming('a', () => {
        throw bug
      }),
    bug,
  )
  const known = new HomeProblem('unsettled', 'known')
  t.throws(
    () =>
      naming('a', () => {
        throw known
      }),
    known,
  )
  t.equal(
    naming('a', () => 7),
    7,
  )
})

t.test("a tenant's text cannot move a cursor", async t => {
  t.equal(quoted('a\u001b[2J\n\u202e'), '"a?[2J??"')
  t.equal(quoted('x'.repeat(300)).length, 205)
})
