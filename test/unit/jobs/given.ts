import t from 'tap'
import type { JobAsSent } from '../../../src/contract/schemas.ts'
import { asFlag, parseGiven } from '../../../src/jobs/given.ts'

const least: JobAsSent = { name: 'one', imagename: 'python3.11', cmd: './a.sh' }
const leastGiven = { job_type: 'one-off', ...least }

t.test('only what the user set is kept', async t => {
  t.strictSame(parseGiven(least), leastGiven)
  t.strictSame(parseGiven({ ...least, job_type: 'one-off', continuous: 'false', schedule: null }), leastGiven)
})

t.test('what older clients send as null counts as not given', async t => {
  const nulls = { memory: null, cpu: null, emails: null, mount: null, retry: null, filelog: null }
  const sent = { ...least, ...nulls, filelog_stdout: null, filelog_stderr: null, job_type: null, continuous: null }
  t.strictSame(parseGiven(sent), leastGiven)
})

t.test('numbers and flags that come as text become numbers and flags', async t => {
  t.strictSame(parseGiven({ ...least, retry: '0', filelog: 'False' }), { ...leastGiven, retry: 0, filelog: false })
  t.strictSame(parseGiven({ ...least, retry: 5, filelog: true }), { ...leastGiven, retry: 5, filelog: true })
  for (const flag of [true, 'true', 'True']) t.equal(asFlag(flag), true)
  for (const flag of [false, 'false', 'False', '']) t.equal(asFlag(flag), false)
})

t.test('amounts keep the words of the user', async t => {
  const given = parseGiven({ ...least, memory: ' 0.5Gi ', cpu: '1e-1' })
  t.match(given, { memory: '0.5Gi', cpu: '1e-1' })
})

const refusals: [string, Partial<JobAsSent>, RegExp][] = [
  ['a blank command', { cmd: ' \t\n' }, /^cmd: must name a program to run, and it is blank$/],
  ['a command beyond what a kernel takes', { cmd: '\u{1f600}'.repeat(32 * 1024) }, /^cmd: is longer than 122880 bytes/],
  ['memory that is no amount', { memory: 'a\u0007lot' }, /^memory: 'a\?lot' is not an amount; write one such as 512Mi/],
  ['half a byte of memory', { memory: '512m' }, /^memory: '512m' is not between 1Mi and 1Ei/],
  ['no memory', { memory: '0' }, /not between/],
  ['negative memory', { memory: '-512Mi' }, /not between/],
  ['more memory than there is', { memory: '9E' }, /not between/],
  ['an empty memory', { memory: '' }, /is not an amount/],
  ['cpu that is no amount', { cpu: 'all' }, /^cpu: 'all' is not an amount; write one such as 500m/],
  ['less than a thousandth of a core', { cpu: '1u' }, /^cpu: '1u' is not between 1m and 1k/],
  ['a file log without the homes', { filelog: true, mount: 'none' }, /^filelog: is only available with mount "all"$/],
]
for (const [what, fields, message] of refusals)
  t.test(`${what} is refused`, async t => {
    t.throws(() => parseGiven({ ...least, ...fields }), { code: 'bad_request', message })
  })

t.test('all that is wrong is said at once', async t => {
  t.throws(() => parseGiven({ ...least, cmd: ' ', memory: 'x', cpu: 'y' }), {
    message: /^cmd: .*\nmemory: .*\ncpu: .*$/,
  })
})
