import t from 'tap'
import { jobNamePattern, limits, toolNamePattern } from '../../../src/contract/limits.ts'
import { components, isSelected, labelsOf, selectorOf } from '../../../src/jobs/labels.ts'

const job = { name: 'one', job_type: 'one-off', emails: 'all', mount: 'all', filelog: true } as const

t.test('labels are those that other software goes by', async t => {
  t.strictSame(labelsOf('tf-test', job), {
    toolforge: 'tool',
    'app.kubernetes.io/managed-by': 'toolforge-jobs-framework',
    'app.kubernetes.io/created-by': 'tf-test',
    'app.kubernetes.io/name': 'one',
    'app.kubernetes.io/component': 'jobs',
    'app.kubernetes.io/version': '2',
    'jobs.toolforge.org/emails': 'all',
    'jobs.toolforge.org/filelog': 'yes',
    'toolforge.org/mount-storage': 'all',
  })
  t.notOk('jobs.toolforge.org/filelog' in labelsOf('tf-test', { ...job, filelog: false }))
})

t.test('a selector finds all jobs of a tool, or the one named, and no others', async t => {
  const object = { metadata: { labels: labelsOf('tf-test', job) } }
  t.ok(isSelected(object, selectorOf('tf-test', 'one-off')))
  t.ok(isSelected(object, selectorOf('tf-test', 'one-off', 'one')))
  t.notOk(isSelected(object, selectorOf('tf-test', 'one-off', 'two')))
  t.ok(isSelected(object, selectorOf('tf-test')), 'of all types')
  t.ok(isSelected(object, selectorOf('tf-test', undefined, 'one')))
  t.notOk(isSelected(object, selectorOf('tf-test', 'scheduled')))
  t.notOk(isSelected(object, selectorOf('tf-other', 'one-off')))
  t.notOk(isSelected({}, selectorOf('tf-test', 'one-off')))
  t.notOk(isSelected({ metadata: { labels: { toolforge: 'tool' } } }, selectorOf('tf-test', 'one-off')))
})

t.test('every name of a tool or a job is a label', async t => {
  const label = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
  for (const name of ['a', '1', 'a.b', 'a-b', 'x'.repeat(limits.jobNameLength)]) {
    t.match(name, new RegExp(jobNamePattern))
    t.match(name, label)
  }
  t.match('x'.repeat(53), new RegExp(toolNamePattern))
})

t.test('the component is the kind of object that a job is', async t => {
  t.strictSame(components, {
    'one-off': 'jobs',
    scheduled: 'cronjobs',
    continuous: 'deployments',
    webservice: 'deployments',
  })
  for (const job_type of ['scheduled', 'continuous', 'webservice'] as const)
    t.equal(labelsOf('tf-test', { ...job, job_type })['app.kubernetes.io/component'], components[job_type])
})
