import t from 'tap'
import { jobName, programName } from '../../../src/cli/names.ts'

t.test('only what names one job becomes part of an address', async t => {
  for (const name of ['a', '1', 'a.b-c', 'x'.repeat(52)]) t.equal(jobName(name), name)
  for (const name of [
    '',
    '.',
    '..',
    '../images',
    'a/b',
    'a b',
    'A',
    'jób',
    '-a',
    'a-',
    'a..b',
    'x'.repeat(53),
    'a\n',
    'a?b',
  ])
    t.throws(() => jobName(name), { exitCode: 1, message: /is not a job's name: use lowercase/ }, JSON.stringify(name))
})

t.test('a refused name is shown without what a terminal obeys, and cut', async t => {
  t.throws(() => jobName('\x1b[2J'), { message: /^"\\x1b\[2J" is not/ })
  t.throws(() => jobName('A'.repeat(1e6)), { message: /^"A{100}" is not/ })
})

t.test('examples call the program as the user did', async t => {
  t.equal(programName({}), 'toolforge-jobs')
  t.equal(programName({ TOOLFORGE_CLI: '1' }), 'toolforge jobs')
})
