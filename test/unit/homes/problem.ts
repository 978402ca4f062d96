import t from 'tap'
import { HomeProblem, naming, namingWrites, quoted } from '../../../src/homes/problem.ts'

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

t.test('what the system refuses to write is named as well, and told from what somebody else has changed', async t => {
  for (const [code, kind, message] of [
    ['ENOENT', 'unsettled', '"a" was changed by somebody else while it was being written'],
    ['EEXIST', 'unsettled', /changed by somebody else/],
    ['ENOTEMPTY', 'unsettled', /changed by somebody else/],
    ['EACCES', 'wrong', '"a" may not be written by the home\'s own account'],
    ['EPERM', 'wrong', /may not be written/],
    ['ELOOP', 'wrong', /symbolic link/],
    ['ENOTDIR', 'wrong', /not a folder/],
    ['EISDIR', 'wrong', /not a regular file/],
    ['ENAMETOOLONG', 'wrong', /too long/],
    ['ENOSPC', 'disk', '"a" cannot be written now: the disk is full (ENOSPC)'],
    ['EDQUOT', 'disk', '"a" cannot be written now: the owner\'s share of the disk is used up (EDQUOT)'],
    ['EROFS', 'disk', /can only be read \(EROFS\)/],
    ['ESTALE', 'disk', /was exchanged \(ESTALE\)/],
    ['EIO', 'disk', /has a fault \(EIO\)/],
    ['EAGAIN', 'disk', '"a" cannot be written now: the disk refuses (EAGAIN)'],
  ] as const)
    t.throws(() => namingWrites('a', failing(code)), { name: 'HomeProblem', kind, message }, code)
  t.equal(
    namingWrites('a', () => 7),
    7,
  )
})

t.test('only an error of the system has a code that is one', async t => {
  for (const thrown of ['ENOENT', { code: 'ENOENT' }, undefined, null, Object.assign(new Error('x'), { code: 7 })])
    for (const run of [naming, namingWrites]) {
      const caught: unknown[] = []
      try {
        run('a', () => {
          throw thrown
        })
      } catch (error) {
        caught.push(error)
      }
      t.equal(caught.length, 1)
      t.equal(caught[0], thrown)
    }
})
