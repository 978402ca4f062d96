import t from 'tap'
import { completeJob as completeWith, type ImageFacts, logFilesOf, readableLogs } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'

const given: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'python3.11', cmd: './a.sh' }
const standard: ImageFacts = { kind: 'standard' }
const built: ImageFacts = { kind: 'built' }
const completeJob = (given: GivenJob, image = standard) => completeWith(given, image)
const home = '/data/project/tf-test'

t.test('what nobody set is as the platform sets it', async t => {
  t.strictSame(completeJob(given), {
    ...given,
    memory: '512Mi',
    cpu: '100m',
    emails: 'none',
    mount: 'all',
    retry: 0,
    filelog: true,
    filelog_stdout: 'one.out',
    filelog_stderr: 'one.err',
  })
})

t.test('what the user set stays', async t => {
  const set = { ...given, memory: '0.5Gi', cpu: '1', emails: 'all', retry: 2, filelog_stdout: 'o.log' } as const
  t.match(completeJob(set), set)
})

t.test('a job without file log has no files', async t => {
  const complete = completeJob({ ...given, filelog: false, filelog_stdout: 'o.log' })
  t.notOk('filelog_stdout' in complete || 'filelog_stderr' in complete)
  t.equal(logFilesOf(complete, home), undefined)
  t.strictSame(readableLogs(complete), [])
})

t.test('each type has fields of its own', async t => {
  const { cmd, name, imagename } = given
  const base = { cmd, name, imagename, memory: '512Mi', cpu: '100m', emails: 'none', mount: 'all' }
  const files = { filelog: true, filelog_stdout: 'one.out', filelog_stderr: 'one.err' }
  t.strictSame(completeJob({ ...given, job_type: 'scheduled', schedule: '@daily' }), {
    ...base,
    ...files,
    job_type: 'scheduled',
    schedule: '@daily',
    timezone: 'UTC',
    timeout: 0,
    retry: 0,
  })
  t.strictSame(completeJob({ ...given, job_type: 'continuous' }), {
    ...base,
    ...files,
    job_type: 'continuous',
    replicas: 1,
  })
  t.strictSame(completeJob({ ...given, job_type: 'continuous', port: 80, replicas: 0 }), {
    ...base,
    ...files,
    job_type: 'continuous',
    replicas: 0,
    port: 80,
    port_protocol: 'tcp',
  })
  t.strictSame(completeJob({ ...given, job_type: 'webservice' }), {
    ...base,
    job_type: 'webservice',
    filelog: false,
    replicas: 1,
    port: 8000,
    port_protocol: 'tcp',
    publish: '/',
  })
})

t.test('a web service takes from its image what nobody gave', async t => {
  const cmd = './a.sh'
  const bare: GivenJob = { job_type: 'webservice', name: 'one', imagename: 'python3.11' }
  const image: ImageFacts = { kind: 'standard', webservice: { command: 'serve', port: 9000, memory: '1Gi' } }
  t.match(completeJob(bare, image), { cmd: 'serve', port: 9000, memory: '1Gi' })
  t.match(completeJob({ ...bare, cmd, port: 81, memory: '2Gi' }, image), { cmd, port: 81, memory: '2Gi' })
  t.match(completeJob(bare, built), { cmd: 'web', port: 8000, memory: '512Mi', filelog: false, mount: 'none' })
  t.match(completeJob(bare, { kind: 'built', webservice: { port: 1 } }), { cmd: 'web', port: 1 })
  t.match(completeJob({ ...given, job_type: 'continuous' }, image), { memory: '512Mi' }, 'and no other job does')
  t.throws(() => completeJob(bare), {
    code: 'bad_request',
    message: "cmd: the image 'python3.11' does not say how it runs a web service; give a command",
  })
})

t.test('a build-service image has neither files nor the homes unless they are asked for', async t => {
  t.match(completeJob(given, built), { filelog: false, mount: 'none' })
  t.match(completeJob({ ...given, mount: 'all' }, built), { filelog: false, mount: 'all' })
  t.match(completeJob({ ...given, filelog: true }, built), { filelog: true, mount: 'all', filelog_stdout: 'one.out' })
})

t.test('an image with a shell needs the homes', async t => {
  t.throws(() => completeJob({ ...given, mount: 'none' }), {
    code: 'bad_request',
    message: 'Mount type none is only supported for build service images',
  })
  t.doesNotThrow(() => completeJob({ ...given, mount: 'none' }, built))
})

t.test('what cannot be split into words cannot be started without a shell', async t => {
  for (const cmd of ["a 'b", 'a "b', 'a \\'])
    t.throws(() => completeJob({ ...given, cmd }, built), { code: 'bad_request', message: /^cmd: has a quote/ }, cmd)
  t.doesNotThrow(() => completeJob({ ...given, cmd: "a 'b" }), 'a shell says so itself')
  t.doesNotThrow(() => completeJob({ ...given, cmd: "a 'b", filelog: true }, built))
  const checked = { ...given, job_type: 'continuous', health_check: { type: 'script', script: "a 'b" } } as const
  t.throws(() => completeJob(checked, built), { message: /^health_check: has a quote/ })
  t.doesNotThrow(() => completeJob(checked))
})

const fileOf = (path: string) => logFilesOf(completeJob({ ...given, filelog_stdout: path }), home)?.stdout

t.test('a path is taken as within the home', async t => {
  const paths = {
    'o.log': `${home}/o.log`,
    'logs/o.log': `${home}/logs/o.log`,
    './o.log': `${home}/./o.log`,
    '..log': `${home}/..log`,
    'a b; $(c) \'"`.log': `${home}/a b; $(c) '"\`.log`,
    '-o': `${home}/-o`,
    '~/o.log': `${home}/~/o.log`,
    [`${home}/o.log`]: `${home}/o.log`,
    '/dev/null': '/dev/null',
  }
  for (const [path, file] of Object.entries(paths)) t.equal(fileOf(path), file, path)
})

t.test('a path that is no file of the home is refused, in words that a terminal can show', async t => {
  const refusals: [string, RegExp][] = [
    ['/etc/passwd', /must lie in the tool's home, \/data\/project\/tf-test$/],
    [home, /must lie in/],
    [`${home}-other/o.log`, /must lie in/],
    ['/data/project/tf-other/o.log', /must lie in/],
    ['/dev/stdout', /must lie in/],
    ['../o.log', /must not hold "\.\."/],
    ['a/../../tf-other/o.log', /must not hold "\.\."/],
    [`${home}/../tf-other/o.log`, /must not hold "\.\."/],
    ['..', /must not hold "\.\."/],
    ['logs/', /must name a file/],
    ['logs/.', /must name a file/],
    ['', /must name a file/],
    ['.', /must name a file/],
    ['a\nb', /^filelog_stdout: 'a\?b' must not hold control characters$/],
    ['a\0b', /must not hold control characters/],
    ['a\u001b[2Jb', /^filelog_stdout: 'a\?\[2Jb' must not hold/],
  ]
  for (const [path, message] of refusals) t.throws(() => fileOf(path), { code: 'bad_request', message }, path)
  const other = completeJob({ ...given, filelog_stderr: '/etc/shadow' })
  t.throws(() => logFilesOf(other, home), { message: /^filelog_stderr: / })
})

t.test('files that can be read back are named once, and the bin not at all', async t => {
  t.strictSame(readableLogs(completeJob(given)), [
    { path: 'one.out', stream: 'stdout' },
    { path: 'one.err', stream: 'stderr' },
  ])
  const both = completeJob({ ...given, filelog_stdout: 'a.log', filelog_stderr: 'a.log' })
  t.strictSame(readableLogs(both), [{ path: 'a.log', stream: 'stdout' }])
  const quiet = completeJob({ ...given, filelog_stderr: '/dev/null' })
  t.strictSame(readableLogs(quiet), [{ path: 'one.out', stream: 'stdout' }])
})
