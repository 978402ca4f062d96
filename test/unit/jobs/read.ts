import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { Type } from 'typebox'
import type { HealthCheck } from '../../../src/contract/schemas.ts'
import { completeJob, type fillIn, type ImageFacts } from '../../../src/jobs/complete.ts'
import { type GivenJob, parseGiven } from '../../../src/jobs/given.ts'
import type { JobType } from '../../../src/jobs/labels.ts'
import { manifestOf } from '../../../src/jobs/manifests.ts'
import { readJob } from '../../../src/jobs/read.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import type { KubeCronJob, KubeDeployment, KubeJob, Workload } from '../../../src/jobs/wire.ts'
import { splitWords } from '../../../src/jobs/words.ts'
import { parseConfig } from '../../../src/platform/config.ts'

type Kind = ImageFacts['kind']

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }
const image = 'registry/x:latest'
/** As the API server gives it back: through JSON. */
const stored = (workload: Workload): Workload => JSON.parse(JSON.stringify(workload))
const manifest = (given: GivenJob, facts: ImageFacts = { kind: 'standard' }) =>
  stored(manifestOf({ given, complete: completeJob(given, facts), tool, image, kind: facts.kind, settings }))

const hostile = [
  'a b',
  "it's",
  'a;b',
  '$(X)',
  '$$',
  '${HOME}',
  '`id`',
  '"$1"',
  'a\\b',
  'ü €',
  'exec 1>>a;exec 2>>b;c',
  'launcher x',
]
const text = (maxLength: number) =>
  fc
    .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength }), fc.constantFrom(...hostile, 'two\nlines'))
    .filter(text => text.trim() !== '' && !text.includes('\0'))
const path = fc
  .array(text(10), { minLength: 1, maxLength: 3 })
  .map(steps => steps.map(step => step.replaceAll(/[/\p{Cc}]/gu, '_')).join('/'))
  .filter(path => !/(^|\/)\.{0,2}(\/|$)/.test(path))
const amount = (units: string[]) =>
  fc.tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom(...units)).map(parts => parts.join(''))

const common = {
  cmd: text(40),
  imagename: text(20),
  memory: amount(['Mi', 'G', 'Gi', 'e7']),
  cpu: amount(['m', '', 'e-2']),
  emails: fc.constantFrom('none', 'all', 'onfinish', 'onfailure'),
}
const files = {
  filelog: fc.boolean(),
  filelog_stdout: path,
  filelog_stderr: fc.oneof(path, fc.constant('/dev/null'), fc.constant(`${tool.home}/logs/a b.err`)),
}
const retry = fc.integer({ min: 0, max: 5 })
const check: fc.Arbitrary<HealthCheck> = fc.oneof(
  fc.record({ type: fc.constant('script'), script: text(20) }, { noNullPrototype: true }),
  fc.record({ type: fc.constant('http'), path: text(20) }, { noNullPrototype: true }),
)
const served = { replicas: fc.integer({ min: 0, max: 9 }), health_check: check }
const required = ['job_type', 'name', 'imagename', 'cmd'] as const
const dotted = fc.constantFrom('one', 'a.b-c', '1')

const byType: Record<JobType, fc.Arbitrary<GivenJob>> = {
  'one-off': fc.record(
    { job_type: fc.constant('one-off'), name: dotted, ...common, ...files, retry },
    { requiredKeys: [...required], noNullPrototype: true },
  ),
  scheduled: fc.record(
    {
      job_type: fc.constant('scheduled'),
      name: dotted,
      ...common,
      ...files,
      retry,
      schedule: fc.constantFrom('@daily', '@Monthly', '0 7 * * mon-7', ' */5  * * * *', '1 2 29 feb *'),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
      timeout: fc.integer({ min: 0, max: 86_400 }),
    },
    { requiredKeys: [...required, 'schedule'], noNullPrototype: true },
  ),
  continuous: fc.record(
    {
      job_type: fc.constant('continuous'),
      name: fc.constantFrom('web', 'a-1'),
      ...common,
      ...files,
      ...served,
      port: fc.integer({ min: 1, max: 65_535 }),
      port_protocol: fc.constantFrom('tcp', 'udp'),
      publish: fc.constant('/'),
    },
    { requiredKeys: [...required], noNullPrototype: true },
  ),
  webservice: fc.record(
    {
      job_type: fc.constant('webservice'),
      name: fc.constantFrom('web', 'a-1'),
      ...common,
      ...served,
      port: fc.integer({ min: 1, max: 65_535 }),
    },
    { requiredKeys: ['job_type', 'name', 'imagename'], noNullPrototype: true },
  ),
}

/** What the rules for given jobs let through. */
function isGood(given: GivenJob): boolean {
  try {
    parseGiven(given)
    return true
  } catch {
    return false
  }
}

const facts: Record<Kind, ImageFacts> = {
  standard: { kind: 'standard', webservice: { command: 'serve $PORT', port: 9000, memory: '1Gi' } },
  built: { kind: 'built' },
}

/** What an image of this kind can run. */
function fits(given: GivenJob, kind: Kind): boolean {
  if (kind === 'standard') return true
  const { cmd, health_check } = given
  const isWords = (text: string) => (splitWords(text)?.length ?? 0) > 0
  return (cmd === undefined || isWords(cmd)) && (health_check?.type !== 'script' || isWords(health_check.script))
}

for (const [type, jobs] of Object.entries(byType))
  for (const kind of ['standard', 'built'] as const) {
    const given = jobs.filter(job => isGood(job) && fits(job, kind)).map(parseGiven)

    t.test(`a ${type} job of a ${kind} image is read back as it was given, and is up to date`, async () => {
      fc.assert(
        fc.property(given, given => {
          const read = readJob(manifest(given, facts[kind]))
          const complete = completeJob(given, facts[kind])
          const expected = { given, complete, image, kind, upToDate: true }
          return isDeepStrictEqual({ ...expected, ...read }, { ...read, ...expected })
        }),
        { numRuns: 150 },
      )
    })

    t.test(`without its annotation a ${type} job of a ${kind} image tells nearly the same`, async () => {
      fc.assert(
        fc.property(given, given => {
          const workload = manifest(given, facts[kind])
          delete workload.object.metadata?.annotations?.['jobs.toolforge.org/job']
          const asked = { ...completeJob(given, facts[kind]), imagename: image }
          const { complete, upToDate } = readJob(workload)
          return upToDate && isDeepStrictEqual(comparable(complete, kind), comparable(asked, kind))
        }),
        { numRuns: 150 },
      )
    })
  }

/** Without what an object does not tell by itself. */
function comparable(job: ReturnType<typeof fillIn>, kind: Kind) {
  const { publish: _, job_type, cmd, health_check, filelog_stderr, ...rest } = job
  const words = (text: string) => {
    if (kind === 'standard') return text
    const split = splitWords(text)
    return split?.[0] === 'launcher' ? split.slice(1).join('\0') : split?.join('\0')
  }
  // Of a command behind files only the text is kept, without the launcher.
  const command = kind === 'built' && rest.filelog ? cmd.trim().replace(/^launcher\s+/, '') : words(cmd)
  return {
    ...rest,
    type: job_type === 'webservice' ? 'continuous' : job_type,
    cmd: command,
    check: health_check?.type === 'script' ? words(health_check.script) : health_check,
    filelog_stderr: filelog_stderr?.replace(`${tool.home}/`, ''),
  }
}

const one: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'python3.11', cmd: './a.sh' }
const cron: GivenJob = { ...one, job_type: 'scheduled', schedule: '@daily' }
const web: GivenJob = { ...one, job_type: 'continuous', port: 80 }

/** The object of one job with the annotation of another. */
function annotated(annotation: string, given = one): Workload {
  const workload = manifest(given)
  const annotations = { ...workload.object.metadata?.annotations, 'jobs.toolforge.org/job': annotation }
  Object.assign(workload.object.metadata ?? {}, { annotations })
  return workload
}

t.test('a broken annotation means what the object tells, never an error', async t => {
  const broken = ['', '{', 'null', '[]', '"text"', '{}', '{"name":"one"}']
  broken.push(JSON.stringify({ ...one, name: 'two' }), JSON.stringify({ ...one, retry: 9 }))
  broken.push(JSON.stringify({ ...one, memory: 'x' }), JSON.stringify({ ...one, job_type: 'scheduled' }))
  broken.push(JSON.stringify(cron), JSON.stringify(web))
  broken.push(JSON.stringify({ ...one, surprise: 1 }), '{"__proto__":{"name":"one"}}')
  for (const text of broken) {
    const { given, upToDate } = readJob(annotated(text))
    t.match(given, { name: 'one', cmd: './a.sh', imagename: image, memory: '512Mi', cpu: '100m' }, text)
    t.ok(upToDate)
  }
})

t.test('a job that does not do what was asked for is out of date', async t => {
  const changes: [GivenJob, Partial<GivenJob>][] = [
    ...[{ cmd: './b.sh' }, { memory: '1Gi' }, { cpu: '2' }, { retry: 1 }].map(
      change => [one, change] satisfies [GivenJob, object],
    ),
    [one, { emails: 'all' }],
    [one, { filelog: false }],
    [one, { filelog_stdout: 'other.log' }],
    [one, { filelog_stdout: 'logs/one.out' }],
    [cron, { schedule: '@weekly' }],
    [cron, { timezone: 'Europe/Berlin' }],
    [cron, { timeout: 5 }],
    [web, { replicas: 2 }],
    [web, { port: 81 }],
    [web, { port_protocol: 'udp' }],
    [web, { health_check: { type: 'script', script: 'a' } }],
    [web, { health_check: { type: 'http', path: '/' } }],
  ]
  for (const [given, change] of changes) {
    const read = readJob(annotated(JSON.stringify({ ...given, ...change }), given))
    t.equal(read.upToDate, false, JSON.stringify(change))
    t.match(read.given, change)
  }
  const same = [{ memory: '0.5Gi', cpu: '0.1' }, { filelog_stdout: `${tool.home}/one.out` }]
  for (const change of same) t.ok(readJob(annotated(JSON.stringify({ ...one, ...change }))).upToDate, 'in other words')
})

t.test('D7: what was asked for is what is shown, to the letter', async t => {
  for (const memory of ['100Mi', '1Ki', '1000Ki', '0.5Gi'].filter(memory => memory !== '1Ki')) {
    const { given, complete } = readJob(manifest({ ...one, memory }))
    t.equal(given.memory, memory)
    t.equal(complete.memory, memory)
  }
})

t.test('D9: a log file of any name is read back, and so is the command behind it', async t => {
  for (const name of ['a b.log', 'a;b', "it's", '$(X)', 'x;exec 2>>y;z']) {
    const given = { ...one, filelog: true, filelog_stdout: name, cmd: 'a; b' }
    const workload = manifest(given)
    delete workload.object.metadata?.annotations
    t.match(readJob(workload).given, { cmd: 'a; b', filelog: true, filelog_stdout: name }, name)
  }
})

t.test('the slot of a macro is shown beside it', async t => {
  const read = readJob(manifest(cron))
  t.equal(read.complete.schedule, '@daily')
  t.match(read.scheduleActual, /^\d+ \d+ \* \* \*$/)
  const moved = manifest(cron)
  if (moved.kind === 'cronjobs' && moved.object.spec !== undefined) moved.object.spec.schedule = '1 2 3 * *'
  const { upToDate, actual, given } = readJob(moved)
  t.equal(upToDate, false, 'somebody else wrote the object')
  t.equal(actual.schedule, '1 2 3 * *')
  t.equal(given.schedule, '@daily')
})

t.test('a web service that left its command to the image has the one that runs', async t => {
  const { cmd: _, ...bare } = { ...one, job_type: 'webservice' as const }
  const { given, complete, upToDate } = readJob(manifest(bare, facts.standard))
  t.strictSame(given, bare)
  t.match(complete, { cmd: 'serve $PORT', port: 9000, memory: '1Gi', publish: '/' })
  t.ok(upToDate)
})

t.test('the moment of a restart is read back', async t => {
  const restartedAt = '2026-11-20T00:00:00Z'
  const complete = completeJob(web, facts.standard)
  const made = manifestOf({ given: web, complete, tool, image, kind: 'standard', settings, restartedAt })
  t.equal(readJob(stored(made)).restartedAt, restartedAt)
  t.equal(readJob(manifest(web)).restartedAt, undefined)
})

const former = (labels: Record<string, string>) => ({
  'app.kubernetes.io/version': '2',
  'app.kubernetes.io/created-by': 'tf-test',
  ...labels,
})
const podOf = (command: string[], more: object = {}) => ({
  metadata: {},
  spec: { containers: [{ name: 'job', image, command, workingDir: tool.home, ...more }] },
})

t.test('jobs that the service before this one made are read, in each of the forms it had', async t => {
  const wrapped = (script: string, labels: Record<string, string>) => {
    const command = ['/bin/sh', '-c', '--', script]
    return readJob({
      kind: 'jobs',
      object: { metadata: { name: 'old', labels: former(labels) }, spec: { template: podOf(command) } },
    }).given
  }
  const yes = { 'jobs.toolforge.org/filelog': 'yes' }
  t.match(wrapped(`exec 1>>${tool.home}/old.out;exec 2>>/dev/null;./a; ./b`, yes), {
    cmd: './a; ./b',
    filelog: true,
    filelog_stdout: 'old.out',
    filelog_stderr: '/dev/null',
  })
  t.match(wrapped('./a ; ./b', {}), { cmd: './a ; ./b', filelog: false })
  t.match(wrapped('exec 1>>a;exec 2>>b;c', {}), { cmd: 'exec 1>>a;exec 2>>b;c', filelog: false }, "a user's own words")
  const first = { 'app.kubernetes.io/version': '1' }
  t.match(wrapped('exec 1>>/dev/null;exec 2>>/dev/null;./a', first), { cmd: './a', filelog: false })
  t.match(wrapped('./a --x 1>>old.out 2>>old.err', { ...first, ...yes }), {
    cmd: './a --x',
    filelog: true,
    filelog_stdout: 'old.out',
    filelog_stderr: 'old.err',
  })
  const quiet = wrapped('./a 1>/dev/null 2>/dev/null', first)
  t.match(quiet, { cmd: './a', filelog: false })
  t.notOk('filelog_stdout' in quiet)
  t.match(wrapped('./a 1>>mine 2>>own', first), { cmd: './a 1>>mine 2>>own' }, "a user's own redirection")
})

t.test('scheduled and continuous jobs of the service before this one are read', async t => {
  const object: KubeCronJob = {
    metadata: {
      name: 'old',
      labels: former({}),
      annotations: { 'jobs.toolforge.org/cron-expression': '@daily' },
    },
    spec: {
      schedule: '17 3 * * *',
      jobTemplate: {
        spec: { backoffLimit: 1, activeDeadlineSeconds: 90, template: podOf(['/bin/sh', '-c', '--', './a']) },
      },
    },
  }
  t.match(readJob({ kind: 'cronjobs', object }), {
    given: { job_type: 'scheduled', schedule: '@daily', retry: 1, timeout: 90, cmd: './a' },
    complete: { timezone: 'UTC' },
    scheduleActual: '17 3 * * *',
    upToDate: true,
  })
  const probe = { exec: { command: ['/bin/sh', '-c', 'check me'] } }
  const pod = podOf(['launcher', 'serve', 'a b'], {
    env: [{ name: 'NO_HOME', value: 'a buildservice pod does not need a home env' }],
    ports: [{ containerPort: 8000 }],
    startupProbe: probe,
    livenessProbe: probe,
  })
  const deployment: KubeDeployment = {
    metadata: { name: 'old', labels: former({ 'toolforge.org/mount-storage': 'none' }) },
    spec: { replicas: 2, selector: {}, template: pod },
  }
  t.match(readJob({ kind: 'deployments', object: deployment }), {
    given: {
      job_type: 'continuous',
      cmd: `serve 'a b'`,
      replicas: 2,
      port: 8000,
      port_protocol: 'tcp',
      mount: 'none',
      health_check: { type: 'script', script: 'check me' },
    },
    kind: 'built',
  })
})

t.test('jobs that others made are read as far as they tell', async t => {
  const bare = { name: 'unknown', cmd: 'unknown', imagename: 'unknown', filelog: false }
  t.strictSame(readJob({ kind: 'jobs', object: {} }).given, { job_type: 'one-off', ...bare })
  t.strictSame(readJob({ kind: 'cronjobs', object: JSON.parse('{}') }).given, {
    job_type: 'scheduled',
    schedule: 'unknown',
    ...bare,
  })
  t.strictSame(readJob({ kind: 'deployments', object: {} }).given, { job_type: 'continuous', ...bare })
  const other: KubeJob = {
    metadata: { name: 'theirs', labels: { 'jobs.toolforge.org/emails': 'odd' } },
    spec: {
      template: { spec: { containers: [{ name: 'main', image: 'i', command: ['./run', '--all'], args: ['now or'] }] } },
    },
  }
  const { given } = readJob({ kind: 'jobs', object: other })
  t.match(given, { name: 'theirs', cmd: `./run --all 'now or'`, imagename: 'i' })
  t.notOk('emails' in given)
})

t.test('no object makes the reader throw', async () => {
  const junk = fc.oneof(fc.constant(null), fc.string(), fc.integer(), fc.constant([]), fc.constant({}))
  const places = ['metadata', 'spec', 'labels', 'annotations', 'template', 'containers', 'env', 'command', 'resources']
  fc.assert(
    fc.property(fc.constantFrom(one, cron, web), fc.constantFrom(...places), junk, (given, place, value) => {
      const text = JSON.stringify(manifest(given))
      const broken: Workload = JSON.parse(text, (key, old) => (key === place ? value : old))
      return typeof readJob(broken).upToDate === 'boolean'
    }),
  )
})
