import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { Type } from 'typebox'
import { completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'
import { manifestOf } from '../../../src/jobs/manifests.ts'
import { readJob } from '../../../src/jobs/read.ts'
import { jobsSettings } from '../../../src/jobs/settings.ts'
import type { KubeJob } from '../../../src/jobs/wire.ts'
import { parseConfig } from '../../../src/platform/config.ts'

const { jobs: settings } = parseConfig(Type.Object({ jobs: jobsSettings }), '')
const tool = { name: 'tf-test', uid: 52_001, gid: 52_001, home: '/data/project/tf-test' }
const manifest = (given: GivenJob) =>
  manifestOf({ given, complete: completeJob(given), tool, image: 'registry/x:latest', settings })

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter(text => text.trim() !== '' && !text.includes('\0'))
const path = fc
  .array(text(10), { minLength: 1, maxLength: 3 })
  .map(steps => steps.map(step => step.replaceAll(/[/\p{Cc}]/gu, '_')).join('/'))
  .filter(path => !/(^|\/)\.{0,2}(\/|$)/.test(path))
const amount = (units: string[]) =>
  fc.tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom(...units)).map(parts => parts.join(''))

const given: fc.Arbitrary<GivenJob> = fc.record(
  {
    job_type: fc.constant('one-off'),
    name: fc.constantFrom('one', 'a.b-c', '1'),
    cmd: text(40),
    imagename: text(20),
    memory: amount(['Mi', 'G', 'Gi', 'e7']),
    cpu: amount(['m', '', 'e-2']),
    emails: fc.constantFrom('none', 'all', 'onfinish', 'onfailure'),
    mount: fc.constant('all'),
    retry: fc.integer({ min: 0, max: 5 }),
    filelog: fc.boolean(),
    filelog_stdout: path,
    filelog_stderr: fc.oneof(path, fc.constant('/dev/null')),
  },
  { requiredKeys: ['job_type', 'name', 'cmd', 'imagename'], noNullPrototype: true },
)

/** As the API server gives it back: through JSON. */
const stored = (object: KubeJob): KubeJob => JSON.parse(JSON.stringify(object))

t.test('a job is read back as it was given, and is up to date', async () => {
  fc.assert(
    fc.property(given, given => {
      const expected = { given, complete: completeJob(given), image: 'registry/x:latest', upToDate: true }
      return isDeepStrictEqual(readJob(stored(manifest(given))), expected)
    }),
  )
})

const inHome = (path: string) => (path === '/dev/null' ? path : `${tool.home}/${path}`)

t.test('without the annotation the object tells the same, but for the names of image and files', async () => {
  fc.assert(
    fc.property(given, given => {
      const object = stored(manifest(given))
      delete object.metadata?.annotations
      const { filelog_stdout, filelog_stderr, ...asked } = completeJob(given)
      const files =
        filelog_stdout === undefined || filelog_stderr === undefined
          ? {}
          : { filelog_stdout: inHome(filelog_stdout), filelog_stderr: inHome(filelog_stderr) }
      return isDeepStrictEqual(readJob(object).complete, { ...asked, imagename: 'registry/x:latest', ...files })
    }),
  )
})

const one: GivenJob = { job_type: 'one-off', name: 'one', imagename: 'python3.11', cmd: './a.sh' }
const annotated = (annotation: string): KubeJob => {
  const object = stored(manifest(one))
  return { ...object, metadata: { ...object.metadata, annotations: { 'jobs.toolforge.org/job': annotation } } }
}

t.test('a broken annotation means what the object tells, never an error', async t => {
  const broken = ['', '{', 'null', '[]', '"text"', '{}', '{"name":"one"}']
  broken.push(JSON.stringify({ ...one, name: 'two' }), JSON.stringify({ ...one, retry: 9 }))
  broken.push(JSON.stringify({ ...one, memory: 'x' }), JSON.stringify({ ...one, job_type: 'scheduled' }))
  broken.push(JSON.stringify({ ...one, surprise: 1 }), '{"__proto__":{"name":"one"}}')
  for (const text of broken) {
    const { given, upToDate } = readJob(annotated(text))
    t.match(given, { name: 'one', cmd: './a.sh', imagename: 'registry/x:latest', memory: '512Mi', cpu: '100m' }, text)
    t.ok(upToDate)
  }
})

t.test('a job that does not do what was asked for is out of date', async t => {
  const changes: Partial<GivenJob>[] = [{ cmd: './b.sh' }, { memory: '1Gi' }, { cpu: '2' }, { retry: 1 }]
  changes.push({ emails: 'all' }, { filelog: false }, { filelog_stdout: 'other.log' })
  for (const change of changes) {
    const read = readJob(annotated(JSON.stringify({ ...one, ...change })))
    t.equal(read.upToDate, false, JSON.stringify(change))
    t.match(read.given, change)
  }
  t.equal(
    readJob(annotated(JSON.stringify({ ...one, memory: '0.5Gi', cpu: '0.1' }))).upToDate,
    true,
    'the same amounts',
  )
})

t.test('jobs that others made are read as far as they tell', async t => {
  t.strictSame(readJob({}), {
    given: { job_type: 'one-off', name: 'unknown', cmd: 'unknown', imagename: 'unknown', filelog: false },
    complete: completeJob({ ...one, name: 'unknown', cmd: 'unknown', imagename: 'unknown', filelog: false }),
    image: 'unknown',
    upToDate: true,
  })
  const other: KubeJob = {
    metadata: { name: 'theirs', labels: { 'jobs.toolforge.org/emails': 'odd' } },
    spec: {
      template: { spec: { containers: [{ name: 'main', image: 'i', command: ['./run', '--all'], args: ['now'] }] } },
    },
  }
  t.match(readJob(other).given, { name: 'theirs', cmd: './run --all now', imagename: 'i' })
  t.notOk('emails' in readJob(other).given)
})
