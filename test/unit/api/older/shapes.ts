import t from 'tap'
import { olderJob, olderRefusal } from '../../../../src/api/older/shapes.ts'
import type { Job } from '../../../../src/contract/schemas.ts'

const job: Job = {
  name: 'one',
  job_type: 'one-off',
  cmd: './a.sh',
  imagename: 'tf-python39',
  image: 'registry/python39:latest',
  image_state: 'stable',
  memory: '512Mi',
  cpu: '100m',
  emails: 'none',
  mount: 'all',
  retry: 0,
  filelog: true,
  filelog_stdout: 'one.out',
  filelog_stderr: 'one.err',
  status: { short: 'succeeded', messages: [], up_to_date: true },
  status_short: 'Completed',
  status_long: 'Completed',
}

t.test('flags are texts, what is usual is left out, and nothing is null', async t => {
  t.same(olderJob(job), {
    name: 'one',
    cmd: './a.sh',
    image: 'tf-python39',
    image_state: 'stable',
    filelog: 'True',
    status_short: 'Completed',
    status_long: 'Completed',
    emails: 'none',
    retry: 0,
  })
  t.match(olderJob({ ...job, filelog: false, memory: '1Gi', cpu: '1' }), { filelog: 'False', memory: '1Gi', cpu: '1' })
  const files = { filelog_stdout: 'out.log', filelog_stderr: 'err.log' }
  t.match(olderJob({ ...job, ...files }), files)
})

t.test('what is usual depends on the image', async t => {
  const built: Job = { ...job, imagename: 'tool-a/b:latest', mount: 'none' }
  t.notOk('mount' in olderJob(built))
  t.match(olderJob({ ...built, mount: 'all' }), { mount: 'all' })
})

t.test('a job has a number of retries, and its health check also by the word of a file', async t => {
  const { retry: _, ...rest } = job
  const health_check = { type: 'script', script: './alive' } as const
  const shown = { retry: 0, health_check, 'health-check-script': './alive' }
  t.match(olderJob({ ...rest, job_type: 'continuous', health_check }), shown)
})

t.test('`continuous` stands in jobs that are, and in no others', async t => {
  t.notOk('continuous' in olderJob(job))
  t.notOk('continuous' in olderJob({ ...job, job_type: 'scheduled', schedule: '@daily' }))
  t.match(olderJob({ ...job, job_type: 'continuous' }), { continuous: true })
  t.match(olderJob({ ...job, job_type: 'webservice' }), { continuous: true })
})

t.test('a refusal is one text', async t => {
  t.same(olderRefusal('a\nb', 'id'), { message: 'a; b', data: { request_id: 'id' } })
})
