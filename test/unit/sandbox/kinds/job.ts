import t from 'tap'
import { jobs } from '../../../../src/sandbox/kinds/job.ts'
import type { Job } from '../../../../src/sandbox/kinds/types.ts'
import { createTestStore, found, jobSpec, newOf, podSpec, refusalOf } from '../../../support/store.ts'

function create(spec: Record<string, unknown> = {}, labels?: Record<string, string>): Job {
  const { store } = createTestStore()
  const metadata = labels === undefined ? {} : { metadata: { labels } }
  return store.create(jobs, newOf(jobs, 'a', { spec: { ...jobSpec(), ...spec }, ...metadata }))
}
const refused = (spec: Record<string, unknown>): string =>
  refusalOf(() => create(spec)).message.replace('Job.batch "a" is invalid: ', '')

t.test('a job gets the defaults of Kubernetes', async t => {
  const { spec, status, metadata } = create()
  t.match(spec, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    manualSelector: false,
    template: { spec: { terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', securityContext: {} } },
  })
  t.strictSame(status, {})
  t.equal(metadata.generation, 1)
  t.equal(create({ parallelism: 3 }).spec.completions, undefined, 'a work queue has no number of completions')
})

t.test('its pods have labels that no other has, and the job has them where it has none', async t => {
  const job = create({ template: { ...jobSpec().template, metadata: { labels: { mine: 'x' } } } })
  const { uid } = job.metadata
  const labels = {
    mine: 'x',
    'job-name': 'a',
    'batch.kubernetes.io/job-name': 'a',
    'controller-uid': uid,
    'batch.kubernetes.io/controller-uid': uid,
  }
  t.strictSame(job.spec.template.metadata?.labels, labels)
  t.strictSame(job.metadata.labels, labels)
  t.strictSame(job.spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } })
  t.strictSame(create({}, { own: 'y' }).metadata.labels, { own: 'y' })
})

t.test('pods of a job are never restarted always', async t => {
  const withPolicy = (restartPolicy: string) => ({ template: { spec: { ...podSpec(), restartPolicy } } })
  const field = 'spec.template.spec.restartPolicy'
  t.equal(refused(withPolicy('Always')), `${field}: Required value: valid values: "OnFailure", "Never"`)
  t.equal(refused(withPolicy('')), `${field}: Required value: valid values: "OnFailure", "Never"`)
  t.match(refused(withPolicy('Foo')), `${field}: Unsupported value: "Foo": supported values: "OnFailure", "Never"`)
  t.equal(create(withPolicy('OnFailure')).spec.template.spec.restartPolicy, 'OnFailure')
})

t.test('what makes no sense is refused', async t => {
  t.equal(refused({ backoffLimit: -1 }), 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0')
  t.match(refused({ completionMode: 'Foo' }), 'supported values: "NonIndexed", "Indexed"')
  t.match(refused({ podReplacementPolicy: 'Foo' }), 'supported values: "Failed", "TerminatingOrFailed"')
  t.match(
    refused({ completionMode: 'Indexed', parallelism: 1 }),
    'spec.completions: Required value: when completion mode',
  )
  t.match(refused({ selector: { matchLabels: { a: 'b' } } }), '`selector` not auto-generated')
  t.match(refused({ manualSelector: true }), 'spec.selector: Required value')
  t.match(
    refused({ template: { ...jobSpec().template, metadata: { labels: { 'job-name': 'other' } } } }),
    'spec.template.metadata.labels[job-name]: Invalid value: ',
  )
})

t.test('what runs is never changed, how much of it may be', async t => {
  const { store } = createTestStore()
  store.create(jobs, newOf(jobs, 'a', { spec: jobSpec() }))
  const change = (spec: Record<string, unknown>) => {
    const job = found(store, jobs, 'a')
    return () => store.update(jobs, { ...job, spec: { ...job.spec, ...spec } })
  }
  const { template } = found(store, jobs, 'a').spec
  const other = { ...template, spec: { ...template.spec, restartPolicy: 'OnFailure' } }
  t.match(refusalOf(change({ template: other })).message, /spec\.template: Invalid value: .*: field is immutable$/)
  t.match(refusalOf(change({ completions: 5 })).message, 'spec.completions: Invalid value: 5: field is immutable')
  t.match(refusalOf(change({ completionMode: 'Indexed' })).message, 'spec.completionMode')
  t.equal(change({ parallelism: 2, suspend: true })().spec.parallelism, 2)
})

t.test('its table says how it stands', async t => {
  const cell = (job: Job, name: string) => jobs.columns?.find(column => column.name === name)?.value(job)
  const job = create()
  t.equal(cell(job, 'Status'), 'Running')
  t.equal(cell(job, 'Completions'), '0/1')
  const ended = (type: string): Job => ({ ...job, status: { succeeded: 1, conditions: [{ type, status: 'True' }] } })
  t.equal(cell(ended('Complete'), 'Status'), 'Complete')
  t.equal(cell(ended('Failed'), 'Status'), 'Failed')
  t.equal(cell(create({ suspend: true }), 'Status'), 'Suspended')
})
