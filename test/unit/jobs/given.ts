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

const sent: Record<string, [Partial<JobAsSent>, object]> = {
  'a schedule makes a job scheduled': [{ schedule: '@daily' }, { job_type: 'scheduled', schedule: '@daily' }],
  'a flag makes a job continuous': [{ continuous: 'True' }, { job_type: 'continuous' }],
  'a type makes a job what it says': [{ job_type: 'continuous' }, { job_type: 'continuous' }],
  'what is said twice is said': [{ job_type: 'continuous', continuous: true }, { job_type: 'continuous' }],
  'an empty schedule is none': [{ schedule: '' }, { job_type: 'one-off' }],
  'nothing is left of what says nothing': [
    { job_type: 'continuous', continuous: true, retry: 0, schedule: null, timeout: '0', memory: '' },
    { job_type: 'continuous' },
  ],
  'no copies are a number of copies': [
    { continuous: true, replicas: 0 },
    { job_type: 'continuous', replicas: 0 },
  ],
  'a port comes as text': [
    { continuous: true, port: '8080' },
    { job_type: 'continuous', port: 8080 },
  ],
  'all that a scheduled job has': [
    { schedule: ' 0 7 * * mon-fri ', timezone: 'Europe/Berlin', timeout: '60', retry: '2' },
    { job_type: 'scheduled', schedule: '0 7 * * mon-fri', timezone: 'Europe/Berlin', timeout: 60, retry: 2 },
  ],
  'all that a continuous job has': [
    {
      continuous: true,
      replicas: '2',
      port: 80,
      port_protocol: 'tcp',
      health_check: { type: 'http', path: '/h' },
      publish: '/',
    },
    {
      job_type: 'continuous',
      replicas: 2,
      port: 80,
      port_protocol: 'tcp',
      health_check: { type: 'http', path: '/h' },
      publish: '/',
    },
  ],
}
for (const [what, [fields, expected]] of Object.entries(sent))
  t.test(what, async t => {
    t.strictSame(parseGiven({ ...least, ...fields }), { ...least, ...expected })
  })

t.test('only a web service may leave its command to the image', async t => {
  const cmd = './a.sh'
  const bare: JobAsSent = { name: 'one', imagename: 'python3.11' }
  t.strictSame(parseGiven({ ...bare, job_type: 'webservice', cmd: null }), { ...bare, job_type: 'webservice' })
  t.strictSame(parseGiven({ ...bare, job_type: 'webservice', cmd, port_protocol: 'tcp', publish: '/' }), {
    ...bare,
    cmd,
    job_type: 'webservice',
    port_protocol: 'tcp',
    publish: '/',
  })
  t.throws(() => parseGiven({ ...bare, cmd: '' }), { message: /^cmd: is missing; say what to run$/ })
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
  ['cpu that is no amount', { cpu: 'all' }, /^cpu: 'all' is not an amount; write one such as 500m/],
  ['less than a thousandth of a core', { cpu: '1u' }, /^cpu: '1u' is not between 1m and 1k/],
  ['a file log without the homes', { filelog: true, mount: 'none' }, /^filelog: is only available with mount "all"$/],
  ['a NUL in a command', { cmd: 'a\0b' }, /^cmd: must not hold a NUL/],
  ['a scheduled job without a schedule', { job_type: 'scheduled' }, /^schedule: is missing; a scheduled job needs one/],
  ['a schedule on another type', { job_type: 'continuous', schedule: '@daily' }, /^schedule: only a scheduled job has/],
  [
    'continuous and scheduled',
    { continuous: true, schedule: '@daily' },
    /^continuous: a job with a schedule cannot be/,
  ],
  ['continuous and one-off', { continuous: true, job_type: 'one-off' }, /^continuous: contradicts job_type "one-off"/],
  ['a time zone without a schedule', { timezone: 'UTC' }, /^timezone: only a scheduled job has one/],
  ['a time limit without a schedule', { timeout: 60 }, /^timeout: only a scheduled job has a time limit/],
  ['a retry of a continuous job', { continuous: true, retry: 1 }, /^retry: a continuous job is always started again/],
  ['copies of a one-off', { replicas: 1 }, /^replicas: only a continuous job runs in several copies/],
  ['a port of a one-off', { port: 80 }, /^port: only a continuous job can be reached/],
  ['a protocol of a one-off', { port_protocol: 'tcp' }, /^port_protocol: only a continuous job/],
  [
    'a health check of a one-off',
    { health_check: { type: 'script', script: 'a' } },
    /^health_check: only a continuous/,
  ],
  ['publishing a one-off', { publish: '/' }, /^publish: only a continuous job can be published/],
  ['publishing without a port', { continuous: true, publish: '/' }, /^publish: needs a port/],
  [
    'publishing by udp',
    { continuous: true, publish: '/', port: 80, port_protocol: 'udp' },
    /^publish: needs a tcp port/,
  ],
  [
    'a web service by udp',
    { job_type: 'webservice', port_protocol: 'udp' },
    /^port_protocol: a web service is reached/,
  ],
  ['a protocol without a port', { continuous: true, port_protocol: 'tcp' }, /^port_protocol: means nothing without/],
  [
    'an http check without a port',
    { continuous: true, health_check: { type: 'http', path: '/' } },
    /^health_check: an http check needs a port/,
  ],
  [
    'an http check by udp',
    { continuous: true, port: 80, port_protocol: 'udp', health_check: { type: 'http', path: '/' } },
    /^health_check: an http check needs a tcp port/,
  ],
  [
    'a blank health check',
    { continuous: true, health_check: { type: 'script', script: ' ' } },
    /^health_check: must name a command/,
  ],
  [
    'a blank path',
    { continuous: true, port: 1, health_check: { type: 'http', path: '\t' } },
    /^health_check: must name a path/,
  ],
  [
    'a file log of a web service',
    { job_type: 'webservice', filelog: true },
    /^filelog: a web service has no log files/,
  ],
  ['a log file of a web service', { job_type: 'webservice', filelog_stdout: 'a' }, /^filelog_stdout: a web service/],
  ['a port beyond all ports', { continuous: true, port: '65536' }, /^port: must be a whole number between 1 and 65535/],
  ['no port', { continuous: true, port: '0' }, /^port: must be a whole number/],
  ['more retries than there are', { retry: '6' }, /^retry: must be a whole number between 0 and 5/],
  ['more copies than there may be', { continuous: true, replicas: '1001' }, /^replicas: must be/],
  ['a longer time than a year', { schedule: '@daily', timeout: '99999999' }, /^timeout: must be/],
  ['a schedule that is none', { schedule: 'often' }, /^schedule: 'often' is not understood/],
  ['a time zone that is none', { schedule: '@daily', timezone: 'Berlin' }, /^timezone: 'Berlin' is not the name/],
  ['a number as the name of a web service', { job_type: 'webservice', name: '1' }, /^name: '1' cannot be the name/],
  ['a dot in the name of what has a port', { continuous: true, port: 80, name: 'a.b' }, /^name: 'a.b' cannot be/],
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

t.test('jobs without a port may be called what Kubernetes calls objects', async t => {
  for (const name of ['1', 'a.b', '0-x'])
    for (const fields of [{}, { continuous: true }, { schedule: '@daily' }])
      t.equal(parseGiven({ ...least, ...fields, name }).name, name)
})

t.test('what older clients send with every job is taken', async t => {
  const old = { ...least, emails: 'none', retry: 0, filelog: true } as const
  t.match(parseGiven(old), { job_type: 'one-off', retry: 0 })
  const continuous = parseGiven({ ...old, continuous: true })
  t.match(continuous, { job_type: 'continuous', filelog: true })
  t.notOk('retry' in continuous)
  t.match(parseGiven({ ...old, schedule: '@daily' }), { job_type: 'scheduled', retry: 0 })
})
