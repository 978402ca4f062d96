import t from 'tap'
import { changesOf, restartsOn } from '../../../src/jobs/changes.ts'
import { type CompleteJob, completeJob } from '../../../src/jobs/complete.ts'
import type { GivenJob } from '../../../src/jobs/given.ts'

const home = '/data/project/tf-test'
const job = (given: Partial<GivenJob> = {}): CompleteJob =>
  completeJob({ job_type: 'continuous', name: 'web', imagename: 'i', cmd: './a', ...given }, { kind: 'standard' })

t.test('the fields that differ are told, from what is to what is asked for', async t => {
  t.strictSame(changesOf(job(), job()), [])
  t.strictSame(changesOf(job({ cmd: './b', replicas: 2, port: 80 }), job()), [
    { field: 'cmd', from: './a', to: './b' },
    { field: 'replicas', from: 1, to: 2 },
    { field: 'port', from: null, to: 80 },
    { field: 'port_protocol', from: null, to: 'tcp' },
  ])
  t.strictSame(changesOf(job({ filelog: false }), job()), [
    { field: 'filelog', from: true, to: false },
    { field: 'filelog_stdout', from: 'web.out', to: null },
    { field: 'filelog_stderr', from: 'web.err', to: null },
  ])
  const checked = (script: string) => job({ health_check: { type: 'script', script } })
  t.match(changesOf(checked('b'), checked('a')), [
    { field: 'health_check', from: { script: 'a' }, to: { script: 'b' } },
  ])
  t.match(
    changesOf(job({ port: 1, health_check: { type: 'http', path: 'a' } }), {
      ...checked('a'),
      port: 1,
      port_protocol: 'tcp',
    }),
    [{ field: 'health_check' }],
  )
})

t.test('what means the same is no change', async t => {
  t.strictSame(changesOf(job({ memory: '0.5Gi', cpu: '0.1' }), job()), [])
  const check = JSON.parse('{"script":"a","type":"script"}')
  t.strictSame(changesOf(job({ health_check: check }), job({ health_check: { type: 'script', script: 'a' } })), [])
  t.strictSame(changesOf(job({ filelog_stdout: `${home}/web.out` }), job(), home), [])
  t.equal(changesOf(job({ filelog_stdout: `${home}/logs/web.out` }), job(), home).length, 1)
  t.equal(changesOf(job({ filelog_stdout: 'logs/web.out' }), job(), home).length, 1)
  t.equal(changesOf(job({ memory: '1' }), job({ memory: '2' })).length, 1)
})

const restarts = (asked: CompleteJob, actual: CompleteJob) => restartsOn(changesOf(asked, actual), asked.job_type)

t.test('a continuous job is restarted by what its pods are made of, and by nothing else', async t => {
  const web = job({ port: 80 })
  for (const change of [{ replicas: 3 }, { publish: '/' } as const, {}, { memory: '0.5Gi' }])
    t.equal(restarts(job({ port: 80, ...change }), web), false, JSON.stringify(change))
  for (const change of [{ cmd: 'b' }, { memory: '1Gi' }, { port: 81 }, { emails: 'all' } as const, { imagename: 'j' }])
    t.equal(restarts(job({ port: 80, ...change }), web), true, JSON.stringify(change))
})

t.test('runs of a scheduled job go on as they began', async t => {
  const cron = (given: Partial<GivenJob>) => job({ job_type: 'scheduled', schedule: '@daily', ...given })
  t.equal(restarts(cron({ cmd: './b', schedule: '@weekly' }), cron({})), false)
  t.equal(restarts(job({ job_type: 'one-off', cmd: './b' }), job({ job_type: 'one-off' })), false)
})

t.test('an object that gives way to one of another kind takes its pods along', async t => {
  t.equal(restarts(job({ job_type: 'scheduled', schedule: '@daily' }), job()), true)
  t.equal(restarts(job(), job({ job_type: 'one-off' })), true)
  const published = job({ port: 8000, publish: '/', filelog: false })
  t.equal(restarts(job({ job_type: 'webservice' }), published), false, 'a web service is a continuous job')
})
