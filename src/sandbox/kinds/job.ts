import { type FieldError, invalid, required } from '../field-error.ts'
import { same } from '../json.ts'
import type { Kind } from '../kind.ts'
import { validateJobSpec } from './job-spec.ts'
import { defaultPodSpec } from './pod-spec.ts'
import type { Job } from './types.ts'

const nameLabels = ['job-name', 'batch.kubernetes.io/job-name']
const uidLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid']

export const jobs: Kind<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  subresources: ['status'],
  generation: true,
  // For compatibility with the first version of this API.
  propagation: 'Orphan',
  fields: {
    'status.successful': job => String(job.status.succeeded ?? 0),
  },
  columns: [
    { name: 'Status', value: job => state(job) },
    { name: 'Completions', value: job => `${job.status.succeeded ?? 0}/${job.spec.completions ?? 1}` },
  ],

  defaults(job) {
    const { spec } = job
    if (spec.parallelism === undefined) spec.completions ??= 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1
    spec.completionMode ??= 'NonIndexed'
    spec.suspend ??= false
    spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
    spec.manualSelector ??= false
    defaultPodSpec(spec.template.spec)
  },

  prepare(job) {
    job.status = {}
    if (job.spec.manualSelector === false) selectOwnPods(job)
  },

  /** A job without labels has those of its pods. */
  finish(job) {
    const { labels } = job.spec.template.metadata ?? {}
    if (labels !== undefined) job.metadata.labels ??= { ...labels }
  },

  validate(job, old) {
    const errors = [...validateJobSpec(job.spec, 'spec'), ...validateSelector(job)]
    return old === undefined ? errors : [...errors, ...validateUpdate(job, old)]
  },
}

/** Labels on the pods, and a selector, that no other job can have. */
function selectOwnPods({ metadata, spec }: Job): void {
  const template = { ...spec.template.metadata }
  const labels = { ...template.labels }
  for (const label of nameLabels) labels[label] ??= metadata.name
  for (const label of uidLabels) labels[label] ??= metadata.uid
  spec.template.metadata = { ...template, labels }
  spec.selector = {
    ...spec.selector,
    matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid, ...spec.selector?.matchLabels },
  }
}

function validateSelector({ metadata, spec }: Job): FieldError[] {
  const { selector, template, manualSelector } = spec
  const labels = template.metadata?.labels
  const field = 'spec.template.metadata.labels'
  const mismatch = invalid(field, labels ?? null, '`selector` does not match template `labels`')
  if (selector === undefined) return [required('spec.selector'), mismatch]
  const expected = {
    ...Object.fromEntries(uidLabels.map(label => [label, metadata.uid])),
    ...Object.fromEntries(nameLabels.map(label => [label, metadata.name])),
  }
  const wrong = Object.entries(expected)
    .filter(([label, value]) => labels?.[label] !== value)
    .map(([label, value]) => invalid(`${field}[${label}]`, labels ?? null, `must be '${value}'`))
  const { matchLabels = {} } = selector
  if (!matches(matchLabels, expected)) wrong.push(invalid('spec.selector', selector, '`selector` not auto-generated'))
  return [...(manualSelector ? [] : wrong), ...(matches(matchLabels, labels ?? {}) ? [] : [mismatch])]
}

const matches = (wanted: Record<string, string>, labels: Record<string, string>): boolean =>
  Object.entries(wanted).every(([label, value]) => labels[label] === value)

const immutable = ['selector', 'template', 'completionMode', 'podFailurePolicy', 'managedBy', 'successPolicy'] as const

function validateUpdate({ spec }: Job, { spec: old }: Job): FieldError[] {
  const errors = immutable
    .filter(field => !same(spec[field], old[field]))
    .map(field => invalid(`spec.${field}`, spec[field], 'field is immutable'))
  if (spec.completionMode !== 'Indexed' && spec.completions !== old.completions) {
    errors.push(invalid('spec.completions', spec.completions, 'field is immutable'))
  }
  return errors
}

function state({ spec, status }: Job): string {
  const holds = (type: string) => status.conditions?.some(c => c.type === type && c.status === 'True') ?? false
  if (holds('Complete')) return 'Complete'
  if (holds('Failed')) return 'Failed'
  return spec.suspend ? 'Suspended' : 'Running'
}
